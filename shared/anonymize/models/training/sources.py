"""Pictures that the network learns to tell writing from: made ones, patients and photos.

None of them is a picture of the evaluation. They come with Debian's packages (gnome-backgrounds, mate-backgrounds,
opencv-doc, mricron-data) and with Python's (pydicom-data, nilearn, scikit-image, scikit-learn).
"""

import pathlib
import sys

import cv2
import data_store
import nibabel
import nilearn
import numpy as np
import onnxruntime
import pydicom
import skimage
import sklearn
from PIL import Image, UnidentifiedImageError

DICOM = pathlib.Path(data_store.__path__[0]) / "data"
IMAGES = ["RG1_UNCR", "RG3_UNCR", "MR2_UNCR", "US1_UNCR", "gdcm-US-ALOKA-16", "color3d_jpeg_baseline", "eCT_Supplemental", "vlut_04",
          "mlut_18", "emri_small", "OBXXXX1A", "MR-SIEMENS-DICOM-WithOverlays"]
VOLUMES = [*(pathlib.Path("/usr/share/mricron/templates") / f"{name}.nii.gz" for name in ("ch2", "ch2bet", "inia19-t1-brain")),
           pathlib.Path(nilearn.__path__[0]) / "datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"]
PHOTOS = [(pathlib.Path("/usr/share/backgrounds"), "**/*.*"), (pathlib.Path("/usr/share/doc/opencv-doc/examples/data"), "*.*"),
          (pathlib.Path(skimage.__path__[0]) / "data", "*.*"), (pathlib.Path(sklearn.__path__[0]) / "datasets/images", "*.jpg")]
# Photos with writing in them, many alike, and those of the evaluation.
SKIPPED = ("text", "license", "home.", "board", "sudoku", "imageText", "page", "logo", "Logo", "box", "graf", "digits", "ela_", "pca_", "butterfly",
           "building", "notes", "tmpl", "chicky", "stuff", "vnc", "left", "right", "camera.png", "moon.png", "chelsea", "coffee", "ihc")
MADE = 160


