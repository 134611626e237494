"""Pictures with writing on them, and where its middles stand."""

import math
import pathlib
import random
import subprocess
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sources import as_grey
from words import words

cv2.setNumThreads(1)

SIDE = 320
# Typefaces of symbols, and those of the evaluation.
SKIPPED = ("DejaVu", "Symbol", "Emoji", "Dingbats", "Math", "Display", "Black")


def fonts() -> list[str]:
    """The files of the typefaces that are installed."""
    command = ["fc-list", "--format", "%{file}\n", ":lang=en:scalable=true"]
    files = sorted(set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()))
    return [file for file in files if file.endswith((".ttf", ".otf")) and not any(word in file for word in SKIPPED)]


HERSHEY = [cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX]


def letters(text: str, tall: float, files: list[str], plain: random.Random) -> np.ndarray | None:
    """Letters of about that height in pixels, as a mask of the size that they take, or nothing."""
    if plain.random() < .15 and text.isascii():
        face, thick = plain.choice(HERSHEY), plain.choice([1, 1, 1, 2]) + (tall > 30)
        scale = tall / (22 if face != cv2.FONT_HERSHEY_PLAIN else 10)
        (width, height), base = cv2.getTextSize(text, face, scale, thick)
        mask = np.zeros((height + base + 8, width + 8), np.uint8)
        cv2.putText(mask, text, (4, height + 3), face, scale, 255, thick, plain.choice([cv2.LINE_AA, cv2.LINE_8]))
    else:
        try:
            font = ImageFont.truetype(plain.choice(files), max(6, round(tall * 1.35)))
            left, top, right, bottom = font.getbbox(text)
            image = Image.new("L", (min(1500, right - left + 8), bottom - top + 8))
            draw = ImageDraw.Draw(image)
            if plain.random() < .15:
                draw.fontmode = "1"
            draw.text((4 - left, 4 - top), text, 255, font)
        except (OSError, ValueError):
            return None
        mask = np.asarray(image)
    rows, columns = np.flatnonzero(mask.max(1) > 60), np.flatnonzero(mask.max(0) > 60)
    if len(rows) < 4 or len(columns) < 2:
        return None
    return mask[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]


def shapes(picture: np.ndarray, plain: random.Random) -> None:
    """Rulers, arrows, callipers, grids and frames, which are not writing."""
    height, width = picture.shape[:2]
    for _ in range(plain.randint(1, 4)):
        shade = (plain.randint(0, 255),) * 3 if plain.random() < .6 else tuple(plain.randint(0, 255) for _ in range(3))
        kind, thick = plain.choice(["ruler", "ruler", "line", "arrow", "cross", "circle", "box", "dots", "curve", "bars", "dash"]), plain.choice([1, 1, 2, 3])
        x, y = plain.randint(0, width), plain.randint(0, height)
        if kind == "ruler":
            step, long, ends = plain.randint(4, 30), plain.randint(2, 12), plain.randint(4, 30)
            upright = plain.random() < .5
            for number in range(ends):
                tick = long * (2 if number % 5 == 0 else 1)
                a = (x, y + number * step) if upright else (x + number * step, y)
                cv2.line(picture, a, (a[0] + tick, a[1]) if upright else (a[0], a[1] + tick), shade, thick)
            if plain.random() < .5:
                cv2.line(picture, (x, y), (x, y + ends * step) if upright else (x + ends * step, y), shade, thick)
        elif kind == "line":
            cv2.line(picture, (x, y), (plain.randint(0, width), plain.randint(0, height)), shade, thick, cv2.LINE_AA)
        elif kind == "arrow":
            cv2.arrowedLine(picture, (x, y), (x + plain.randint(-60, 60), y + plain.randint(-60, 60)), shade, thick, cv2.LINE_AA)
        elif kind == "cross":
            for _ in range(plain.randint(1, 3)):
                size = plain.randint(3, 12)
                cv2.drawMarker(picture, (plain.randint(0, width), plain.randint(0, height)), shade, plain.choice([cv2.MARKER_CROSS, cv2.MARKER_TILTED_CROSS, cv2.MARKER_DIAMOND]), size, thick)
        elif kind == "circle":
            cv2.ellipse(picture, (x, y), (plain.randint(8, 150), plain.randint(8, 150)), plain.randint(0, 180), 0, plain.choice([360, 360, 180]), shade, thick, cv2.LINE_AA)
        elif kind == "box":
            cv2.rectangle(picture, (x, y), (x + plain.randint(8, 200), y + plain.randint(8, 200)), shade, plain.choice([thick, thick, -1]))
        elif kind == "dots":
            for _ in range(plain.randint(2, 20)):
                cv2.circle(picture, (plain.randint(0, width), plain.randint(0, height)), plain.randint(1, 4), shade, -1)
        elif kind == "curve":
            across = np.arange(0, width, 2)
            down = y + plain.uniform(3, 40) * np.sin(across / plain.uniform(3, 40)) * np.sin(across / plain.uniform(20, 90))
            cv2.polylines(picture, [np.stack([across, down], 1).astype(np.int32)], False, shade, thick, cv2.LINE_AA)
        elif kind == "bars":
            for level in range(plain.randint(8, 64)):
                cv2.rectangle(picture, (x, y + level * 4), (x + 14, y + level * 4 + 4), (level * 4 % 256,) * 3, -1)
        else:
            for number in range(plain.randint(4, 30)):
                cv2.line(picture, (x + number * 12, y), (x + number * 12 + 6, y), shade, thick)


