"""Trains the network that knows letters which stand alone: letters.py SOURCES OUT MINUTES.

What may be a letter is raised by the same top-hat transform as in `src/detect/letter.rs`, whose constants these are.
Four planes of 20 by 20 are seen of each: its shades from the least to the greatest, its strokes, the logarithm of its
height in sixteenths of a pixel, and the range of its shades.
"""

import multiprocessing
import pathlib
import random
import string
import sys
import time

import cv2
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

import pictures
from words import words

SQUARE, STEPS, LEVELS = 13, 20, (50, 110)
# The most of one picture.
MOST = {True: 16, False: 20}
BATCH, ROUNDS, FASTEST = 256, 3.5, 3e-3


def mostly_letters(plain: random.Random) -> str:
    if plain.random() < .5:
        return plain.choice("LR" if plain.random() < .3 else string.ascii_uppercase + string.digits)
    return words(plain)


def candidates(grey: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, tuple[int, int, int, int]]]:
    """What may be a letter: the shades, light on dark, the strokes, and left, top, width and height."""
    found, square = [], np.ones((SQUARE, SQUARE), np.uint8)
    for shades in (grey, 255 - grey):
        raised = cv2.subtract(shades, cv2.morphologyEx(shades, cv2.MORPH_OPEN, square))
        for level in LEVELS:
            _, parts, sizes, _ = cv2.connectedComponentsWithStats((raised > level).astype(np.uint8), connectivity=8)
            for number, (x, y, width, height, count) in enumerate(sizes[1:], 1):
                if 3 <= width <= 44 and 6 <= height <= 44 and 8 <= count <= .85 * width * height:
                    found.append((shades, parts == number, (x, y, width, height)))
    return found


def planes(shades: np.ndarray, strokes: np.ndarray, place: tuple[int, int, int, int]) -> np.ndarray:
    """What the network sees."""
    x, y, width, height = place
    side = 1.5 * max(width, height)
    step = side / STEPS
    turn = np.array([[step, 0, x + (width - side) / 2 + step / 2 - .5], [0, step, y + (height - side) / 2 + step / 2 - .5]], np.float32)

    def cut(plane: np.ndarray, border: int) -> np.ndarray:
        return cv2.warpAffine(plane.astype(np.float32), turn, (STEPS, STEPS), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=border)

    seen = cut(shades, cv2.BORDER_REPLICATE)
    least, spread = seen.min(), np.ptp(seen)
    flat = np.ones_like(seen)
    return np.stack([(seen - least) / max(spread, 1), cut(strokes, cv2.BORDER_CONSTANT), flat * np.log(height / 16), flat * spread / 255]).astype(np.float16)


def gathered(task: tuple[pathlib.Path, int, float]) -> tuple[np.ndarray, np.ndarray]:
    """What was raised in so many minutes, and whether it stands in the middle of writing."""
    sources, seed, minutes = task
    maker, ends = pictures.Maker(sources, seed, mostly_letters), time.time() + 60 * minutes
    seen, answers = [], []
    while time.time() < ends:
        picture, middles, unknown = maker.example()
        found = candidates(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
        maker.plain.shuffle(found)
        taken = {True: 0, False: 0}
        for shades, strokes, (x, y, width, height) in found:
            # The answers are at half the size.
            left, top, right, bottom = x // 2, y // 2, (x + width + 1) // 2, (y + height + 1) // 2
            around = max(width, height) // 2 + 1
            near = np.s_[max(0, top - around):bottom + around, max(0, left - around):right + around]
            answer = bool((middles[top:bottom, left:right] > 127).sum() >= 2)
            unclear = (middles[near] > 0).any() or unknown[top:bottom, left:right].any()
            if taken[answer] < MOST[answer] and (answer or not unclear):
                taken[answer] += 1
                answers.append(answer)
                seen.append(planes(shades, strokes, (x, y, width, height)))
    return np.array(seen), np.array(answers, np.float32)


def block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


def trained(seen: torch.Tensor, answers: torch.Tensor) -> nn.Sequential:
    network = nn.Sequential(block(4, 8, 1), block(8, 16, 2), block(16, 32, 2), nn.Flatten(), nn.Dropout(.1),
                            nn.Linear(32 * 25, 32), nn.ReLU(), nn.Linear(32, 1))
    steps = int(ROUNDS * len(answers) / BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), FASTEST, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, FASTEST, steps)
    for step in range(steps):
        some = torch.randint(len(answers), (BATCH,))
        wrong = nn.functional.binary_cross_entropy_with_logits(network(seen[some].float())[:, 0], answers[some], reduction="none")
        # What is filled needlessly is worse than what another detector may see.
        loss = (wrong * torch.where(answers[some] > 0, .5, 1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 500 == 499:
            print(f"{step + 1} of {steps} steps, {loss.item():.3f}", flush=True)
    return network.eval()


def export(network: nn.Sequential, path: str) -> None:
    """Writes the network with its norms folded into its convolutions."""
    nodes, weights, last = [], [], "letters"

    def add(kind: str, values: list[torch.Tensor], **options) -> None:
        nonlocal last
        names = [f"{len(nodes)}.{number}" for number in range(len(values))]
        weights.extend(numpy_helper.from_array(value.detach().contiguous().numpy(), name) for value, name in zip(values, names))
        nodes.append(helper.make_node(kind, [last, *names], [f"{len(nodes)}"], **options))
        last = nodes[-1].output[0]

    for layer in network:
        if isinstance(layer, nn.Sequential):
            convolution, norm, _ = layer
            factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            add("Conv", [convolution.weight * factor[:, None, None, None], norm.bias - norm.running_mean * factor],
                strides=list(convolution.stride), pads=[1] * 4, kernel_shape=[3, 3])
            add("Relu", [])
        elif isinstance(layer, nn.Linear):
            add("Gemm", [layer.weight, layer.bias], transB=1)
        elif not isinstance(layer, nn.Dropout):
            add(type(layer).__name__.replace("ReLU", "Relu"), [])
    add("Sigmoid", [])
    floats = TensorProto.FLOAT
    graph = helper.make_graph(nodes, "letter", [helper.make_tensor_value_info("letters", floats, ["count", 4, STEPS, STEPS])],
                              [helper.make_tensor_value_info(last, floats, ["count", 1])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main() -> None:
    sources, out, minutes = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        parts = pool.map(gathered, [(sources, seed, minutes) for seed in (11, 12)])
    seen, answers = (torch.from_numpy(np.concatenate(part)) for part in zip(*parts))
    print(f"{len(answers)} candidates, {int(answers.sum())} of them in writing", flush=True)
    export(trained(seen, answers), f"{out}.onnx")


if __name__ == "__main__":
    main()
