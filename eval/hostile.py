"""Files that are made to do harm: each must be refused by name, or released as any other, soon and in little memory."""

import io
import json
import pathlib
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator

import pillow_heif
import pydicom
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import UID
from skimage import data

from common import FOLDER, PROGRAM, Dice, table
from headers import lenient

CODES = {"unsupported_media", "unsupported_transfer_syntax", "too_large", "undecodable", "recognisable_head_volume",
         "verification_failed"}
SECONDS, MEGABYTES = 2, 500
EXPLICIT, DEFLATED, RLE, JPEG, JPEG2000, LOSSLESS = (
    UID(f"1.2.840.10008.1.2.{rest}") for rest in ("1", "1.99", "5", "4.50", "4.90", "4.70"))
KINDS = {"JPEG": {}, "PNG": {}, "WEBP": {}, "TIFF": {"compression": "tiff_lzw"}, "HEIF": {}}


def photo(kind: str, **options: object) -> bytes:
    whole = io.BytesIO()
    Image.fromarray(data.chelsea()).save(whole, kind, **(KINDS[kind] | options))
    return whole.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes, pixels: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"".join([b"\x89PNG\r\n\x1a\n", header, *chunks, chunk(b"IDAT", pixels), chunk(b"IEND", b"")])


def with_sides(file: bytes, marker: bytes, skip: int, sides: bytes) -> bytes:
    """The file with other sides, so many bytes behind a marker."""
    place = file.index(marker) + len(marker) + skip
    return file[:place] + sides + file[place + len(sides):]


def tiff(width: int, height: int, length: int) -> bytes:
    """A TIFF of one strip, which says that it has so many bytes."""
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, height),
               (279, 4, length)]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + body + bytes(4) + bytes(64)


def slice_of(change: dict[str, object], syntax: UID = EXPLICIT, pixels: bytes | None = None) -> bytes:
    """A slice with other values, or None to leave one out; with its pixels encoded otherwise."""
    image = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    image.file_meta.TransferSyntaxUID = syntax
    for keyword, value in change.items():
        if value is None:
            del image[keyword]
        else:
            setattr(image, keyword, value)
    if pixels is not None:
        image.PixelData = encapsulate([pixels]) if syntax.is_encapsulated else pixels
        image["PixelData"].VR = "OB"
        image["PixelData"].is_undefined_length = syntax.is_encapsulated
    whole = io.BytesIO()
    image.save_as(whole, enforce_file_format=False, implicit_vr=False, little_endian=True)
    return whole.getvalue()


def nested(levels: int) -> bytes:
    begun = b"\x40\0\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff" * levels
    ended = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0" * levels
    return before_pixels(begun + ended)


def before_pixels(more: bytes) -> bytes:
    """A slice with more elements before its pixels."""
    file = slice_of({})
    place = file.index(b"\xe0\x7f\x10\0O")
    return file[:place] + more + file[place:]


def private(count: int) -> bytes:
    elements = b"".join(struct.pack("<HH", 0x0011 + 2 * (number >> 12), 0x1000 + (number & 0xFFF)) + b"LO\x08\0DOE^JANE"
                        for number in range(count))
    return before_pixels(elements)


def archive() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("notes.txt", "Jane Doe, born 3 March 1961")
    return whole.getvalue()


def deflated(size: int) -> bytes:
    """A deflated data set that goes on for so many bytes."""
    file = slice_of({})
    start = 132 + 12 + struct.unpack("<I", file[140:144])[0]
    meta = file[:start].replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    squeezed = zlib.compressobj(9, wbits=-15)
    body = squeezed.compress(file[start:] + b"\xfc\xff\xfc\xffOB\0\0" + struct.pack("<I", size))
    for _ in range(size >> 20):
        body += squeezed.compress(bytes(1 << 20))
    return meta + body + squeezed.flush()