def stretched(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Eight bits between two percentiles."""
    low, high = np.percentile(values, [low, high])
    return (np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 255).astype(np.uint8)


def colour(grey: np.ndarray) -> np.ndarray:
    return np.repeat(grey[:, :, None], 3, 2)


def patients() -> list[np.ndarray]:
    """Real images, in two windows."""
    found = []
    for name in IMAGES:
        file = pydicom.dcmread(DICOM / f"{name}.dcm")
        pixels = file.pixel_array
        if file.SamplesPerPixel == 3:
            found.append(np.ascontiguousarray(pixels if pixels.ndim == 3 else pixels[0]).astype(np.uint8))
            continue
        frames = pixels if pixels.ndim == 3 else pixels[None]
        for frame in frames[:: max(1, len(frames) // 3)]:
            for high in (99, 99.9):
                grey = stretched(frame.astype(float), 1, high)
                found.append(colour(255 - grey if file.PhotometricInterpretation == "MONOCHROME1" else grey))
    return found


def cuts(dice: np.random.Generator) -> list[np.ndarray]:
    """Slices of heads, along three axes."""
    found = []
    for path in VOLUMES:
        volume = np.squeeze(np.asanyarray(nibabel.load(path).dataobj)).astype(float)
        for axis in range(3):
            for part in (.35, .5, .65):
                grey = np.rot90(stretched(np.take(volume, int(volume.shape[axis] * part), axis), 0, 99.5))
                factor = dice.uniform(400, 800) / max(grey.shape)
                found.append(colour(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)))
    return found


def photos() -> list[np.ndarray]:
    """Photos and drawings without writing, as far as their names tell."""
    found = []
    for path in sorted(path for folder, pattern in PHOTOS for path in folder.glob(pattern)):
        if any(word in path.name for word in SKIPPED):
            continue
        try:
            picture = Image.open(path).convert("RGB")
        except (UnidentifiedImageError, IsADirectoryError):
            continue
        if min(picture.size) >= 200:
            picture.thumbnail((1800, 1800))
            found.append(np.asarray(picture))
    return found


def as_grey(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def soft(shape: tuple[int, int], sigma: float, dice: np.random.Generator) -> np.ndarray:
    """Noise of that softness in pixels, from -1 to 1."""
    small = max(2, int(shape[0] / sigma) + 3), max(2, int(shape[1] / sigma) + 3)
    noise = cv2.resize(dice.normal(size=small).astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return noise / (np.abs(noise).max() + 1e-6)


def made(dice: np.random.Generator) -> np.ndarray:
    """A made picture: a radiograph's soft shapes, an ultrasound's fan, a screen's panels, or noise."""
    height, width = (int(v) for v in dice.integers(500, 1100, 2))
    kind = dice.choice(["body", "body", "body", "fan", "panels", "noise", "flat"])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    if kind in ("body", "noise"):
        slope = dice.uniform(.3, 1.2)
        values = sum(soft((height, width), sigma, dice) * (sigma / 100) ** slope for sigma in (200, 100, 50, 25, 12, 6, 3))
        values = (values - values.min()) / (np.ptp(values) + 1e-6) * dice.uniform(60, 235) + dice.uniform(0, 20)
        if kind == "body":
            for _ in range(int(dice.integers(0, 14))):
                middle, bend, thick = dice.uniform(0, height), dice.uniform(-1, 1) / width, dice.uniform(3, 25)
                line = np.exp(-((y - middle - bend * (x - width * dice.uniform(.3, .7)) ** 2) / thick) ** 2)
                values += line * dice.uniform(-50, 70)
            for _ in range(int(dice.integers(0, 4))):
                cx, cy, rx, ry = dice.uniform(0, width), dice.uniform(0, height), dice.uniform(30, width / 2), dice.uniform(30, height / 2)
                far = np.hypot((x - cx) / rx, (y - cy) / ry) - 1
                values += np.exp(-(far * min(rx, ry) / dice.uniform(2, 14)) ** 2) * dice.uniform(20, 160)
            for _ in range(int(dice.integers(0, 5))):
                cx, cy, rx, ry = dice.uniform(0, width), dice.uniform(0, height), dice.uniform(20, width / 2), dice.uniform(20, height / 2)
                inside = 1 / (1 + np.exp(np.clip((((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 - 1) * dice.uniform(3, 80), -30, 30)))
                values += inside * dice.uniform(-70, 70)
            if dice.random() < .7:
                inside = 1 / (1 + np.exp(np.clip((((x - width / 2) / (width * .45)) ** 2 + ((y - height / 2) / (height * .45)) ** 2 - 1) * dice.uniform(3, 60), -30, 30)))
                values *= inside
        values += dice.normal(size=values.shape) * dice.uniform(0, 12)
        return colour(np.clip(values, 0, 255).astype(np.uint8))
    if kind == "fan":
        angle, far = np.abs(np.arctan2(x - width / 2, y + 30)), np.hypot(x - width / 2, y + 30)
        speckle = np.abs(soft((height, width), 4, dice)) * dice.gamma(1.5, 40, size=(height, width)) * (.4 + np.abs(soft((height, width), 60, dice)))
        values = speckle * (angle < dice.uniform(.4, .8)) * (far < height * .95) * (far > 60)
        return colour(np.clip(values * dice.uniform(1, 4), 0, 255).astype(np.uint8))
    if kind == "panels":
        picture = np.full((height, width, 3), dice.integers(0, 256, 3), np.uint8)
        for _ in range(int(dice.integers(3, 25))):
            x0, y0 = int(dice.integers(0, width)), int(dice.integers(0, height))
            shade = tuple(int(v) for v in dice.integers(0, 256, 3)) if dice.random() < .5 else (int(dice.integers(0, 256)),) * 3
            cv2.rectangle(picture, (x0, y0), (x0 + int(dice.integers(20, 500)), y0 + int(dice.integers(10, 300))), shade, int(dice.choice([-1, -1, 1, 2])))
        return picture
    shade = float(dice.choice([0, 0, 255, dice.uniform(0, 255)]))
    values = shade + soft((height, width), 300, dice) * dice.uniform(0, 60) + dice.normal(size=(height, width)) * dice.uniform(0, 6)
    return colour(np.clip(values, 0, 255).astype(np.uint8))


def writing(picture: np.ndarray, detector: onnxruntime.InferenceSession) -> np.ndarray:
    """Where PP-OCRv5 sees writing: nobody knows whether there is."""
    mean, spread = np.array([.485, .456, .406]), np.array([.229, .224, .225])
    height, width = picture.shape[:2]
    unknown = np.zeros((height, width), np.uint8)
    for longest in (960, 1600):
        scale = min(longest / max(height, width), 2)
        size = (max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32))
        seen = (cv2.resize(picture, size)[:, :, ::-1] / 255 - mean) / spread
        (answer,) = detector.run(None, {detector.get_inputs()[0].name: seen.transpose(2, 0, 1)[None].astype(np.float32)})
        there = cv2.resize((answer[0, 0] > .3).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        unknown |= cv2.dilate(there, np.ones((15, 15), np.uint8))
    return unknown


def main() -> None:
    """Keeps pictures of three kinds, and where there may be writing in them: sources.py DETECTOR OUT."""
    detector, dice = onnxruntime.InferenceSession(sys.argv[1]), np.random.default_rng(7)
    plain = [[made(dice) for _ in range(MADE)], cuts(dice), []]
    others = [[], patients(), photos()]
    kept = np.empty(3, object), np.empty(3, object)
    for kind, (certain, doubtful) in enumerate(zip(plain, others, strict=True)):
        kept[0][kind] = certain + doubtful
        kept[1][kind] = [np.zeros(one.shape[:2], np.uint8) for one in certain] + [writing(one, detector) for one in doubtful]
        print(len(kept[0][kind]), "pictures")
    np.savez(sys.argv[2], pictures=kept[0], unknown=kept[1])


if __name__ == "__main__":
    main()
