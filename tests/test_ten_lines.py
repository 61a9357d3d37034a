"""The promise of the README: a net, an array and methods of one's own, scored in ten lines."""

from __future__ import annotations

from typing import Any

import captum.attr
import numpy as np
import pytest
import quantus
import torch
from jaxtyping import Float
from torch import Tensor, nn

import xai_bench as xb
from xai_bench.models import Model
from xai_bench.results import Cell, read_cells
from xai_bench.studies.benchmark import Run
from xai_bench.zoo import Zoo

OF_EVIDENCE = {"relevance_mass"}
"""The metrics of `core` that want planted evidence."""
BESIDE = ("sparseness", "completeness")
"""Metrics of which it is known what the methods here must have."""


class StrangersNet(nn.Module):
    """A net as anyone writes one: two logits for ten seconds at 500 Hz."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(12, 6, 25, stride=10), nn.BatchNorm1d(6), nn.ReLU())
        self.head = nn.Linear(6, 2)

    def forward(self, x: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        out: Tensor = self.head(self.body(x).mean(dim=2))
        return out


def halve(millivolt: Tensor) -> Tensor:
    return millivolt / 0.5


def my_function(model: Model, z: Tensor, target: Tensor) -> Tensor:
    """The gradient times z, by hand."""
    z.requires_grad_()
    (gradient,) = torch.autograd.grad(model.log_odds(z, target).sum(), z)
    return z * gradient


def _twelve_leads(count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Smooth noise in I, II and V1 to V6, and the limb leads that follow."""
    rng = np.random.default_rng(3)
    steps = rng.standard_normal((count, 8, 5000)).cumsum(axis=2)
    i, ii, *chest = np.moveaxis((steps - steps.mean(axis=2, keepdims=True)) / 100, 1, 0)
    limbs = [i, ii, ii - i, -(i + ii) / 2, i - ii / 2, ii - i / 2]
    return np.stack([*limbs, *chest], axis=1)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((), id="alone"),
        # A shipped net takes seconds for each recording.
        pytest.param(("resnet1d",), id="beside-resnet1d", marks=pytest.mark.slow),
    ],
)
def shipped(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The nets beside the stranger's."""
    names: tuple[str, ...] = request.param
    return names


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, shipped: tuple[str, ...]) -> Run:
    signal_mv, torch_seed = _twelve_leads(6), torch.random.get_rng_state()
    torch.manual_seed(2)
    net = StrangersNet()
    torch.random.set_rng_state(torch_seed)
    my_array = np.random.default_rng(4).standard_normal((6, 12, 5000))

    recordings = xb.recordings(signal_mv, rate_hz=500, labels=["NORM", "MI"] * 3)
    model = xb.wrap(net, classes=["NORM", "MI"], rate_hz=500, seconds=10, normalise=halve)
    return xb.run(
        model=[model, *shipped],
        method=["ig-16", my_function, my_array, captum.attr.DeepLift],
        metrics=["core", *BESIDE, quantus.Sparseness(disable_warnings=True)],
        data=recordings,
        n=1,  # of six
        device="cpu",
        out=tmp_path_factory.mktemp("ten") / "runs",
    )


def _cells(done: Run) -> dict[tuple[str, str], list[Cell]]:
    found: dict[tuple[str, str], list[Cell]] = {}
    for cell in read_cells(done.folder):
        found.setdefault((cell.model, cell.method), []).append(cell)
    return found


def test_every_pair_is_scored_or_says_why_not(done: Run, shipped: tuple[str, ...]) -> None:
    board = done.leaderboard
    assert set(board["model"]) == {"strangersnet", *shipped}
    own = {"ig-16", "my_function", "given", "captum-deep-lift"}
    assert set(board["method"]) == own | {"random", "amplitude", "oracle"}
    skipped = board[board["status"] == "skipped"]
    reasons = {
        "resnet1d given": "given is (lead, time) (12, 5000), the model reads (12, 1000)",
        "resnet1d oracle": "oracle needs recordings with planted evidence",
        "strangersnet oracle": "oracle needs recordings with planted evidence",
    }
    assert dict(
        zip(skipped["model"] + " " + skipped["method"], skipped["reason"], strict=True)
    ) == {
        pair: why for pair, why in reasons.items() if pair.split()[0] in ("strangersnet", *shipped)
    }
    scored = board[(board["status"] == "ok") & board["method"].isin(own)]
    core = {metric.name for metric in Zoo().metrics("core")}
    assert set(scored["metric"]) == core - OF_EVIDENCE | {*BESIDE, "quantus_sparseness"}
    assert (scored["n"] == 1).all()


def test_numbers_are_those_of_the_methods_that_are_built_in(
    done: Run, shipped: tuple[str, ...]
) -> None:
    board = done.leaderboard.set_index(["model", "method", "metric"])["mean"]
    for model in ("strangersnet", *shipped):
        of_quantus, own = (board[model, "ig-16", m] for m in ("quantus_sparseness", "sparseness"))
        assert of_quantus == pytest.approx(own, rel=1e-5)
    # One ReLU after a linear layer and a mean: both are complete.
    for method in ("ig-16", "captum-deep-lift"):
        assert board["strangersnet", method, "completeness"] < 0.02
    assert board["strangersnet", "given", "completeness"] > 1


def test_what_would_explain_anew_has_the_reason(done: Run) -> None:
    board = done.leaderboard
    failed = board[(board["method"] == "given") & (board["status"] == "failed")]
    core = Zoo().metrics("core")
    costs = {metric.name for metric in core if metric.family == "runtime"}
    anew = failed[~failed["metric"].isin(OF_EVIDENCE)]
    assert set(anew["metric"]) == {"local_lipschitz", "mprt", *costs}
    reason = "1 x method 'given' is not known here, so it cannot explain changed recordings"
    assert set(anew["reason"]) == {reason}


def test_cells_of_objects_are_known_by_their_content(done: Run) -> None:
    for (_, method), cells in _cells(done).items():
        for cell in cells:
            assert cell.provenance["reusable"]
            built_in = method in ("ig-16", "random", "amplitude", "oracle")
            assert ("method_content" in cell.provenance) != built_in
