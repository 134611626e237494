"""Trains the network: train.py SOURCES OUT MINUTES [BEFORE]. Writes OUT.pt as it goes, and OUT.onnx at the end."""

import math
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn

import pictures
from network import Network, export

BATCH = 16
FASTEST = 2.2e-3


class Examples(torch.utils.data.IterableDataset):
    """Examples without end, of which no two are the same."""

    def __init__(self, sources: pathlib.Path) -> None:
        super().__init__()
        self.sources = sources

    def __iter__(self):
        maker = pictures.Maker(self.sources, torch.utils.data.get_worker_info().seed % 2**32)
        while True:
            picture, middles, unknown = maker.example()
            yield torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))), torch.from_numpy(middles), torch.from_numpy(unknown)


def loss_of(seen: torch.Tensor, middles: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """How wrong the network is: in writing, where it is most wrong in all else, and in how both overlap."""
    wrong = nn.functional.binary_cross_entropy_with_logits(seen, middles, reduction="none") * known
    there = (middles > .5).float()
    missed = (wrong * there).sum() / there.sum().clamp(min=200)
    others = (wrong * (1 - there)).flatten()
    worst = others.topk(min(max(2000, int(there.sum() * 3)), others.numel()))[0].mean()
    sure = torch.sigmoid(seen) * known
    overlap = (2 * (sure * middles).sum() + 50) / ((sure * sure).sum() + (middles * middles * known).sum() + 50)
    return missed + worst + 1 - overlap + wrong.mean()


def main() -> None:
    sources, out, minutes = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    torch.set_num_threads(2)
    examples = iter(torch.utils.data.DataLoader(Examples(sources), batch_size=BATCH, num_workers=2, prefetch_factor=4))
    network = Network()
    if len(sys.argv) > 4:
        network.load_state_dict(torch.load(sys.argv[4]))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=FASTEST, weight_decay=1e-4)
    # What is kept is the average of the last steps.
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    started, step, recent = time.time(), 0, []
    while (part := (time.time() - started) / 60 / minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = FASTEST * min(1, (step + 1) / 300) * (.5 + .5 * math.cos(math.pi * part)) + 1e-5
        picture, middles, unknown = next(examples)
        seen = network(((picture.float() / 255 - .5) / .25).to(memory_format=torch.channels_last))
        loss = loss_of(seen, middles.float()[:, None] / 255, (~unknown)[:, None].float())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5)
        optimizer.step()
        step += 1
        decay = min(.998, step / (step + 50))
        with torch.no_grad():
            for name, value in network.state_dict().items():
                if value.dtype.is_floating_point:
                    kept[name].mul_(decay).add_(value, alpha=1 - decay)
                else:
                    kept[name].copy_(value)
        recent.append(loss.item())
        if step % 200 == 0:
            print(f"{step} steps, {100 * part:.0f} %, {np.mean(recent[-200:]):.3f}", flush=True)
            torch.save(kept, f"{out}.pt")
    torch.save(kept, f"{out}.pt")
    whole = Network()
    whole.load_state_dict(kept)
    export(whole.eval(), f"{out}.onnx")


if __name__ == "__main__":
    main()
