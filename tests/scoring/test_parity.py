"""Fast scorers against Quantus itself: same draws, recording by recording, both architectures.

`make parity` does the same on more recordings and methods, and writes a table.
"""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from xai_bench import load_data, load_model
from xai_bench.methods import find_methods
from xai_bench.scoring import Engine
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Metric, Zoo

FAST = [metric for metric in Zoo().metrics() if metric.card.fast is not None]
ENGINES: tuple[Engine, Engine] = ("quantus", "fast")
CASES = {"resnet1d": ("input-x-gradient", 2), "imn": ("native", 1)}
"""Method and number of recordings for each model."""


@cache
def scores(model: str, metric: str, engine: Engine) -> pd.DataFrame:
    name, count = CASES[model]
    given = load_data("synthetic", split="test", n=count)
    methods = find_methods(name)
    cards = Zoo().metrics(metric)
    (found,) = score_methods(
        load_model(model, device="cpu"), given, methods, metrics=cards, engine=engine
    ).values()
    return found


@pytest.mark.parametrize("model", CASES)
@pytest.mark.parametrize("metric", FAST, ids=lambda metric: metric.name)
def test_fast_scores_are_those_of_quantus(metric: Metric, model: str) -> None:
    assert metric.card.fast is not None
    name = f"{metric.family}/{metric.name}"
    stock, fast = (scores(model, name, engine) for engine in ENGINES)
    assert (stock.status == "ok").any()
    assert stock.status.tolist() == fast.status.tolist()
    scale = stock.score.abs().clip(lower=1)
    assert ((stock.score - fast.score).abs() / scale).max() <= metric.card.fast.tolerance
