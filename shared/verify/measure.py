"""Measures the verifier on the record of a year: how long it takes on one core, and how much memory.

    python3 shared/verify/measure.py <the verifier> <a record>
"""

import os
import resource
import subprocess
import sys
import time


def main(program: str, record: str) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    began = time.perf_counter()
    done = subprocess.run([program, record], capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - began
    polls = done.stdout.count("log of")
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print("| what | goal | measured |\n| --- | --- | --- |")
    print(f"| {polls} polls recounted on one core | 20 s | {seconds:.1f} s |")
    print(f"| memory, at most | 200 MiB | {megabytes:.0f} MiB |")


if __name__ == "__main__":
    main(*sys.argv[1:])
