"""The program beside others that anyone can install, on the same inputs, in one table."""

import json
import pathlib
import shutil
import statistics
import subprocess
import time

import burned
import headers
import notes
import pydicom
from common import FOLDER, HOME, PROGRAM, Dice, Outcome, share
from PIL import Image

PYTHON = HOME / ".tools/peers/bin/python"
TOOLS = ["curbside-anonymize", "exiftool", "mat2", "dicognito", "deid", "presidio"]
NOTES = 10_000
SLICES = 40

Column = dict[str, str]


def exiftool(source: pathlib.Path, target: pathlib.Path) -> list:
    return ["exiftool", "-q", "-all=", "-o", target, source]


def mat2(source: pathlib.Path, target: pathlib.Path) -> list:
    shutil.copy(source, target)
    return ["mat2", "--inplace", target]


STRIPPERS = {"exiftool": exiftool, "mat2": mat2}


def photos(dice: Dice, count: int) -> dict[str, Column]:
    """Planted values in photos, and how long one takes with the program's start."""
    present = [tool for tool in STRIPPERS if shutil.which(tool)]
    found = {tool: {"survived": 0, "planted": 0, "failed": 0, "seconds": []} for tool in [TOOLS[0], *present]}
    for number in range(count):
        planter = headers.Planter(dice)
        path = headers.plant_in_photo(number, planter)
        for tool, one in found.items():
            if tool in STRIPPERS:
                target = FOLDER / f"stripped{path.suffix}"
                target.unlink(missing_ok=True)
                command = STRIPPERS[tool](path, target)
                began = time.perf_counter()
                released = subprocess.run(command, capture_output=True, check=False).returncode == 0 and target.exists()
                seconds = time.perf_counter() - began
            else:
                outcome = Outcome(path, path.suffix)
                released, seconds, target = outcome.released, outcome.seconds, outcome.file
            one["seconds"].append(seconds)
            one["failed"] += not released
            if released:
                there = headers.surviving(planter, path, target)
                one["survived"], one["planted"] = one["survived"] + there[0], one["planted"] + there[1]
    return {
        tool: {
            "planted values that survive in photos": f"{one['survived']} of {one['planted']}",
            "photos that it does not take": share(one["failed"], count),
            "seconds a small photo, with the program's start": f"{statistics.median(one['seconds']):.2f}",
        }
        for tool, one in found.items()
    } | {tool: {"planted values that survive in photos": "not installed"} for tool in STRIPPERS if tool not in present}


def rebuilt(tool: str, source: pathlib.Path, target: pathlib.Path) -> float:
    """Has another tool make a folder of DICOM files anew. How long it took."""
    target.mkdir()
    done = subprocess.run([PYTHON, HOME / "eval/peer.py", tool, source, target], capture_output=True, text=True, check=True)
    return float(done.stderr.splitlines()[-1])


def dicom(dice: Dice) -> dict[str, Column]:
    """Planted values in DICOM files, and how many files of 512 x 512 pixels of 16 bits are made anew in a second."""
    planted, slices, planters = FOLDER / "planted", FOLDER / "slices", {}
    planted.mkdir()
    slices.mkdir()
    for source in headers.SOURCES:
        planters[source] = headers.Planter(dice)
        headers.plant_lightly(source, planters[source], planted / source)
    for number in range(SLICES):
        burned.as_dicom(burned.anatomy(dice, 512, 512), slices / f"{number}.dcm")
    columns = {}
    for tool in (TOOLS[0], "dicognito", "deid"):
        made, survived, before = FOLDER / f"planted-{tool}", 0, 0
        if tool == TOOLS[0]:
            made.mkdir()
            for source in planters:
                outcome = Outcome(planted / source, ".dcm")
                if outcome.released:
                    shutil.copy(outcome.file, made / source)
            began = time.perf_counter()
            subprocess.run([PROGRAM, "batch", slices, FOLDER / f"slices-{tool}"], capture_output=True, check=True)
            seconds = time.perf_counter() - began
        else:
            rebuilt(tool, planted, made)
            seconds = rebuilt(tool, slices, FOLDER / f"slices-{tool}")
        for source, planter in planters.items():
            if (made / source).exists():
                there = headers.surviving(planter, planted / source, made / source)
                survived, before = survived + there[0], before + there[1]
        columns[tool] = {
            "planted values that survive in DICOM": f"{survived} of {before}",
            "DICOM files that it does not take": share(len(planters) - len(list(made.iterdir())), len(planters)),
            "DICOM files of 512 kB a second": f"{SLICES / seconds:.0f}",
        }
    columns[TOOLS[0]]["DICOM files of 512 kB a second"] += " (text looked for, 2 cores)"
    columns[TOOLS[0]]["the same, text not looked for"] = rewritten(slices)
    return columns


