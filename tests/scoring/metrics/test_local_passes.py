"""Scores of nets of which only what a window changes is computed again, and of the whole net."""

from __future__ import annotations

import pytest
import torch

from tests.closed_forms import closed_form
from tests.scoring.blocks import cases, signals
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.scoring import Case, Scorer
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.axiomatic import NonSensitivity
from xai_bench.scoring.metrics.faithfulness.region_removal import RegionPerturbation, Selectivity

SCORERS = [
    RegionPerturbation(width=20, windows=4, order="morf"),
    RegionPerturbation(width=20, windows=5, order="lerf"),
    Selectivity(width=20),
    NonSensitivity(regions="grid-5", least=0.05),
]


def explained() -> Case:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = ECGConv2d().eval()
    net.rescale_(torch.tensor([50.0]), torch.tensor([0.0]))
    (found,) = cases(closed_form(net), ["input-x-gradient"], signals(2, (12, 100)), target=[0, 1])
    return found


@pytest.mark.parametrize("scorer", SCORERS, ids=repr)
def test_local_passes_score_as_whole_ones(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    case = explained()
    assert case.block.forward.local is not None
    found = scorer.score(case)
    monkeypatch.setattr(Forward, "local", None)
    whole = scorer.score(explained())
    assert found.reason_of_each() == whole.reason_of_each() == ("", "")
    torch.testing.assert_close(found.values, whole.values, rtol=1e-3, atol=1e-4)
