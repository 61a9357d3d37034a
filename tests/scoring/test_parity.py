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
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Metric, Zoo

FAST = [metric for metric in Zoo().every_metric() if metric.card.fast is not None]
ENGINES: tuple[Engine, Engine] = ("quantus", "fast")
CASES = {"resnet1d": ("input-x-gradient", 1), "imn": ("native", 1)}
"""Method and number of recordings for each model."""


@cache
def scores(name: str, engine: Engine) -> pd.DataFrame:
    """All metrics in one run, which makes explanations and passes once for all of them."""
    method, count = CASES[name]
    model = load_model(name, device="cpu")
    (found,) = score_methods(
        model,
        load_data("synthetic", split="test", n=count),
        find_methods(method),
        metrics=FAST,
        engine=engine,
        forward=Forward(model, rows=8),
    ).values()
    return found.set_index("metric")


@pytest.mark.parametrize("model", ["resnet1d", pytest.param("imn", marks=pytest.mark.slow)])
@pytest.mark.parametrize("metric", FAST, ids=lambda metric: metric.name)
def test_fast_scores_are_those_of_quantus(metric: Metric, model: str) -> None:
    assert metric.card.fast is not None
    stock, fast = (scores(model, engine).loc[[metric.name]] for engine in ENGINES)
    assert len(stock) == CASES[model][1]
    assert (stock.status == "ok").any()
    assert stock.status.tolist() == fast.status.tolist()
    scale = stock.score.abs().clip(lower=1)
    assert ((stock.score - fast.score).abs() / scale).max() <= metric.card.fast.tolerance