def polygon(cx: float, cy: float, half: float, tall: float, angle: float) -> np.ndarray:
    """A rectangle's corners by its middle, half lengths and direction."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[cx + a * half * c - b * tall * s, cy + a * half * s + b * tall * c] for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))], np.float32)


class Maker:
    """Makes examples of kept sources, whatever comes from a seed."""

    def __init__(self, sources: pathlib.Path, seed: int, write: Callable[[random.Random], str] = words) -> None:
        self.plain, self.dice, self.words = random.Random(seed), np.random.default_rng(seed), write
        self.files = fonts()
        with np.load(sources, allow_pickle=True) as kept:
            self.pictures, self.unknown = list(kept["pictures"]), list(kept["unknown"])

    def example(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """A picture of SIDE by SIDE by 3, where writing's middles stand, and where nobody knows, at half its size."""
        plain, dice = self.plain, self.dice
        pick = plain.random()
        kind = 0 if pick < .4 else 1 if pick < .72 else 2
        number = plain.randrange(len(self.pictures[kind]))
        zoom = 1 if plain.random() < .55 else plain.uniform(1, 2.6)
        side = round(SIDE * zoom)
        whole, unknown = self.pictures[kind][number], self.unknown[kind][number]
        scale = math.exp(plain.uniform(math.log(.5), math.log(4 if kind == 1 else 2.2))) * (1 if kind != 2 else plain.uniform(.4, 1))
        cut = int(min(side / scale, *whole.shape[:2]))
        x, y = plain.randint(0, whole.shape[1] - cut), plain.randint(0, whole.shape[0] - cut)
        picture = cv2.resize(whole[y:y + cut, x:x + cut], (side, side), interpolation=plain.choice([cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_LINEAR, cv2.INTER_CUBIC]) if cut < side else cv2.INTER_AREA)
        unknown = cv2.resize(unknown[y:y + cut, x:x + cut], (side, side), interpolation=cv2.INTER_NEAREST)
        turn = plain.randrange(8)
        picture, unknown = np.rot90(picture, turn % 4), np.rot90(unknown, turn % 4)
        if turn > 3:
            picture, unknown = picture[:, ::-1], unknown[:, ::-1]
        shades = np.arange(256, dtype=np.float32)
        if plain.random() < .5:
            shades = 255 * (shades / 255) ** plain.uniform(.5, 2)
        if plain.random() < .4:
            shades = shades * plain.uniform(.2, 1) + plain.uniform(0, 60)
        if plain.random() < .2:
            shades = 255 - shades
        picture = cv2.LUT(np.ascontiguousarray(picture), np.clip(shades, 0, 255).astype(np.uint8))
        if grey := kind != 2 or plain.random() < .4:
            picture = as_grey(picture)
        if plain.random() < .45:
            shapes(picture, plain)
            if grey:
                picture = as_grey(picture)
        picture = picture.astype(np.float32)
        if plain.random() < .25:
            picture += dice.standard_normal(size=picture.shape[:2], dtype=np.float32)[:, :, None] * np.float32(plain.uniform(1, 14))
            np.clip(picture, 0, 255, out=picture)
        middles, taken = np.zeros((side, side), np.uint8), np.zeros((side, side), np.uint8)
        if plain.random() < .78:
            style = plain.random()
            block = plain.random() < .3
            for _ in range(plain.randint(1, 9)):
                self.write(picture, middles, taken, zoom, style, grey, block)
        size = (SIDE, SIDE)
        if side != SIDE:
            picture = cv2.resize(picture, size, interpolation=plain.choice([cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR]))
        if plain.random() < .15:
            picture = cv2.GaussianBlur(picture, (0, 0), plain.uniform(.3, .9))
        if plain.random() < .15:
            picture = picture + dice.standard_normal(size=picture.shape[:2], dtype=np.float32)[:, :, None] * np.float32(plain.uniform(1, 6))
        picture = np.clip(picture, 0, 255).astype(np.uint8)
        if plain.random() < .3:
            picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, plain.randint(40, 95)])[1], cv2.IMREAD_COLOR)
        half = (SIDE // 2, SIDE // 2)
        middles = cv2.resize(middles, half, interpolation=cv2.INTER_AREA)
        unknown = cv2.resize(np.ascontiguousarray(unknown), half, interpolation=cv2.INTER_AREA) > 0
        return picture, middles, unknown & (middles == 0)

    def write(self, picture: np.ndarray, middles: np.ndarray, taken: np.ndarray, zoom: float, style: float, grey: bool, block: bool) -> None:
        """Writes a few words where there is room."""
        plain = self.plain
        side = picture.shape[0]
        tall = math.exp(plain.uniform(math.log(6), math.log(24))) if plain.random() < .8 else plain.uniform(20, 60)
        mask = letters(self.words(plain), tall * zoom, self.files, plain)
        if mask is None:
            return
        height, width = mask.shape
        pick = plain.random()
        angle = 0 if pick < .78 else math.pi / 2 * plain.choice([1, -1]) if pick < .86 else plain.gauss(0, .12) if pick < .96 else plain.uniform(-math.pi, math.pi)
        c, s = abs(math.cos(angle)), abs(math.sin(angle))
        across, down = width * c + height * s + 2, width * s + height * c + 2
        for _ in range(6):
            # Some of it reaches beyond the cut.
            cx, cy = plain.uniform(min(across / 2, side / 2) - 4, max(side - across / 2, side / 2) + 4), plain.uniform(down / 2 - 2, max(side - down / 2, down / 2) + 2)
            if block:
                cx = across / 2 + plain.uniform(2, 12)
            around = polygon(cx, cy, width / 2 + .5 * height, height * .75 if block else height, angle)
            (left, top), (right, bottom) = np.floor(around.min(0)).astype(int), np.ceil(around.max(0)).astype(int) + 1
            left, top, right, bottom = max(left, 0), max(top, 0), min(right, side), min(bottom, side)
            if right - left < 4 or bottom - top < 4:
                continue
            mine = np.zeros((bottom - top, right - left), np.uint8)
            cv2.fillPoly(mine, [(around - (left, top)).astype(np.int32)], 1)
            if mine.any() and not (mine & taken[top:bottom, left:right]).any():
                break
        else:
            return
        # From here on only the place around it is looked at.
        picture, middles, taken = (one[top:bottom, left:right] for one in (picture, middles, taken))
        cx, cy = cx - left, cy - top
        taken |= mine
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), -math.degrees(angle), 1)
        turn[:, 2] += cx - width / 2, cy - height / 2
        if angle == 0:
            turn[:, 2] = np.round(turn[:, 2])
        ink = cv2.warpAffine(mask, turn, (right - left, bottom - top), flags=cv2.INTER_LINEAR).astype(np.float32) / 255
        under = mine.astype(bool)
        behind = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[under]
        mean, spread = float(behind.mean()), float(behind.std())
        light = mean < 128 if plain.random() < .85 else plain.random() < .5
        if style < .45:
            shade = 255 if light else 0
            if plain.random() < .3:
                shade = mean + (1 if light else -1) * plain.uniform(90, 220)
            colour_of = [shade] * 3
            if not grey and plain.random() < .5:
                colour_of = [plain.choice([0, 255, plain.randint(0, 255)]) for _ in range(3)]
                if abs(sum(colour_of) / 3 - mean) < 60 + spread:
                    taken &= 1 - mine
                    return
            elif abs(np.clip(shade, 0, 255) - mean) < 50 + spread:
                taken &= 1 - mine
                return
            if plain.random() < .12:
                board = np.zeros_like(mine)
                cv2.fillPoly(board, [polygon(cx, cy, width / 2 + .3 * height, height * .7, angle).astype(np.int32)], 1)
                base = plain.choice([0, 255, plain.uniform(0, 255)])
                if abs(base - sum(colour_of) / 3) > 60:
                    picture[board > 0] = base
            elif plain.random() < .15:
                rim = cv2.dilate(ink, np.ones((3, 3)))[:, :, None]
                picture[:] = picture * (1 - rim) + (0 if sum(colour_of) > 384 else 255) * rim
            if plain.random() < .7:
                picture[:] = picture * (1 - ink[:, :, None]) + np.array(colour_of, np.float32) * ink[:, :, None]
            else:
                picture += (1 if light else -1) * ink[:, :, None] * (abs(shade - mean) + spread)
        else:
            by = plain.uniform(18, 40) if style < .8 else plain.uniform(30, 110)
            picture += (1 if light else -1) * ink[:, :, None] * (by + spread * plain.uniform(.4, .9))
        np.clip(picture, 0, 255, out=picture)
        # The middle half of a line, and of its ends a quarter of its height less.
        half = max(width / 2 - .25 * height, width * .25)
        cv2.fillPoly(middles, [np.round(polygon(cx, cy, half, max(height * .25, zoom), angle) * 16).astype(np.int32)], 255, shift=4)

