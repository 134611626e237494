"""Writes what the fuzzing starts from: seeds.py OUT.

Small pictures of every kind of photo, the DICOM files that pydicom brings along for its own tests, in all of their
transfer syntaxes, archives of slices, and notes: in OUT/image, OUT/series and OUT/text.
"""

import io
import pathlib
import sys
import zipfile

import numpy
import pillow_heif
from PIL import Image
from pydicom.data import DATA_ROOT

# What is larger only slows the fuzzing down, in bytes.
LARGEST = 25_000
NOTES = [
    "Pt is a 54yo male, John Smith, MRN 00482913, seen on 03/12/2021 by Dr. Okafor for chest pain.",
    "Frau Müller-Lüdenscheidt, geb. 03.11.1958, Tel. +49 30 1234567, wohnt in der Lindenstraße 5.",
    "Mme Élodie Lefèvre, née le 12 mars 1964, M. le Dr Dupont, 06 12 34 56 78.",
    "La Sra. García Pérez, nacida el 4 de mayo de 1970; il sig. Rossi, nato il 7/8/1951.",
    "EF 35 %, 3.5 mmol/L, C4-5, 90-year-old, T2/FLAIR, 120/80, 5-10 mg, https://example.org/a?b=1, a@b.example",
    "SSN 078-05-1120, IP 192.168.0.12, VIN 1HGCM82633A004352, plate B-AB 1234, IMEI 490154203237518",
]


def photos() -> dict[str, bytes]:
    """A small picture as every kind of photo."""
    across, down = numpy.meshgrid(numpy.arange(40), numpy.arange(28))
    picture = Image.fromarray(numpy.stack([across * 6, down * 9, (across * down) % 256], axis=-1).astype("uint8"))
    exif = picture.getexif()
    exif[0x0112], exif[0x013B] = 6, "J. Smith"
    ways = {
        "baseline.jpg": (picture, "JPEG", {"quality": 80, "exif": exif}),
        "progressive.jpg": (picture, "JPEG", {"quality": 60, "progressive": True, "subsampling": 2}),
        "grey.jpg": (picture.convert("L"), "JPEG", {"restart_marker_blocks": 2}),
        "inks.jpg": (picture.convert("CMYK"), "JPEG", {}),
        "colour.png": (picture, "PNG", {"exif": exif}),
        "palette.png": (picture.quantize(16), "PNG", {}),
        "deep.png": (Image.fromarray((across * 1600).astype("uint16")), "PNG", {}),
        "lossy.webp": (picture, "WEBP", {"exif": exif}),
        "lossless.webp": (picture.convert("RGBA"), "WEBP", {"lossless": True}),
        "plain.tif": (picture, "TIFF", {"exif": exif}),
        "lzw.tif": (picture, "TIFF", {"compression": "tiff_lzw"}),
        "deflate.tif": (picture.convert("L"), "TIFF", {"compression": "tiff_adobe_deflate"}),
        "fax.tif": (picture.convert("1"), "TIFF", {"compression": "group4"}),
    }
    made = {}
    for name, (image, kind, options) in ways.items():
        written = io.BytesIO()
        image.save(written, kind, **options)
        made[name] = written.getvalue()
    written = io.BytesIO()
    pillow_heif.from_pillow(picture).save(written, quality=60)
    made["photo.heic"] = written.getvalue()
    return made


def scans() -> dict[str, bytes]:
    files = sorted(pathlib.Path(DATA_ROOT, "test_files").glob("*.dcm"))
    return {file.name: file.read_bytes() for file in files if file.stat().st_size <= LARGEST}


def archive(members: dict[str, bytes], way: int) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", way) as whole:
        for name, member in members.items():
            whole.writestr(name, member)
    return written.getvalue()


def main() -> None:
    slices = scans()
    pair = {f"{number}/IM{number}": slices["MR_small.dcm"] for number in range(2)}
    archives = {
        "stored.zip": archive(pair, zipfile.ZIP_STORED),
        "deflated.zip": archive(pair | {"DICOMDIR": b"", "notes.txt": b"no image"}, zipfile.ZIP_DEFLATED),
        "single.zip": archive({"a.dcm": slices["SC_rgb_small_odd.dcm"]}, zipfile.ZIP_DEFLATED),
        "empty.zip": archive({}, zipfile.ZIP_STORED),
    }
    notes = {f"{number}.txt": note.encode() for number, note in enumerate(NOTES)}
    for name, seeds in {"image": photos() | slices, "series": archives, "text": notes}.items():
        folder = pathlib.Path(sys.argv[1]) / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, bytes_ in seeds.items():
            (folder / file).write_bytes(bytes_)
        print(f"{name}: {len(seeds)} seeds")


if __name__ == "__main__":
    main()
