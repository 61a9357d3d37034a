"""A saw over shifts is said to be one where odd ones are below even ones, and nowhere else."""

from __future__ import annotations

import pandas as pd

from xai_bench.report.stability.aliasing import alias_words, aliased_models


def _rows(model: str, method: str, odd: float, even: float) -> list[dict[str, object]]:
    return [
        {"model": model, "method": method, "condition": "shift", "level": float(level)}
        | {"value": value, "ci_low": value - 0.02, "ci_high": value + 0.02}
        for level in (1, 5, 10, 25, 50)
        for value in [odd if level % 2 else even]
    ]


def test_odd_shifts_below_even_ones() -> None:
    rows = _rows("strided", "saliency", 0.6, 0.9) + _rows("plain", "saliency", 0.9, 0.9)
    assert aliased_models(pd.DataFrame(rows)) == ["strided"]
    assert alias_words(pd.DataFrame(rows)).startswith("Odd shifts below even ones (strided) are")


def test_intervals_that_touch_controls_and_the_other_way_are_no_aliasing() -> None:
    rows = _rows("near", "saliency", 0.87, 0.9) + _rows("up", "saliency", 0.9, 0.6)
    rows += _rows("control", "amplitude", 0.6, 0.9)
    assert aliased_models(pd.DataFrame(rows)) == []
    assert alias_words(pd.DataFrame(rows)) == ""
