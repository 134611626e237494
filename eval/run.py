"""Measures the anonymisation against the project's goals, on inputs that are made here with their answers.

    make eval [SEED=123] [EVAL_COUNT=60] [ONLY=burned,codes,faces,headers,hostile,fidelity,notes] [KEEP=folder]
"""

import argparse
import pathlib
import random
import shutil

import burned
import codes
import common
import faces
import fidelity
import headers
import hostile
import notes
import peers
from common import FOLDER, PROGRAM, Dice

PARTS = {
    "burned": burned.evaluate,
    "codes": codes.evaluate,
    "faces": faces.evaluate,
    "headers": headers.evaluate,
    "hostile": hostile.evaluate,
    "fidelity": fidelity.evaluate,
    "notes": notes.evaluate,
}
# What `make bench` runs, beside other programs.
BESIDE = {"peers": peers.compare}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for what went wrong, to be looked at")
    chosen = parser.parse_args()
    common.KEPT = chosen.keep
    print(f"seed {chosen.seed}, {chosen.count} of each, {PROGRAM.name}", flush=True)
    for part in chosen.only.split(","):
        (PARTS | BESIDE)[part](Dice(chosen.seed), chosen.count)
    shutil.rmtree(FOLDER)


if __name__ == "__main__":
    main()
