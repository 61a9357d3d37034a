"""`xb.check` on three nets of our own making, one of them broken; makes results/three_nets.md.

    python benchmarks/three_nets.py

plain: a small convolutional net with batch norm and F.relu, two classes, its z-score a name.
writer: a net that writes its own weights, five seconds at 100 Hz, a normalisation of its own.
broken: plain, whose batch norms look at the batch in evaluation, too.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

import xai_bench as xb
from xai_bench.report.conformance.tables import conformance_table, verdict
from xai_bench.report.markdown import markdown_tables

OUT = Path(__file__).parent / "results" / "three_nets.md"
CLASSES = ("NORM", "MI")
BATCH, TRAINED_ON = 32, 1500


class Plain(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv1d(12, 24, 11, stride=2), nn.BatchNorm1d(24)
        self.conv2, self.norm2 = nn.Conv1d(24, 32, 11, stride=2), nn.BatchNorm1d(32)
        self.head = nn.Linear(32, len(CLASSES))

    def forward(self, z: Tensor) -> Tensor:
        h = functional.relu(self.norm1(self.conv1(z)))
        h = functional.relu(self.norm2(self.conv2(h))).mean(dim=2)
        logits: Tensor = self.head(functional.dropout(h, 0.1, training=self.training))
        return logits


class Writer(nn.Module):
    """W is a sum of maps, weighed by what a small encoder makes of the recording."""

    def __init__(self, samples: int = 500, maps: int = 16) -> None:
        super().__init__()
        self.encoder = nn.Conv1d(12, 16, 11, stride=4)
        self.mix = nn.Linear(16, maps)
        self.maps = nn.Conv1d(12, maps * 12, 9, padding=4, groups=12)
        self.scale = nn.Parameter(torch.tensor(3.0 / (12 * samples)))
        self.count = maps

    def generate(self, z: Tensor) -> tuple[Tensor, Tensor]:
        mix = self.mix(torch.relu(self.encoder(z)).mean(dim=2))
        maps = self.maps(z).unflatten(1, (12, self.count))
        W = self.scale * torch.einsum("rm,rlmt->rlt", mix, maps)
        return W.unsqueeze(1), torch.zeros(len(z), 1, device=z.device)

    def forward(self, z: Tensor) -> Tensor:
        W, b = self.generate(z)
        return (W * z.unsqueeze(1)).sum(dim=(2, 3)) + b


def half_millivolt(millivolt: Tensor) -> Tensor:
    """Each lead about its mean, in units of half a millivolt: fixed, whatever the recording."""
    return (millivolt - millivolt.mean(dim=2, keepdim=True)) / 0.5


def zscore(millivolt: Tensor) -> Tensor:
    centred = millivolt - millivolt.mean(dim=2, keepdim=True)
    return centred / centred.std(dim=2, keepdim=True).clamp_min(1e-6)


def train(net: nn.Module, normalise: object, seconds: float, epochs: int) -> None:
    """On synthetic recordings of folds 1 to 8, with Adam."""
    given = xb.load_data(
        "synthetic", split="train", n=TRAINED_ON, seconds=seconds, task="norm_vs_mi"
    )
    assert given.labels is not None
    assert callable(normalise)
    z = normalise(torch.from_numpy(given.signal))
    y = torch.tensor([float("MI" in labels) for labels in given.labels])
    optimiser = torch.optim.Adam(net.parameters(), lr=3e-3)
    shuffled = torch.Generator().manual_seed(0)
    for _ in range(epochs):
        for rows in torch.randperm(len(z), generator=shuffled).split(BATCH):
            logits = net.train()(z[rows])
            m = logits[:, -1] - (logits[:, 0] if logits.shape[1] > 1 else 0)
            loss = functional.binary_cross_entropy_with_logits(m, y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


def broken_copy(net: Plain) -> Plain:
    """The same weights, and batch norms without statistics of their own."""
    broken = copy.deepcopy(net)
    for norm in (broken.norm1, broken.norm2):
        norm.track_running_stats, norm.running_mean, norm.running_var = False, None, None
    return broken


def main() -> None:
    torch.manual_seed(0)
    plain, writer = Plain(), Writer()
    train(plain, zscore, 10.0, epochs=6)
    train(writer, half_millivolt, 5.0, epochs=25)
    common: dict[str, Any] = {"classes": CLASSES, "rate_hz": 100}
    found = [
        xb.check(model=plain, **common, cam_layer="conv2"),
        xb.check(model=writer, **common, seconds=5, native="generate", normalise=half_millivolt),
        xb.check(model=broken_copy(plain), name="broken", **common, cam_layer="conv2"),
    ]
    text = markdown_tables([conformance_table(one) for one in found])
    verdicts = "\n".join(f"- {verdict(one)}" for one in found)
    OUT.write_text(
        f"# `xb.check` on three nets\n\n{__doc__.split(chr(10) * 2, 2)[2]}\n{text}\n{verdicts}\n"
    )
    print(OUT.read_text())


if __name__ == "__main__":
    main()
