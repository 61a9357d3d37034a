"""Sentences say what the numbers say, and only about what differs."""

from __future__ import annotations

import pandas as pd
import pytest

from xai_bench.report.realism.findings import findings, number, worst


def row(
    feature: str, lead: str, unit: str, ks: float, p: float, percentile: float
) -> dict[str, object]:
    sides = {"q10": 1.0, "q50": 2.0, "q90": 3.0}
    return {
        "feature": feature,
        "lead": lead,
        "unit": unit,
        **{f"real_{name}": value / 10 for name, value in sides.items()},
        **{f"made_{name}": value for name, value in sides.items()},
        "percentile": percentile,
        "ks": ks,
        "p": p,
    }


TABLE = pd.DataFrame(
    [
        row("QT", "", "ms", 0.5, 0.01, 50.0),
        row("R", "V1", "mV", 0.6, 0.01, 10.0),
        row("R", "V2", "mV", 0.9, 0.001, 98.0),
        row("R", "V3", "mV", 0.95, 0.06, 2.0),
        row("S", "V1", "mV", 0.2, 0.7, 50.0),
    ]
)


def test_the_worst_feature_comes_first_with_its_worst_lead() -> None:
    assert list(zip(worst(TABLE)["feature"], worst(TABLE)["lead"], strict=True)) == [
        ("R", "V2"),
        ("QT", ""),
    ]
    assert findings(TABLE, "synthetic") == [
        "**R** in V2 (2 of 3 leads differ): synthetic is lower. Median 2 mV [1, 3], "
        "real 0.2 mV [0.1, 0.3]; the real median is at percentile 98 of synthetic, "
        "KS distance 0.90.",
        "**QT**: synthetic is spread differently. Median 2 ms [1, 3], real 0 ms [0.1, 0.3]; "
        "the real median is at percentile 50 of synthetic, KS distance 0.50.",
    ]


def test_nothing_that_differs_is_nothing_to_say() -> None:
    assert findings(TABLE.assign(p=1.0), "synthetic") == []


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.23456, "mV", "1.23 mV"),
        (-0.0, "mV", "0 mV"),
        (-1e-9, "mV", "0 mV"),
        (88.4, "ms", "88 ms"),
        (-0.3, "°", "0 °"),
        (0.0123, "", "0.0123"),
        (2.0, "µV", "2 µV"),
    ],
)
def test_numbers_are_short(value: float, unit: str, text: str) -> None:
    assert number(value, unit) == text
