"""Files as they come from telephones, workstations and scanners, with a patient in them, and what an independent
reader sees in a file.

    samples.py make NAME        writes a file to the standard output
    samples.py read FILE        describes a DICOM file as JSON, or each of an archive

The scans are those that pydicom brings along for its own tests; Wilhelmina Doering is nobody.
"""

import io
import json
import struct
import sys
import zipfile
import zlib

import numpy
import pillow_heif
import pydicom
import pydicom.examples
from pydicom.data import get_testdata_file
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

NAME = "Doering^Wilhelmina"
NUMBER = "MRN-47110815"
WORDS = "DOERING WILHELMINA 47110815"


def drawn(width: int, height: int) -> numpy.ndarray:
    """The words as a mask."""
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).text((14, 10), WORDS, fill=255, font=ImageFont.load_default(18))
    return numpy.asarray(mask) > 96


def gradient(width: int, height: int) -> Image.Image:
    """A soft picture."""
    across, down = numpy.meshgrid(numpy.linspace(0, 3, width), numpy.linspace(0, 2, height))
    shades = [110 + 60 * numpy.sin(across + phase) * numpy.cos(down - phase) for phase in (0, 1, 2)]
    return Image.fromarray(numpy.stack(shades, axis=-1).astype("uint8"))


def heic() -> bytes:
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x010F], exif[0x013B], exif[0x0132] = "SecretCam 3000", "Wilhelmina Doering", "2026:01:31 10:11:12"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 7.0)})
    file = io.BytesIO()
    gradient(640, 480).save(file, "HEIF", exif=exif.tobytes(), quality=80)
    return file.getvalue()


def screenshot() -> bytes:
    picture = gradient(640, 480)
    ImageDraw.Draw(picture).text((20, 20), WORDS, fill=(255, 255, 255), font=ImageFont.load_default(22))
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "Wilhelmina Doering")
    text.add_text("Comment", NUMBER, zip=True)
    text.add_itxt("XML:com.adobe.xmp", "<x>Doering</x>")
    file = io.BytesIO()
    picture.save(file, "PNG", pnginfo=text)
    return file.getvalue()


def planted(data: pydicom.Dataset) -> pydicom.Dataset:
    """The same with a patient wherever one can stand."""
    data.PatientName, data.PatientID, data.PatientBirthDate = NAME, NUMBER, "19310305"
    data.InstitutionName, data.ReferringPhysicianName = "Doering Hospital", "Doering^Referring"
    data.StudyDescription, data.ImageComments = "Doering study", f"{NAME} {NUMBER}"
    data.private_block(0x0099, "DOERING PRIVATE", create=True).add_new(1, "LO", NUMBER)
    nested = pydicom.Dataset()
    nested.PatientName = NAME
    data.ReferencedPatientSequence = [nested]
    return data


def dicom(data: pydicom.Dataset) -> bytes:
    data.preamble = b"Doering in the preamble".ljust(128, b"\0")
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue() + b"Doering behind the end"


def ct() -> bytes:
    return dicom(planted(pydicom.dcmread(get_testdata_file("CT_small.dcm"))))


def mr() -> bytes:
    data = planted(pydicom.examples.overlay)
    pixels = data.pixel_array.copy()
    pixels[drawn(data.Columns, data.Rows)] = pixels.max()
    data.PixelData = pixels.tobytes()
    return dicom(data)


def cine() -> bytes:
    return dicom(planted(pydicom.examples.ybr_color))


def bomb() -> bytes:
    """A PNG of 60,000 by 60,000 pixels, in a few bytes."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1_000_000))), (b"IEND", b"")]
    file = b"\x89PNG\r\n\x1a\n"
    for kind, body in chunks:
        file += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return file


def polyglot() -> bytes:
    """A JPEG that is a ZIP archive as well."""
    file = io.BytesIO()
    gradient(64, 48).save(file, "JPEG")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("patient.txt", NAME)
    return file.getvalue()


def script() -> bytes:
    """A DICOM file whose preamble is a shell script."""
    return b"#!/bin/sh\necho Doering\n".ljust(128, b"\n") + ct()[128:]


def frameless() -> bytes:
    data = pydicom.examples.ybr_color
    data.NumberOfFrames = 0
    return dicom(data)


def head() -> bytes:
    """A volume of a head: twelve slices in one file."""
    data = planted(pydicom.dcmread(get_testdata_file("CT_small.dcm")))
    data.BodyPartExamined, data.NumberOfFrames = "HEAD", 12
    data.PixelData = data.PixelData * 12
    return dicom(data)


def series() -> bytes:
    """Three slices in an archive, as a workstation exports them, with the patient's name in the paths."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DOERING_WILHELMINA/DICOMDIR", f"{NAME} {NUMBER}")
        for number in (1, 2, 3):
            data = planted(pydicom.dcmread(get_testdata_file("CT_small.dcm")))
            data.InstanceNumber, data.SOPInstanceUID = number, f"1.2.3.4.{number}"
            data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
            archive.writestr(f"DOERING_WILHELMINA/IM{number}", dicom(data))
    return file.getvalue()


def read(file: str | io.BytesIO) -> dict:
    data = pydicom.dcmread(file)
    pixels = data.pixel_array
    words = pixels[drawn(data.Columns, data.Rows)] if pixels.ndim == 2 else pixels
    return {
        "name": str(data.PatientName),
        "number": str(data.PatientID),
        "removed": str(data.get("PatientIdentityRemoved")),
        "modality": str(data.Modality),
        "frames": int(data.get("NumberOfFrames", 1)),
        "shape": list(pixels.shape),
        "shades": int(len(numpy.unique(pixels))),
        "shades_under_the_words": int(len(numpy.unique(words))),
        "private": sum(element.tag.is_private for element in data.iterall()),
        "series": str(data.SeriesInstanceUID),
    }


MADE = {made.__name__: made for made in (heic, screenshot, ct, mr, cine, bomb, polyglot, series, script, frameless, head)}

if __name__ == "__main__":
    if sys.argv[1] == "make":
        sys.stdout.buffer.write(MADE[sys.argv[2]]())
    else:
        with open(sys.argv[2], "rb") as file:
            zipped = file.read(2) == b"PK"
        if zipped:
            with zipfile.ZipFile(sys.argv[2]) as archive:
                print(json.dumps({name: read(io.BytesIO(archive.read(name))) for name in archive.namelist()}))
        else:
            print(json.dumps(read(sys.argv[2])))