def rewritten(slices: pathlib.Path) -> str:
    """How many files the program's own measurement makes anew in a second, without its detectors."""
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--package", "curbside-anonymize", "--features", "measure"]
    done = subprocess.run([*command, "--example", "rewrite", slices], cwd=HOME, capture_output=True, text=True, check=True)
    return f"{float(done.stdout):.0f} (2 cores)"


def texts(dice: Dice) -> dict[str, Column]:
    """Clinical notes: what is removed, what is kept, and how fast."""
    writer = notes.Writer(dice)
    made = [writer.note() for _ in range(NOTES)]
    given = [text for text, _ in made] + notes.WITHOUT
    columns = {}
    for tool, command in ((TOOLS[0], [PROGRAM, "text"]), ("presidio", [PYTHON, HOME / "eval/peer.py", "presidio"])):
        began = time.perf_counter()
        done = subprocess.run(command, input=notes.lines(given), capture_output=True, text=True, check=True)
        seconds = time.perf_counter() - began
        if tool == "presidio":
            seconds = float(done.stderr.splitlines()[-1])
        answers, score = [json.loads(line) for line in done.stdout.splitlines()], notes.Score()
        for (text, identifiers), answer in zip(made, answers):
            score.add(text, identifiers, answer["changes"])
        untouched = sum(not answer["changes"] for answer in answers[len(made):])
        columns[tool] = {
            "identifiers in notes removed whole": score.removed(),
            "words of notes kept": share(score.kept, score.words),
            "notes without identifiers left untouched": share(untouched, len(notes.WITHOUT)),
            "characters of notes a second": f"{sum(map(len, given)) / seconds / 1e6:.2f} million",
        }
    columns["presidio"]["identifiers in notes removed whole"] += ", by its rules alone: its language model is in no registry"
    return columns


def times(dice: Dice) -> dict[str, Column]:
    """How long a photo takes on one core, and how much memory."""
    pictures = {"1024 x 768": burned.anatomy(dice, 768, 1024), "12 megapixels": burned.anatomy(dice, 3000, 4000)}
    column = {}
    for name, shades in pictures.items():
        path = FOLDER / "timed.jpg"
        Image.fromarray(shades).convert("RGB").save(path, quality=90)
        seconds, peaks = [], []
        for _ in range(5):
            command = ["taskset", "-c", "0", "/usr/bin/time", "-f", "%e %M", PROGRAM, "image", path, FOLDER / "timed-out.jpg"]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stderr.split()
            seconds.append(float(said[0]))
            peaks.append(int(said[1]) / 1000)
        column[f"a JPEG photo of {name}, one core"] = f"{statistics.median(seconds):.2f} s, {max(peaks):.0f} MB"
    return {TOOLS[0]: column}


def compare(dice: Dice, count: int) -> None:
    headers.lenient()
    columns: dict[str, Column] = {tool: {} for tool in TOOLS}
    for part in (photos(dice, count), dicom(dice), texts(dice), times(dice)):
        for tool, column in part.items():
            columns[tool] |= column
    print("\n| what | " + " | ".join(TOOLS) + " |\n|" + " --- |" * (len(TOOLS) + 1))
    for what in columns[TOOLS[0]]:
        print(f"| {what} | " + " | ".join(columns[tool].get(what, "") for tool in TOOLS) + " |")
    print(f"\npydicom {pydicom.__version__}; versions of the others are in infra/local/peers.txt")
