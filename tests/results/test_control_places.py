"""Controls stand where their means are between the floor and the best method."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from xai_bench.results.control_places import shares

OF = {"dataset": "d", "protocol": "p", "model": "m"}


def _rows(metric: str, rows: list[tuple[str, float, float, float, str]]) -> list[dict[str, object]]:
    names = ("method", "mean", "skill", "place", "floor")
    return [OF | {"metric": metric} | dict(zip(names, row, strict=True)) for row in rows]


def test_skills_stand_and_places_of_controls_are_filled() -> None:
    nan = math.nan
    table = pd.DataFrame(
        _rows(
            "deletion",  # lower is better: the floor is at 0.5, the best method at 0.1
            [
                ("ig", 0.1, nan, 1.0, "amplitude"),
                ("saliency", 0.3, nan, 0.48, "amplitude"),
                ("amplitude", 0.5, nan, nan, ""),
                ("random", 0.7, nan, nan, ""),
                ("oracle", 0.2, nan, nan, ""),
            ],
        )
        + _rows("mass", [("ig", 0.4, 0.3, nan, ""), ("random", 0.1, 0.0, nan, "")])
        + _rows("sparseness", [("ig", 0.4, nan, nan, ""), ("random", 0.1, nan, nan, "")])
    )
    found = shares(table)
    expected = [1.0, 0.48, 0.0, -0.5, 0.75, 0.3, 0.0, nan, nan]
    np.testing.assert_allclose(found, expected, atol=1e-12)
