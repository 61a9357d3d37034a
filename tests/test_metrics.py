"""A walk over every metric card: it builds, it cites, its scores keep to its range."""

import math
import re
from pathlib import Path

import pytest
import torch

from tests.closed_forms import SUPERCLASS, FiveLinear, Quadratic, closed_form
from tests.recordings import recordings
from tests.scoring.cases import case, value
from xai_bench.methods import METHODS
from xai_bench.methods.gradients import InputXGradient
from xai_bench.scoring import build_scorer
from xai_bench.types import WAVES
from xai_bench.zoo import Metric, Zoo

BIBLIOGRAPHY = (Path(__file__).parent.parent / "metrics/references.bib").read_text()
KEYS = re.findall(r"^@\w+\{([^,]+),", BIBLIOGRAPHY, re.MULTILINE)
METRICS = Zoo().every_metric()


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_scores_lie_in_the_cards_range(metric: Metric) -> None:
    evidence = torch.zeros(1, 12, 1000, dtype=torch.bool)
    evidence[:, 3, 200:260] = True
    waves = torch.full((1, 1000), WAVES.index("TP"), dtype=torch.int8)
    waves[:, 190:270] = WAVES.index("ST")
    waves[:, 180:190] = WAVES.index("QRS")
    several_classes = metric.name == "random_logit"
    model = closed_form(FiveLinear(), **SUPERCLASS) if several_classes else closed_form(Quadratic())
    low, high = metric.card.range
    found = value(
        build_scorer(metric),
        case(
            model=model,
            method=InputXGradient(),
            evidence=evidence,
            twin=torch.zeros(1, 12, 1000),
            waves=waves,
            others=recordings(8, evidence=True),
        ),
    )
    assert math.isfinite(found)
    assert low <= found <= high


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_cards_are_complete(metric: Metric) -> None:
    card = metric.card
    assert card.cite in KEYS
    assert card.summary.endswith((".", "?"))
    assert not card.supersedes or card.supersedes in {m.name for m in METRICS}


def test_names_are_unique_and_citations_of_models_and_methods_exist() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert len(set(KEYS)) == len(KEYS)
    assert {method.cite for method in METHODS.values()} <= set(KEYS)
    for name in Zoo().model_folders():
        assert Zoo().model_card(name)[0].cite in KEYS
