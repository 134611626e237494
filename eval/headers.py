"""What is planted beside the pixels of DICOM files and photos, and what of it survives."""

import io
import pathlib
import string
import subprocess
import warnings

import numpy as np
import pydicom
from PIL import Image, PngImagePlugin
from pydicom.data import get_testdata_file
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from skimage import data

from common import FOLDER, Dice, Outcome, share, table

SOURCES = ["CT_small.dcm", "MR_small.dcm", "SC_rgb_small_odd.dcm", "examples_rgb_color.dcm", "MR_small_implicit.dcm",
           "MR_small_bigendian.dcm", "MR_small_jp2klossless.dcm", "MR_small_RLE.dcm", "examples_overlay.dcm"]
ENDINGS = (".jpg", ".png", ".webp", ".tif")
TEXTS = {"LO", "SH", "ST", "LT", "UT", "UC", "AE", "UR", "CS", "PN"}
BYTES = {"UN", "OB", "OW", "OB or OW", "US or OW"}
# What says how the pixels are to be read.
NEEDED = {"SpecificCharacterSet", "SOPClassUID", "Modality", "PhotometricInterpretation"}
# Attributes of patients, people, places and devices, as files from a hospital have them.
USUAL = [(0x00080020, "DA"), (0x00080050, "SH"), (0x00080080, "LO"), (0x00080081, "ST"), (0x00080090, "PN"), (0x00081010, "SH"),
         (0x00081030, "LO"), (0x0008103E, "LO"), (0x00081050, "PN"), (0x00081070, "PN"), (0x00081090, "LO"), (0x00100010, "PN"),
         (0x00100020, "LO"), (0x00100030, "DA"), (0x00101000, "LO"), (0x00101040, "LO"), (0x00102154, "SH"), (0x00104000, "LT"),
         (0x00181000, "LO"), (0x00181030, "LO"), (0x00200010, "SH"), (0x00204000, "LT"), (0x00321032, "PN"), (0x00400006, "PN"),
         (0x00400253, "SH")]
STANDARD = [(tag, vr.replace("OB or OW", "OW").replace("US or OW", "OW"), keyword) for tag, (vr, _, _, _, keyword)
            in DicomDictionary.items() if tag >> 16 not in (0, 2, 4, 0xFFFE) and tag >> 16 < 0x7FE0]


class Planter:
    """Makes values that stand nowhere else, and remembers them."""

    def __init__(self, dice: Dice) -> None:
        self.plain, self.planted = dice.plain, set()

    def word(self) -> str:
        word = "".join(self.plain.choices(string.ascii_uppercase, k=9))
        self.planted.add(word)
        return word

    def value(self, vr: str) -> str | bytes | None:
        pick = self.plain.randrange
        if vr in TEXTS:
            return f"{self.word()}^{self.word()}" if vr == "PN" else self.word()
        if vr in BYTES:
            return f"{self.word()}X".encode()
        day = f"19{pick(10, 99)}{pick(1, 13):02}{pick(1, 29):02}"
        time = f"{pick(24):02}{pick(60):02}{pick(60):02}"
        made = {"DA": day, "DT": day + time, "TM": f"{time}.{pick(10**6):06}", "UI": f"1.2.840.99999.{pick(10**12)}"}
        if vr not in made:
            return None
        self.planted.add(made[vr])
        return made[vr]

    def fill(self, target: Dataset, attributes: list[tuple[int, str, str]]) -> None:
        for tag, vr, keyword in attributes:
            value = None if keyword in NEEDED or (tag >> 16 == 0x28 and vr in {"CS", "OW"}) else self.value(vr)
            if value is not None:
                target.add_new(tag, vr, value)


def plant(source: str, planter: Planter, path: pathlib.Path) -> None:
    """Every attribute of the standard's dictionary that has text or bytes, alone and in every sequence; private ones,
    overlays, the preamble, and bytes behind the end."""
    image = pydicom.dcmread(get_testdata_file(source))
    planter.fill(image, STANDARD)
    for tag, vr, _ in STANDARD:
        if vr == "SQ":
            item, code = Dataset(), Dataset()
            planter.fill(item, planter.plain.sample(STANDARD, 60))
            planter.fill(code, [(0x00080100, "SH", ""), (0x00080102, "SH", ""), (0x00080104, "LO", "")])
            code.private_block(0x0009, "MAKER", create=True).add_new(1, "LO", planter.word())
            item.add_new(0x00081140, "SQ", [code])
            image.add_new(tag, "SQ", [item, code])
    private, inner = image.private_block(0x0011, "MAKER", create=True), Dataset()
    inner.PatientName = planter.word()
    private.add_new(1, "LO", planter.word())
    private.add_new(2, "SQ", [inner])
    for group in (0x6000, 0x6002, 0x5000):
        image.add_new(group << 16 | 0x3000, "OW", f"{planter.word()}X".encode())
        image.add_new(group << 16 | 0x2500, "LO", planter.word())
    image.preamble = planter.word().encode().ljust(128, b"\0")
    image.file_meta.SourceApplicationEntityTitle = planter.word()
    image.add_new(0xFFFCFFFC, "OB", f"{planter.word()}X".encode())
    image.save_as(path, enforce_file_format=False)
    with path.open("ab") as file:
        file.write(planter.word().encode())