def made() -> Iterator[tuple[str, str, bytes]]:
    """Classes, what each file is, and the file."""
    jpeg, plain, webp, heic = (photo(kind) for kind in ("JPEG", "PNG", "WEBP", "HEIF"))
    sides = struct.pack(">HH", 60_000, 60_000)
    bomb = zlib.compress(bytes(180 << 20), 9)
    yield "bombs", "png that unpacks to 180 MB where 3 kB are due", png(32, 32, pixels=bomb)
    yield "bombs", "png of a profile of 180 MB", png(32, 32, chunk(b"iCCP", b"x\0\0" + bomb), pixels=zlib.compress(bytes(97 * 32)))
    yield "bombs", "png of a comment of 180 MB", png(32, 32, chunk(b"zTXt", b"x\0\0" + bomb), pixels=zlib.compress(bytes(97 * 32)))
    yield "bombs", "deflated dicom of 2 GB", deflated(2 << 30)
    yield "bombs", "runs of bytes without an end", slice_of({}, RLE, struct.pack("<16I", 2, 64, 80, *[0] * 13) + b"\x81\0" * (4 << 20))
    scan = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0"
    yield "bombs", "jpeg of 300,000 empty scans", jpeg[:-2] + scan * 300_000 + b"\xff\xd9"
    yield "bombs", "jpeg of scans in a slice", slice_of({"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}, JPEG,
                                                        jpeg[:-2] + scan * 300_000 + b"\xff\xd9")
    yield "sides of 60,000", "png", png(60_000, 60_000, pixels=zlib.compress(bytes(9999)))
    start = next(place for place in range(len(jpeg)) if jpeg[place:place + 2] in (b"\xff\xc0", b"\xff\xc2"))
    yield "sides of 60,000", "jpeg", jpeg[:start + 5] + sides + jpeg[start + 9:]
    yield "sides of 60,000", "tiff", tiff(60_000, 60_000, 3_600_000_000)
    yield "sides of 60,000", "tiff with few bytes", tiff(60_000, 60_000, 64)
    yield "sides of 60,000", "webp of 16,383", with_sides(webp, b"\x9d\x01\x2a", 0, struct.pack("<HH", 16_383, 16_383))
    yield "sides of 60,000", "heic", with_sides(heic, b"ispe", 4, struct.pack(">II", 60_000, 60_000))
    for rows, columns in ((60_000, 60_000), (65_535, 1), (0, 64)):
        yield "sides of 60,000", f"slice of {rows} x {columns}", slice_of({"Rows": rows, "Columns": columns})
    for syntax in (JPEG, JPEG2000, LOSSLESS, RLE):
        yield "sides of 60,000", f"compressed slice, {syntax.name}", slice_of({"Rows": 60_000, "Columns": 60_000}, syntax, jpeg)
    yield "other files at once", "jpeg and zip", jpeg + archive()
    yield "other files at once", "pdf and jpeg", b"%PDF-1.7\n" + jpeg
    yield "other files at once", "jpeg and pdf", jpeg + b"%PDF-1.7\n1 0 obj"
    yield "other files at once", "png and zip", plain + archive()
    ct = slice_of({})
    for name, preamble in (("script", b"#!/bin/sh\nrm -rf ~\n"), ("program", b"MZ\x90\0"), ("page", b"<html><script>alert(1)</script>")):
        yield "other files at once", f"dicom with a {name} before it", preamble.ljust(128, b"\0") + ct[128:]
    yield "other files at once", "tiff and dicom", b"II*\0\x08\0\0\0".ljust(128, b"\0") + ct[128:]
    yield "another ending", "text as jpg", b"Jane Doe, born 3 March 1961"
    yield "another ending", "nothing", b""
    yield "another ending", "html", b"<html><img src=x onerror=alert(1)>"
    yield "another ending", "svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    yield "another ending", "gif", b"GIF89a" + bytes(64)
    yield "another ending", "png as jpg", plain
    for levels in (1_000, 100_000):
        yield "nested", f"sequences {levels} deep", nested(levels)
    for count in (100_000, 1_000_000):
        yield "private attributes", f"{count}", private(count)
    for frames in ("0", "-1", "4096", "4000000000"):
        yield "frames", frames, slice_of({"NumberOfFrames": frames})
    yield "lying lengths", "element past the end", before_pixels(b"\x10\0\x10\0UT\0\0\xf0\xff\xff\xffDoe")
    yield "lying lengths", "item past the end", before_pixels(b"\x40\0\x75\x02SQ\0\0\x10\0\0\0\xfe\xff\0\xe0\xf0\xff\xff\x7f")
    yield "lying lengths", "no pixels", slice_of({"PixelData": None})
    yield "lying lengths", "pixels that say more", ct.replace(b"\xe0\x7f\x10\0OW\0\0\0\x80\0\0", b"\xe0\x7f\x10\0OW\0\0\xfe\xff\xff\x7f")
    yield "lying lengths", "pixels without an end", ct.replace(b"\xe0\x7f\x10\0OW\0\0\0\x80\0\0", b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff")
    yield "lying lengths", "png chunk of 2 GB", plain[:33] + struct.pack(">I", 0x7FFFFFFF) + plain[37:]
    yield "lying lengths", "jpeg segment", jpeg[:4] + b"\xff\xff" + jpeg[6:]
    yield "lying lengths", "tiff of more bytes", tiff(640, 480, 307_200)
    yield "lying lengths", "heic boxes", heic.replace(b"\0\0\0", b"\x7f\xff\xff", 1)


def damaged(dice: Dice, count: int) -> Iterator[tuple[str, str, bytes]]:
    """Files of every kind that were cut off, or of which bits were turned."""
    whole = {kind: photo(kind) for kind in KINDS} | {"progressive JPEG": photo("JPEG", progressive=True)}
    for name in ("CT_small", "MR_small_RLE", "MR_small_jp2klossless", "SC_rgb_small_odd_jpeg", "SC_rgb_jpeg_gdcm"):
        whole[name] = pathlib.Path(get_testdata_file(f"{name}.dcm")).read_bytes()
    for number in range(count):
        for kind, file in whole.items():
            yield "cut off", f"{kind} {number}", file[:dice.plain.randrange(1, len(file))]
            flipped = bytearray(file)
            for _ in range(dice.plain.choice((1, 8, 64))):
                flipped[dice.plain.randrange(len(flipped))] ^= 1 << dice.plain.randrange(8)
            yield "bits turned", f"{kind} {number}", bytes(flipped)


# What a process takes starts at what its parent holds, so that a small one in between has to measure it.
MEASURED = """
import json, os, subprocess, sys, time
began = time.perf_counter()
with subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True, errors="replace") as running:
    said = running.stderr.read()
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([running.returncode, said, time.perf_counter() - began, used.ru_maxrss / 1000]))
"""


def outcome(file: bytes) -> tuple[str, float, float]:
    """What the program answers, the seconds and megabytes that it took."""
    source, target = FOLDER / "hostile.jpg", FOLDER / "hostile.out"
    source.write_bytes(file)
    target.unlink(missing_ok=True)
    command = [sys.executable, "-S", "-E", "-c", MEASURED, PROGRAM, "image", source, target]
    ended, said, seconds, megabytes = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    if ended == 0:
        return "released" if target.exists() and not said else "exit 0 without a file", seconds, megabytes
    try:
        code = json.loads(said)["code"]
    except ValueError:
        code = f"exit {ended}: {said[:80]!r}"
    return "wrote what it refused" if target.exists() else code, seconds, megabytes


def evaluate(dice: Dice, count: int) -> None:
    lenient()
    pillow_heif.register_heif_opener()
    classes: dict[str, list[tuple[str, float, float]]] = {}
    missed = []
    for kind, name, file in [*made(), *damaged(dice, count)]:
        code, seconds, megabytes = one = outcome(file)
        classes.setdefault(kind, []).append(one)
        if code not in CODES | {"released"} or seconds > SECONDS or megabytes > MEGABYTES:
            missed.append(f"{kind}, {name}: {code}, {seconds:.2f} s, {megabytes:.0f} MB")
    rows = []
    for kind, ones in classes.items():
        codes, seconds, megabytes = zip(*ones)
        counted = ", ".join(f"{codes.count(code)} {code}" for code in sorted(set(codes)))
        rows.append((kind, f"{SECONDS} s, {MEGABYTES} MB", f"{counted}; at most {max(seconds):.2f} s, {max(megabytes):.0f} MB"))
    table("Hostile files", rows)
    print("\n".join(missed))
    if missed:
        raise SystemExit(f"{len(missed)} hostile files were not answered as they should be")
