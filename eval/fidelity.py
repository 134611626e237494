"""How well JPEG photos keep their looks and their size."""

import itertools

import numpy as np
from PIL import Image
from skimage import data

from common import FOLDER, Dice, Outcome, table


def evaluate(dice: Dice, count: int) -> None:
    decibels, sizes = [], {"baseline": [], "progressive": []}
    pictures = [data.chelsea(), data.coffee(), data.rocket(), data.astronaut(), data.camera()]
    ways = list(itertools.product(pictures, (50, 75, 85, 92, 97), sizes, (0, 2)))
    for shades, quality, way, sampling in dice.plain.sample(ways, min(count, len(ways))):
        path, picture = FOLDER / "in.jpg", Image.fromarray(shades)
        extra = {"subsampling": sampling} if picture.mode == "RGB" else {}
        picture.save(path, quality=quality, progressive=way == "progressive", **extra)
        outcome = Outcome(path, ".jpg")
        if not outcome.released:
            continue
        before, after = (np.asarray(Image.open(one)).astype(float) for one in (path, outcome.file))
        outside = np.ones(before.shape[:2], bool)
        # Blocks of 16 pixels around what was filled are coded anew.
        for place in outcome.report["filled"]:
            top, left = max(0, place["y"] - 16), max(0, place["x"] - 16)
            outside[top:place["y"] + place["height"] + 16, left:place["x"] + place["width"] + 16] = False
        apart = ((before - after)[outside] ** 2).mean()
        decibels.append(10 * np.log10(255**2 / max(1e-9, apart)))
        sizes[way].append(outcome.file.stat().st_size / path.stat().st_size)
    table("JPEG photos", [
        ("likeness outside of what was filled, least", "50 dB", f"{min(decibels):.1f} dB"),
        *((f"size, {way} source, largest", "1.05", f"{max(found):.2f} times") for way, found in sizes.items() if found),
    ])
