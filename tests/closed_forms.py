"""Models whose explanations are known in closed form, for tests of methods and metrics."""

from __future__ import annotations

from pathlib import Path

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from xai_bench.cards import ModelCard
from xai_bench.methods import Batch
from xai_bench.models import Model
from xai_bench.nets.base import NativeNet, Net

LEADS, SAMPLES = 12, 1000


def weight_map(seed: int = 0, samples: int = SAMPLES) -> Float[Tensor, "lead time"]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(LEADS, samples, generator=generator) / 100


class Linear(Net):
    """m(z) = <w, z> + 0.5. Every attribution of it is known exactly."""

    def __init__(self, samples: int = SAMPLES) -> None:
        super().__init__()
        self.w = nn.Parameter(weight_map(samples=samples))

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        return (self.w * z).sum(dim=(1, 2)).unsqueeze(1) + 0.5

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


class TwoLinear(NativeNet):
    """A native net that writes the same two columns for every recording."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.stack([weight_map(1), weight_map(2)]))

    def generate(
        self, z: Float[Tensor, "record lead time"]
    ) -> tuple[Float[Tensor, "record output lead time"], Float[Tensor, "record output"]]:
        W = self.w.expand(len(z), -1, -1, -1)
        return W, torch.tensor([0.25, -0.5]).expand(len(z), -1)

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


class FiveLinear(NativeNet):
    """A native net for five classes: m_k(z) = <w_k, z> + b_k, the same for every recording."""

    bias = (0.1, 0.2, -0.3, -0.4, 0.5)

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.stack([weight_map(seed) for seed in range(4, 9)]))

    def generate(
        self, z: Float[Tensor, "record lead time"]
    ) -> tuple[Float[Tensor, "record output lead time"], Float[Tensor, "record output"]]:
        W = self.w.expand(len(z), -1, -1, -1)
        return W, torch.tensor(self.bias).expand(len(z), -1)

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


class Quadratic(Net):
    """m(z) = sum of w z^2 / 2: integrated gradients are w z^2 / 2 and the gradient is w z."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(weight_map(3))

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        return (self.w * z.square()).sum(dim=(1, 2)).unsqueeze(1) / 2

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


class Detached(Quadratic):
    """Says what Quadratic says, and has no gradient."""

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        return super().forward(z).detach()


class Product(Net):
    """m(z) = tanh(<v, z>) <w, z>: everything interacts, at the cost of nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.v = nn.Parameter(weight_map(9))
        self.w = nn.Parameter(weight_map(10))

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        v, w = ((weight * z).sum(dim=(1, 2)) for weight in (self.v, self.w))
        return (v.tanh() * w).unsqueeze(1)

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


class Holed(Net):
    """As Linear, but nan where <w, z> is negative: a net that divides by zero now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(weight_map())

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        m = (self.w * z).sum(dim=(1, 2)).unsqueeze(1)
        return m.where(m >= 0, torch.nan) + 0.5

    def rescale_(self, scale: Tensor, shift: Tensor) -> None:
        raise AssertionError("not used")


CARD = {
    "target": "./closed_forms.py:Linear",
    "summary": "closed form",
    "cite": "xaibench",
    "licence": "Apache-2.0",
    "params": {},
    "input": {"rate_hz": 100.0, "seconds": 10.0, "normalisation": "zscore"},
    "labels": {"task": "norm_vs_mi"},
    "recipe": {
        "data": "synthetic",
        "seed": 0,
        "epochs": 1,
        "batch_size": 2,
        "crop_seconds": 2.56,
        "learning_rate": 1e-3,
        "weight_decay": 0.0,
        "l1": 0.0,
        "gradient_clip": 5.0,
    },
}
"""The least a model card can say."""
SUPERCLASS = {"labels": {"task": "superclass"}}
"""What a card of a multi-label model says instead."""


def closed_form(net: nn.Module, **facts: object) -> Model:
    card = ModelCard.model_validate(CARD | facts)
    return Model.from_card(
        name="closed-form",
        card=card,
        net=net,
        device=torch.device("cpu"),
        code=Path(__file__).parent,
    )


def batch(rows: int = 3, *, seed: int = 0, target: int = 1) -> Batch:
    generator = torch.Generator().manual_seed(100 + seed)
    return Batch(
        z=torch.randn(rows, LEADS, SAMPLES, generator=generator),
        target=torch.full((rows,), target),
        seeds=tuple(range(7, 7 + rows)),
        recording_seeds=torch.arange(7, 7 + rows),
    )


def grid(segments: int, samples: int = SAMPLES) -> Int64[Tensor, "lead time"]:
    """The regions "grid-N", written out: lead after lead, sample t in segment t * N // samples."""
    return torch.tensor(
        [[lead * segments + t * segments // samples for t in range(samples)] for lead in range(12)]
    )


def row_of(given: Batch, row: int) -> Batch:
    """One recording of a batch, as a batch of its own."""
    piece = slice(row, row + 1)
    return Batch(
        z=given.z[piece],
        target=given.target[piece],
        seeds=given.seeds[piece],
        recording_seeds=None if given.recording_seeds is None else given.recording_seeds[piece],
    )
