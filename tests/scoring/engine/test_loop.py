"""The loop over blocks: one transfer to the host for all methods and metrics of a block."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
import torch

from tests.closed_forms import closed_form
from tests.host_transfers import host_transfers
from tests.scoring.blocks import SHAPE, cases, signals
from xai_bench import load_data
from xai_bench.memo import Memo
from xai_bench.methods import METHODS
from xai_bench.models import Model
from xai_bench.nets.pooled import PooledNet, conv_norm_relu
from xai_bench.scoring import Scorer, build_scorer, engine_of
from xai_bench.scoring.engine.base import Case, Scores, evaluate, scored
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.randomisation.cascade import RandomisedLayers
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Metric, Zoo

ON_THE_HOST = ("generators.py", "perturbation/local_drops.py")
"""Where numpy sorts for a CPU, and where windows are read that are held in main memory."""

ON_THE_DEVICE = [
    found
    for found in Zoo().metrics()
    if engine_of(found, "auto") != "quantus" and found.family != "runtime"
]
"""All metrics but those that ask the clock, or Quantus."""


def _waits(found: list[str]) -> list[str]:
    return [one for one in found if not any(place in one for place in ON_THE_HOST)]


class Small(PooledNet):
    def __init__(self) -> None:
        super().__init__(channels=4, outputs=1, dropout=0.0)
        self.conv = conv_norm_relu(12, 4, 5)

    def features(self, z: torch.Tensor) -> torch.Tensor:
        maps: torch.Tensor = self.conv(z)
        return maps


def _small() -> Model:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return closed_form(Small().eval())


@pytest.fixture(scope="module")
def given() -> Case:
    """Two recordings with evidence, twins and waves, under a net with weights."""
    evidence = torch.zeros(2, *SHAPE, dtype=torch.bool)
    evidence[:, 3:5, 10:20] = True
    (case,) = cases(_small(), ["saliency"], signals(2), evidence=evidence)
    waves = (torch.arange(SHAPE[1]) // 11).clamp_max(6).to(torch.int8).expand(2, -1)
    twin = case.block.z + 0.1 * evidence
    case.block.batch = replace(case.block.batch, twin=twin, find_waves=lambda: waves)
    return case


@pytest.mark.slow_but_one
@pytest.mark.parametrize("metric", ON_THE_DEVICE, ids=lambda metric: metric.name)
def test_no_scorer_waits_for_the_device(
    given: Case, metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Model, "local", lambda self, shape: None)
    # Random nets are made on the CPU, whatever the device.
    monkeypatch.setattr(RandomisedLayers, "cascade", cache(RandomisedLayers.cascade))
    scorer = build_scorer(metric)
    _forget_what_was_made(given)  # by another metric
    evaluate(scorer, given)  # what is made once for a run is not a block's
    _forget_what_was_made(given)
    with host_transfers() as found:
        scores = evaluate(scorer, given)
    assert not _waits(found)
    assert len(scores.values) == 2


def _forget_what_was_made(case: Case) -> None:
    case.memo, case.block.memo = Memo(), Memo()


def test_a_scorer_that_waits_is_found_out(given: Case) -> None:
    class Waits(Scorer):
        def score(self, case: Case) -> Scores:
            values = [float(one.sum()) for one in case.attribution]
            return scored(torch.tensor(values))

    class Chooses(Scorer):
        def score(self, case: Case) -> Scores:
            a = case.attribution
            return scored(torch.stack([one[one > 0].mean() for one in a]))

    for scorer in (Waits(), Chooses()):
        with host_transfers() as found:
            evaluate(scorer, given)
        assert len(_waits(found)) == 2


def test_a_block_is_brought_to_the_host_once_for_all_methods_and_metrics() -> None:
    model, data = _small(), load_data("synthetic", n=4)
    methods = [METHODS["saliency"], METHODS["random"]]
    metrics = Zoo().metrics("complexity,localisation,completeness")
    forward = Forward(model, block=2)
    assert not model.gradient_flaw, "known for all blocks"
    with host_transfers() as found:
        score_methods(model, data, methods, metrics=metrics, forward=forward)
    assert _waits(found) == ["cpu at " + found[-1].split(" at ")[1]] * 2
    assert "engine/loop.py" in found[-1]
