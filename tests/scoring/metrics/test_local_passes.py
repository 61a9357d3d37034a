"""Scores of nets of which only what a window changes is computed again, and of the whole net."""

from __future__ import annotations

import pytest
import torch

from tests.closed_forms import closed_form
from tests.scoring.blocks import cases, signals
from xai_bench.nets.fcn import FCN
from xai_bench.scoring import Case, Scorer
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.axiomatic import NonSensitivity
from xai_bench.scoring.metrics.faithfulness.predicted_effect import Infidelity
from xai_bench.scoring.metrics.faithfulness.region_removal import RegionPerturbation, Selectivity

SCORERS = [
    RegionPerturbation(width=50, windows=4, order="morf"),
    RegionPerturbation(width=50, windows=5, order="lerf"),
    Selectivity(width=50),
    NonSensitivity(regions="grid-20", least=0.05),
    Infidelity(regions="grid-20", size=4, scaled=True, rounds=2, rounds_without_gradient=2),
]


def explained() -> Case:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = FCN().eval()
    net.rescale_(torch.tensor([50.0]), torch.tensor([0.0]))
    (found,) = cases(closed_form(net), ["input-x-gradient"], signals(2, (12, 410)), target=[0, 1])
    return found


@pytest.mark.slow_but_one
@pytest.mark.parametrize("scorer", SCORERS, ids=repr)
def test_local_passes_score_as_whole_ones(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The windows of region perturbation are 20 and 21 samples long."""
    case = explained()
    with monkeypatch.context() as patch:
        patch.setattr(Forward, "versions", None)  # not one changed recording goes through the net
        found = scorer.score(case)
    monkeypatch.setattr(Forward, "local", lambda forward, shape: None)
    whole = scorer.score(explained())
    assert found.reason_of_each() == whole.reason_of_each() == ("", "")
    torch.testing.assert_close(found.values, whole.values, rtol=1e-3, atol=1e-4)
