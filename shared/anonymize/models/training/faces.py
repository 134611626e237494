"""Writes the networks that find faces for the library: faces.py FOLDER.

They are those of Zhang, Zhang, Li and Qiao, "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional
Networks", IEEE Signal Processing Letters 23 (2016), trained by its authors and published with facenet-pytorch (MIT).
Each sees red, green and blue, (shade - 127.5) / 128, and answers with how far the left, top, right and bottom of a face
are from those of what it sees, in its width and height, and with how surely there is none and one.
"""

import hashlib
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

PACKAGE = "facenet-pytorch==2.5.3"
# The layers of each, its answers' layers, the side of what it sees (any for the first), its weights' SHA-256.
POOL_2, POOL_3, FLAT = 2, 3, "flat"
NETWORKS = {
    "proposal": ("pnet", ["conv1", "prelu1", POOL_2, "conv2", "prelu2", "conv3", "prelu3"], ("conv4_2", "conv4_1"), None,
                 "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"),
    "refinement": ("rnet", ["conv1", "prelu1", POOL_3, "conv2", "prelu2", POOL_3, "conv3", "prelu3", FLAT, "dense4", "prelu4"],
                   ("dense5_2", "dense5_1"), 24, "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"),
    "output": ("onet", ["conv1", "prelu1", POOL_3, "conv2", "prelu2", POOL_3, "conv3", "prelu3", POOL_2, "conv4", "prelu4", FLAT,
                        "dense5", "prelu5"], ("dense6_2", "dense6_1"), 48, "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"),
}


def network(weights: dict[str, torch.Tensor], layers: list, answers: tuple[str, str], side: int | None) -> onnx.ModelProto:
    """One of the three, as ONNX."""
    nodes, constants = [], []

    def add(kind: str, source: str, name: str, values: list[torch.Tensor] = (), **options) -> str:
        names = [f"{name}.{number}" for number in range(len(values))]
        constants.extend(numpy_helper.from_array(value.numpy(), one) for value, one in zip(values, names))
        nodes.append(helper.make_node(kind, [source, *names], [name], **options))
        return name

    def layer(source: str, name: str) -> str:
        values = [weights[f"{name}.weight"], *([weights[f"{name}.bias"]] if f"{name}.bias" in weights else [])]
        if name.startswith("conv"):
            return add("Conv", source, name, values, strides=[1, 1], dilations=[1, 1], pads=[0] * 4)
        if name.startswith("dense"):
            return add("Gemm", source, name, values, transB=1)
        planes = [len(values[0])] + [1, 1] * ("dense" not in source)
        return add("PRelu", source, name, [values[0].reshape(planes)])

    last = "pixels"
    for number, kind in enumerate(layers):
        if kind == FLAT:
            last = add("Flatten", add("Transpose", last, "turned", perm=[0, 3, 2, 1]), FLAT)
        elif isinstance(kind, int):
            last = add("MaxPool", last, f"pool{number}", kernel_shape=[kind] * 2, strides=[2, 2], pads=[0] * 4, ceil_mode=1)
        else:
            last = layer(last, kind)
    shifts, sure = layer(last, answers[0]), add("Softmax", layer(last, answers[1]), "sure", axis=1)
    nodes.append(helper.make_node("Concat", [shifts, sure], ["faces"], axis=1))
    sides = [side or "height", side or "width"]
    graph = helper.make_graph(
        nodes, "faces",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["count", 3, *sides])],
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["count", 6] + ["down", "across"] * (side is None))],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "download", "--no-deps", "--dest", scratch, PACKAGE], check=True)
        (wheel,) = pathlib.Path(scratch).glob("*.whl")
        package = zipfile.ZipFile(wheel)
        for name, (source, layers, answers, side, digest) in NETWORKS.items():
            content = package.read(f"facenet_pytorch/data/{source}.pt")
            if hashlib.sha256(content).hexdigest() != digest:
                sys.exit(f"{source}.pt is not what was reviewed: its SHA-256 differs")
            weights = torch.load(io.BytesIO(content), weights_only=True)
            onnx.save(network(weights, layers, answers, side), folder / f"face-{name}.onnx")


if __name__ == "__main__":
    main()
