"""Every metric on nets that others wrote: a score or a reason, and no error."""

from __future__ import annotations

from typing import Any

import captum.attr as captum
import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from tests.recordings import recordings
from xai_bench import score, wrap
from xai_bench.methods.captum_method import CaptumMethod
from xai_bench.scoring.engine.cost import counted

Batch = Float[Tensor, "record lead time"]


class NoWeights(nn.Module):
    """A rule of thumb: mean squares of V1 against those of V6; one number a recording."""

    def forward(self, x: Batch) -> Float[Tensor, " record"]:
        return x[:, 6].square().mean(dim=1) - x[:, 11].abs().mean(dim=1)


class Recurrent(nn.Module):
    """A GRU that reads every tenth sample."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(12, 4, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Batch) -> Float[Tensor, "record output"]:
        states, _ = self.gru(x[:, :, ::10].transpose(1, 2))
        out: Tensor = self.head(states[:, -1])
        return out


class Attention(nn.Module):
    """A transformer of which four exclusive classes come with what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv1d(12, 8, 50, stride=50)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.head = nn.Linear(8, 4)

    def forward(self, x: Batch) -> tuple[Float[Tensor, "record output"], Batch]:
        out: Tensor = self.head(self.layer(self.embed(x).transpose(1, 2)).mean(dim=1))
        return out, x


class Shared(nn.Module):
    """Layers that are called twice, a ReLU in place, and a dict of logits."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 12, 5, padding=2)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(12, 3)

    def forward(self, x: Batch) -> dict[str, Float[Tensor, "record output"]]:
        twice = self.relu(self.conv(self.relu(self.conv(x))))
        return {"logits": self.head(twice.mean(dim=2))}


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (NoWeights, {"classes": ["NORM", "MI"]}),
        (Recurrent, {"classes": ["NORM", "MI"]}),
        (Attention, {"classes": ["NORM", "MI", "CD", "HYP"]}),
        (Shared, {"classes": ["NORM", "MI", "AF"], "multilabel": True}),
    ],
)
def test_every_metric_scores_a_foreign_net_or_says_why_not(
    kind: type[nn.Module], asked: dict[str, Any]
) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        net = kind()
    model = wrap(net, rate_hz=100, **asked)
    given = recordings(2, evidence=True)[1:]
    table = score(model, given, "input-x-gradient", target="MI").set_index("metric")
    unscored = dict(table.reason[table.status != "ok"])
    allowed = {
        "lead_concordance": "all leads have the same amount",
        "random_logit": "in a binary task",
        "mprt": "the net has no weights that could be randomised",
        "efficient_mprt": "the net has no weights that could be randomised",
        "peak_memory": "peak memory cannot be measured",
        "relative_representation_stability": "of infinite or NaN",
    }
    strange = {
        name: reason
        for name, reason in unscored.items()
        if not reason.startswith(allowed.get(name, "?"))
    }
    assert not strange
    assert ("mprt" in unscored) == (kind is NoWeights)


@pytest.mark.parametrize("kind", [Recurrent, Shared, NoWeights])
def test_passes_through_a_foreign_net_are_counted_by_recordings(kind: type[nn.Module]) -> None:
    """Whatever its first layer reads, puts out, and how often it is called."""
    classes = ["NORM", "MI", "AF"] if kind is Shared else ["NORM", "MI"]
    model = wrap(kind(), classes, multilabel=kind is Shared, rate_hz=100)
    z = torch.zeros(3, 12, 1000).requires_grad_()
    with counted(model.net) as passes:
        model.log_odds(z, 1).sum().backward()
        model.log_odds(z.detach()[:1], 1)
    assert (passes.forward, passes.backward) == (4, 3)


def test_passes_through_weights_that_a_foreign_net_writes_are_counted() -> None:
    class Writes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Linear(12, 1)

        def write(self, z: Batch) -> tuple[Tensor, Tensor]:
            per_lead = self.w(z.mean(dim=2)).reshape(-1, 1, 1, 1)
            return per_lead.expand(-1, 1, 12, z.shape[2]), torch.zeros(len(z), 1)

        def forward(self, z: Batch) -> Tensor:
            W, b = self.write(z)
            return (W * z.unsqueeze(1)).sum(dim=(2, 3)) + b

    model = wrap(Writes(), ["NORM", "MI"], rate_hz=100, native="write")
    with counted(model.net) as passes:
        model.native(torch.zeros(2, 12, 1000))
    assert passes.forward == 2


def test_a_net_that_hooks_of_captum_do_not_suit_is_a_reason_and_no_error() -> None:
    model = wrap(Shared(), ["NORM", "MI", "AF"], multilabel=True, rate_hz=100)
    reason = CaptumMethod("mine", captum.DeepLift).unsupported(model, evidence=False)
    assert reason is not None
    assert "more than once" in reason
    assert CaptumMethod("s", captum.Saliency).unsupported(model, evidence=False) is None
