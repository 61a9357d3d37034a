"""Nets, normalisations, methods and metrics with one fault each."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, dropout, relu

from xai_bench.methods import Batch, Method
from xai_bench.models import Model
from xai_bench.models.normalisation import Normalisation
from xai_bench.nets.base import KnownNet
from xai_bench.scoring import Case


class Plain(nn.Module):
    """A small convolutional net with nothing wrong."""

    def __init__(self, outputs: int = 1) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(4)
            self.conv = nn.Conv1d(12, 6, 9, stride=2)
            self.norm = nn.BatchNorm1d(6)
            self.head = nn.Linear(6, outputs)

    def features(self, z: Tensor) -> Tensor:
        return relu(self.norm(self.conv(z))).mean(dim=2)

    def forward(self, z: Tensor) -> Tensor:
        logits: Tensor = 10 * self.head(self.features(z))
        return logits


class Known(KnownNet):
    """A known net of one's own: a weight for each lead, of each sample squared."""

    unique_for = "sample"
    convention = ""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.linspace(0, 1, 12)[:, None] / 1000)

    def write_weights_(self) -> None:
        """They are what they are."""

    def forward(self, z: Tensor) -> Tensor:
        return (self.gain * z.square()).sum(dim=(1, 2)).unsqueeze(1)

    def truth(self, z: Tensor) -> Tensor:
        return (self.gain * z.square()).unsqueeze(1)


class HalfKnown(Known):
    def truth(self, z: Tensor) -> Tensor:
        return super().truth(z) / 2


class BatchStatistics(Plain):
    """A batch norm that looks at the batch in evaluation, too."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(6, track_running_stats=False)


class TiedByRounding(Plain):
    """A maximum of two equal values with other gradients, of which rounding chooses another in
    company; nothing is mixed."""

    def forward(self, z: Tensor) -> Tensor:
        first = super().forward(z)
        second = 2 * first - first.detach()
        rounding = 1e-7 if z.dtype == torch.float32 and len(z) > 1 else -1e-7
        return second.where(second + rounding > first, first)


class DropsAlways(Plain):
    def features(self, z: Tensor) -> Tensor:
        return dropout(super().features(z), 0.5, training=True)


class StaysInTraining(Plain):
    def eval(self) -> StaysInTraining:
        return self.train()


class CutOff(Plain):
    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z).detach() + 0 * z.sum()


class TwoLogitsForOne(Plain):
    def __init__(self) -> None:
        super().__init__(outputs=3)


class NoNumber(Plain):
    def __init__(self) -> None:
        super().__init__()
        self.conv.weight.data[0, 0, 0] = torch.nan


class DividesByZero(Plain):
    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z) / (z.mean(dim=(1, 2)).unsqueeze(1) > 0)


class Cancels(Plain):
    def forward(self, z: Tensor) -> Tensor:
        return (super().forward(z) + 1e8) - 1e8


class AlwaysSure(Plain):
    def forward(self, z: Tensor) -> Tensor:
        return super().forward(z) + 9


class WritesWrong(Plain):
    """What it writes is not what it answers."""

    def generate(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return torch.ones(len(z), 1, *z.shape[1:]), torch.zeros(len(z), 1)


def through_numpy(millivolt: Tensor) -> Tensor:
    return torch.from_numpy(np.array(millivolt.detach().numpy()))


def by_batch(millivolt: Tensor) -> Tensor:
    return millivolt / millivolt.std()


class NotFrozen(Normalisation):
    """A difference is scaled by its own size."""

    def __call__(self, millivolt: Tensor) -> Tensor:
        return millivolt

    def rescale(self, difference: Tensor, millivolt: Tensor) -> Tensor:
        return difference / difference.std().clamp_min(1e-6)

    def key(self) -> str:
        return "not frozen"


def gradient(model: Any, z: Tensor, target: Tensor) -> Tensor:
    """As it should be."""
    z = z.detach().clone().requires_grad_()
    with torch.enable_grad():
        (found,) = torch.autograd.grad(model.log_odds(z, target).sum(), z)
    return found


class ByLargestOfBatch(Method):
    """A method of one's own class, which the package calls on whole batches."""

    name, summary, cite = "by-largest", "scaled by the largest of a batch", ""

    def attribute(self, model: Model, batch: Batch) -> Tensor:
        found = gradient(model, batch.z, batch.target)
        return found / found.abs().max()


class WithNan(Method):
    name, summary, cite = "with-nan", "no number at one place", ""

    def attribute(self, model: Model, batch: Batch) -> Tensor:
        found = gradient(model, batch.z, batch.target)
        found[0, 0, 0] = torch.nan
        return found


def of_class_1(model: Any, z: Tensor, target: Tensor) -> Tensor:
    return gradient(model, z, torch.ones_like(target))


def nothing(model: Any, z: Tensor, target: Tensor) -> Tensor:
    return torch.zeros_like(z)


def of_one_lead(model: Any, z: Tensor, target: Tensor) -> Tensor:
    return gradient(model, z, target)[:, :1]


def of_ten_seconds(model: Any, z: Tensor, target: Tensor) -> Tensor:
    return gradient(model, z, target) * torch.ones(1000)


def leaves_a_hook(model: Any, z: Tensor, target: Tensor) -> Tensor:
    next(iter(model.net.modules())).register_forward_hook(lambda *_: None)
    return gradient(model, z, target)


def largest_share(case: Case) -> Tensor:
    """A metric as it should be."""
    a = case.attribution.abs().flatten(1)
    return a.amax(dim=1) / a.sum(dim=1)


def share_of_batch(case: Case) -> Tensor:
    a = case.attribution.abs().flatten(1)
    return a.sum(dim=1) / a.sum()


def of_the_recording(case: Case) -> Tensor:
    return case.block.z.abs().amax(dim=(1, 2))


def wrong_way_round(case: Case) -> Tensor:
    """Minus the correlation with the exact attribution of a linear net."""
    exact = gradient(case.block.model, case.block.z, case.block.batch.target) * case.block.z
    return -cosine_similarity(case.attribution.flatten(1), exact.flatten(1), dim=1)


def of_the_first_second(case: Case) -> Tensor:
    if case.block.z.shape[2] < 1000:
        return torch.full((len(case.block),), torch.nan)
    return largest_share(case)
