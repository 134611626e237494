"""What all evaluations share: the program, a seed, figures with their goals."""

import json
import pathlib
import random
import subprocess
import tempfile
import time

import numpy as np
from PIL import Image

HOME = pathlib.Path(__file__).parent.parent
PROGRAM = HOME / "target/x86_64-unknown-linux-gnu/release/curbside-anonymize"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="eval-"))


KEPT: pathlib.Path | None = None


def keep(name: str, *shades: np.ndarray) -> None:
    """Keeps pictures side by side, to be looked at."""
    if KEPT:
        KEPT.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.hstack([np.clip(one, 0, 255).astype(np.uint8) for one in shades])).save(KEPT / f"{name}.png")


class Dice:
    """Everything random comes from one seed."""

    def __init__(self, seed: int) -> None:
        self.plain = random.Random(seed)
        self.numbers = np.random.default_rng(seed)


class Outcome:
    """What became of one image."""

    def __init__(self, source: pathlib.Path, ending: str) -> None:
        self.file, report = FOLDER / f"out{ending}", FOLDER / "report.json"
        for old in (self.file, report):
            old.unlink(missing_ok=True)
        began = time.perf_counter()
        done = subprocess.run(
            [PROGRAM, "image", source, self.file, "--report", report], capture_output=True, text=True, check=False
        )
        self.seconds = time.perf_counter() - began
        self.code = "released" if done.returncode == 0 else json.loads(done.stderr)["code"]
        self.report = json.loads(report.read_text()) if report.exists() else None

    @property
    def released(self) -> bool:
        return self.code == "released"


def table(title: str, rows: list[tuple[str, str, str]]) -> None:
    """Prints figures as a Markdown table: what, goal, measured."""
    print(f"\n### {title}\n\n| what | goal | measured |\n| --- | --- | --- |")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def share(part: float, whole: float) -> str:
    return f"{part:g} of {whole:g} ({100 * part / max(whole, 1):.1f} %)"