def plant_lightly(source: str, planter: Planter, path: pathlib.Path) -> None:
    """Every text, date and identifier that the file has, a few that files of patients have, and private ones: all of
    them values that their attributes may have, so that any program can read them."""
    image = pydicom.dcmread(get_testdata_file(source))
    own = [(element.tag, element.VR, element.keyword) for element in image if element.VR in {"LO", "SH", "PN", "LT", "ST"}]
    planter.fill(image, own + [(tag, vr, "") for tag, vr in USUAL])
    private = image.private_block(0x0011, "MAKER", create=True)
    private.add_new(1, "LO", planter.word())
    image.save_as(path, enforce_file_format=True)


def errors(path: pathlib.Path) -> set[str] | None:
    """What dciodvfy finds wrong, if it is installed."""
    try:
        said = subprocess.run(["dciodvfy", path], capture_output=True, text=True, errors="replace", check=False).stderr
    except FileNotFoundError:
        return None
    return {line for line in said.splitlines() if line.startswith("Error")}


def dicom(dice: Dice) -> None:
    planted = survived = refused = 0
    for source in SOURCES:
        planter, path = Planter(dice), FOLDER / "planted.dcm"
        plant(source, planter, path)
        outcome = Outcome(path, ".dcm")
        refused += not outcome.released
        if outcome.released:
            there = surviving(planter, path, outcome.file)
            survived, planted = survived + there[0], planted + there[1]
    worse = differing = checked = 0
    for source in SOURCES:
        path = pathlib.Path(get_testdata_file(source))
        outcome = Outcome(path, ".dcm")
        refused += not outcome.released
        if outcome.released:
            checked += 1
            before, after = (pydicom.dcmread(one).pixel_array for one in (path, outcome.file))
            outside = np.ones(after.shape, bool)
            for place in outcome.report["filled"]:
                outside[place["y"]:place["y"] + place["height"], place["x"]:place["x"] + place["width"]] = False
            differing += bool((before != after)[outside].any())
            wrong = errors(path)
            worse += wrong is not None and bool(errors(outcome.file) - wrong)
    validator = "" if errors(FOLDER / "planted.dcm") is not None else " (dciodvfy is not installed: not checked)"
    table("DICOM", [
        ("planted values that survive", "0", f"{survived} of {planted}"),
        ("files refused", "0", share(refused, 2 * len(SOURCES))),
        ("files with pixels that differ outside of what was filled", "0", share(differing, checked)),
        ("files with errors that the input had not", "0", share(worse, checked) + validator),
    ])


def plant_in_photo(number: int, planter: Planter) -> pathlib.Path:
    """A photo with values in every place that its kind of file has for them, and behind its end."""
    ending, pictures = ENDINGS[number % 4], (data.chelsea, data.coffee, data.rocket, data.camera)
    picture = Image.fromarray(pictures[number // 4 % 4]()).resize((240, 160))
    path, exif = FOLDER / f"planted{ending}", picture.getexif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298, 0x9C9B):
        exif[tag] = planter.word()
    exif.get_ifd(0x8769)[0x9286] = planter.word().encode()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 30.0), 29: planter.value("DA")})
    options = {"exif": exif}
    if ending == ".png":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", planter.word())
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", f"<x>{planter.word()}</x>")
    elif ending == ".jpg":
        options |= {"comment": planter.word().encode(), "xmp": f"<x>{planter.word()}</x>".encode()}
    elif ending == ".webp":
        options |= {"xmp": f"<x>{planter.word()}</x>".encode()}
    whole = io.BytesIO()
    picture.save(whole, {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".tif": "TIFF"}[ending], **options)
    path.write_bytes(whole.getvalue() + planter.word().encode())
    return path


def surviving(planter: Planter, before: pathlib.Path, after: pathlib.Path) -> tuple[int, int]:
    """How many of the planted values a new file holds, and the old one did."""
    old, new = (path.read_bytes().upper() for path in (before, after))
    there = [word.encode() for word in planter.planted if word.encode() in old]
    return sum(word in new for word in there), len(there)


def photos(dice: Dice, count: int) -> None:
    planted = survived = refused = 0
    for number in range(count):
        planter = Planter(dice)
        path = plant_in_photo(number, planter)
        outcome = Outcome(path, path.suffix)
        refused += not outcome.released
        if outcome.released:
            there = surviving(planter, path, outcome.file)
            survived, planted = survived + there[0], planted + there[1]
    table("Photos' metadata", [
        ("planted values that survive", "0", f"{survived} of {planted}"),
        ("files refused", "3 %", share(refused, count)),
    ])


def lenient() -> None:
    """Lets what is planted be written, whether its attribute takes such a value or not."""
    warnings.simplefilter("ignore")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE


def evaluate(dice: Dice, count: int) -> None:
    lenient()
    dicom(dice)
    photos(dice, count)
