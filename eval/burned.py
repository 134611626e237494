"""Text that is burned into pictures: how much of it is covered, and what else is."""

import pathlib

import matplotlib
import numpy as np
import pydicom
from PIL import Image, ImageChops, ImageDraw, ImageFont
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from scipy import ndimage
from skimage import data

from common import FOLDER, Dice, Outcome, keep, share, table

FONTS = sorted((pathlib.Path(matplotlib.get_data_path()) / "fonts/ttf").glob("DejaVu*.ttf"))
FONTS = [font for font in FONTS if "Display" not in font.name]
WORDS = ["DOE^JANE", "SMITH, JOHN", "Maria Gonzalez", "MRN 00482913", "DOB: 04/12/1961", "ID 9921-A", "St. Mary's Hospital",
         "2021-03-14 10:22:31", "Acc# A1029384", "Müller Hans", "F 067Y", "Dr. Okafor", "Patient: Wei Zhang", "L",
         "AP PORTABLE 14:22", "W 400 L 40", "Se: 3 Im: 27", "KV 120 mA 220"]
# Images of patients that have no text in them.
PATIENTS = ["693_J2KI.dcm", "J2K_pixelrep_mismatch.dcm", "examples_overlay.dcm"]


def levelled(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / (values.max() - values.min())


def anatomy(dice: Dice, height: int, width: int) -> np.ndarray:
    """Soft shapes of several sizes in an ellipse, with ribs and noise, as 8-bit grey."""
    def soft(sigma: float) -> np.ndarray:
        return levelled(ndimage.gaussian_filter(dice.numbers.normal(size=(height, width)), sigma))

    shades = levelled(sum(soft(sigma) * weight for sigma, weight in ((60, 1), (20, .5), (6, .25), (1.5, .12)))) * 200 + 20
    y, x = np.mgrid[0:height, 0:width]
    body = ((y - height / 2) / (height * .46)) ** 2 + ((x - width / 2) / (width * .42)) ** 2 < 1
    shades *= ndimage.gaussian_filter(body.astype(float), 4)
    for rib in range(6):
        middle = height * (.2 + .1 * rib)
        shades += np.exp(-((y - middle - (x - width / 2) ** 2 / (width * 1.2)) / 6) ** 2) * 60 * body
    return np.clip(shades + dice.numbers.normal(size=(height, width)) * 4, 0, 255).astype(np.uint8)


def patient(name: str) -> np.ndarray:
    """A real image in the window that shows its usual shades, as 8-bit grey."""
    pixels = pydicom.dcmread(get_testdata_file(name)).pixel_array.astype(float)
    low, high = np.percentile(pixels, [1, 99])
    return (np.clip((pixels - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def backgrounds(dice: Dice) -> dict[str, list[Image.Image]]:
    """Pictures to write on, by kind: clear text anywhere, faint text over anatomy, none."""
    bodies = [anatomy(dice, 768, 1024), anatomy(dice, 512, 512), anatomy(dice, 1200, 1000), *map(patient, PATIENTS)]
    others = [data.camera(), data.moon(), data.chelsea(), data.coffee(), data.immunohistochemistry()]
    bodies, others = ([Image.fromarray(one) for one in kind] for kind in (bodies, others))
    return {"clear": bodies + others, "faint": bodies, "none": bodies + others}


def write_on(picture: Image.Image, kind: str, dice: Dice) -> list[tuple[int, int, int, int]]:
    """Writes a few words, clear ones near the edges, faint ones over the middle. Returns their boxes."""
    plain, draw, boxes = dice.plain, ImageDraw.Draw(picture), []
    width, height = picture.size
    for _ in range(plain.randint(2, 7)):
        text, clear = plain.choice(WORDS), kind == "clear"
        font = ImageFont.truetype(plain.choice(FONTS), plain.choice([10, 12, 14, 16, 20, 26] if clear else [14, 16, 20, 28]))
        for _ in range(30):
            if clear:
                x = plain.choice([plain.randint(4, width // 6), plain.randint(width // 2, width - 60)])
                y = plain.choice([plain.randint(2, height // 5), plain.randint(height * 4 // 5, height - 30)])
            else:
                x, y = plain.randint(width // 5, width * 3 // 5), plain.randint(height // 5, height * 4 // 5)
            left, top, right, bottom = box = draw.textbbox((x, y), text, font=font)
            apart = all(right + 12 < b[0] or b[2] + 12 < left or bottom + 10 < b[1] or b[3] + 10 < top for b in boxes)
            if right < width - 2 and bottom < height - 2 and apart:
                break
        else:
            continue
        behind = np.asarray(picture.convert("L"))[top:bottom, left:right].astype(float)
        light = behind.mean() < 128
        if clear and abs(255 * light - behind.mean()) < 100:
            continue
        apart = 255 if clear else int(plain.choice([28, 36, 48]) + behind.std() / 2)
        letters = Image.new("L", picture.size)
        ImageDraw.Draw(letters).text((x, y), text, font=font, fill=apart)
        picture.paste((ImageChops.add if light else ImageChops.subtract)(picture, Image.merge(picture.mode, [letters] * len(picture.getbands()))))
        boxes.append(box)
    return boxes


def as_dicom(shades: np.ndarray, path: pathlib.Path) -> None:
    """A CR image of 12 bits with a window, whose shades are those given."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1", generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    image.SOPClassUID, image.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    image.Modality, image.PhotometricInterpretation, image.SamplesPerPixel = "CR", "MONOCHROME2", 1
    image.Rows, image.Columns = shades.shape
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 12, 11, 0
    image.WindowCenter, image.WindowWidth = "2048", "4096"
    image.PixelData = (shades.astype(np.uint16) * 16).tobytes()
    image.save_as(path, enforce_file_format=True)


def seen(path: pathlib.Path) -> np.ndarray:
    """A released file as RGB or grey shades."""
    if path.suffix == ".dcm":
        return (pydicom.dcmread(path).pixel_array >> 4).astype(int)
    return np.asarray(Image.open(path)).astype(int)


def evaluate(dice: Dice, count: int) -> None:
    covered = {"clear": [0, 0], "faint": [0, 0]}
    needless, refused, seconds = [], 0, []
    pictures = backgrounds(dice)
    for number in range(count):
        kind = ("clear", "faint", "none")[number % 3]
        picture = pictures[kind][number // 3 % len(pictures[kind])].copy()
        boxes = write_on(picture, kind, dice) if kind != "none" else []
        grey = picture.mode == "L"
        path = FOLDER / ("in.dcm" if grey and number % 2 else "in.png")
        if path.suffix == ".dcm":
            as_dicom(np.asarray(picture), path)
        else:
            picture.save(path)
        outcome = Outcome(path, path.suffix)
        seconds.append(outcome.seconds)
        if not outcome.released:
            refused += 1
            continue
        before, after = np.asarray(picture).astype(int), seen(outcome.file)
        if not grey:
            before, after = before.sum(2) // 3, after.sum(2) // 3
        black, changed = after == after.min(), before != after
        near = np.zeros(black.shape, bool)
        for left, top, right, bottom in boxes:
            whole = black[top:bottom, left:right].mean() >= .9
            covered[kind][0] += whole
            covered[kind][1] += 1
            if not whole:
                keep(f"{number}-missed-{left}-{top}", before, after)
            tall = bottom - top
            near[max(0, top - tall):bottom + tall, max(0, left - tall):right + tall] = True
        needless.append(float((changed & ~near).mean()))
        if needless[-1] > .01:
            keep(f"{number}-needless", before, after)
    table("Burned-in text", [
        ("clear text covered at 90 % or more", "100 %", share(*covered["clear"])),
        ("faint text over anatomy covered at 90 % or more", "90 %", share(*covered["faint"])),
        ("pixels filled needlessly, mean", "0.5 %", f"{100 * np.mean(needless):.2f} % (median {100 * np.median(needless):.2f} %)"),
        ("pictures refused", "3 %", share(refused, count)),
        ("seconds a picture, median, program's start included", "", f"{np.median(seconds):.2f}"),
    ])
