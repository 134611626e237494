"""Codes that machines read, on pictures: how many of them are covered."""

import barcode
import numpy as np
import segno
from PIL import Image

from burned import backgrounds
from common import FOLDER, Dice, Outcome, keep, share, table

# The kinds of bar codes, with what each can say.
BARS = {
    "code128": "MRN00482913",
    "code39": "JANE DOE 61",
    "codabar": "A00482913A",
    "ean13": "400482913775",
    "itf": "0048291377",
}
# The shades of ink and paper.
SHADES = [(0, 255), (20, 235), (40, 200)]
# How many clockwise degrees a code is turned by.
TURNS = {"upright": [0], "lying": [90, 270], "askew by 3° or less": [-3, -2, 2, 3]}
# How white a code's margin is, in modules: ISO/IEC 18004 wants 4 around a QR code, ISO/IEC 15417 wants 10 beside bars.
QUIET = {"QR codes": (4, 4), "bar codes": (2, 10)}


def modules(kind: str, dice: Dice) -> np.ndarray:
    """A code as rows of modules, 1 where there is ink; bars as one row."""
    if kind == "QR codes":
        text = f"{dice.plain.choice(list(BARS.values()))}, {dice.plain.randrange(10**8)}"
        return np.array([list(row) for row in segno.make(text, micro=False).matrix])
    name, text = dice.plain.choice(list(BARS.items()))
    [bars] = barcode.get(name, text).build()
    return np.array([[bar == "1" for bar in bars]])


def label(kind: str, turn: int, dice: Dice) -> tuple[Image.Image, Image.Image, Image.Image]:
    """A code with its quiet zone, turned; masks of all of that, and of the code alone."""
    size = dice.plain.choice([2, 3, 4])
    code = modules(kind, dice)
    tall = dice.plain.randint(24, 90) if len(code) == 1 else size
    shades = np.kron(code, np.ones((tall, size)))
    above, beside = (size * count for count in QUIET[kind])
    ink, paper = dice.plain.choice(SHADES)
    margins = ((above, above), (beside, beside))
    parts = [np.where(np.pad(shades, margins), ink, paper), np.full(np.add(shades.shape, (2 * above, 2 * beside)), 255),
             np.pad(np.full(shades.shape, 255), margins)]
    drawn, whole, inner = (
        Image.fromarray(part.astype(np.uint8)).rotate(-turn, Image.Resampling.BICUBIC, expand=True) for part in parts
    )
    return drawn, whole, inner


def evaluate(dice: Dice, count: int) -> None:
    pictures = backgrounds(dice)["none"]
    counts = {(kind, way): [0, 0] for kind in QUIET for way in TURNS}
    for number in range(count):
        for kind, way in counts:
            picture = pictures[number % len(pictures)].copy()
            drawn, whole, inner = label(kind, dice.plain.choice(TURNS[way]), dice)
            width, height = (picture.size[side] - drawn.size[side] for side in (0, 1))
            if width < 0 or height < 0:
                continue
            place = dice.plain.randint(0, width), dice.plain.randint(0, height)
            picture.paste(Image.merge(picture.mode, [drawn] * len(picture.getbands())), place, whole)
            path = FOLDER / "in.png"
            picture.save(path)
            outcome = Outcome(path, ".png")
            counts[kind, way][1] += 1
            if not outcome.released:
                continue
            after = np.asarray(Image.open(outcome.file).convert("L"))
            left, top = place
            code = np.asarray(inner) > 127
            black = after[top:top + drawn.size[1], left:left + drawn.size[0]][code] == 0
            covered = black.mean() >= .9
            counts[kind, way][0] += bool(covered)
            if not covered:
                keep(f"{kind}-{way}-{number}", np.asarray(picture.convert("L")), after)
    table("Codes", [(f"{kind} covered at 90 % or more, {way}", "100 %", share(*counts[kind, way])) for kind, way in counts])
