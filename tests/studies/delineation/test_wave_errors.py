"""Waves are matched as a slow loop would, and measures are sums that are written out."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from xai_bench.studies.delineation.wave_errors import (
    EDGE_S,
    MEASURES,
    WINDOW_S,
    Matches,
    error_rows,
    match_waves,
    matches_of,
    spans_of,
)
from xai_bench.types import WAVES


def _literal(known: np.ndarray, found: np.ndarray, seconds: float) -> Matches:
    pairs = []
    for i, (a, b) in enumerate(known):
        best = min(range(len(found)), key=lambda k: abs(found[k].mean() - (a + b) / 2))
        back = min(range(len(known)), key=lambda k: abs(known[k].mean() - found[best].mean()))
        if back == i and abs(found[best].mean() - (a + b) / 2) <= WINDOW_S:
            pairs.append((i, best))

    def inside(span: np.ndarray) -> bool:
        return bool(EDGE_S <= span.mean() < seconds - EDGE_S)

    hits = [(i, k) for i, k in pairs if inside(known[i])]
    return Matches(
        known=sum(map(inside, known)),
        hit=len(hits),
        found=sum(map(inside, found)),
        right=sum(inside(found[k]) for _, k in pairs),
        late_ms=np.array([1000 * (found[k] - known[i]) for i, k in hits]).reshape(-1, 2),
    )


@pytest.mark.parametrize("seed", range(20))
def test_matching_is_mutual_nearest_within_the_window(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known = np.sort(rng.uniform(0, 10, 12))[:, None] + np.array([0.0, 0.08])
    kept = known[rng.random(12) > 0.2] + rng.normal(0, 0.05, (1, 1))
    found = np.concatenate([kept + rng.normal(0, 0.02, kept.shape), [[4.0, 4.1]]])
    found = found[np.argsort(found.mean(axis=1))]
    one, literal = match_waves(known, found, 10.0), _literal(known, found, 10.0)
    for name in ("known", "hit", "found", "right"):
        assert getattr(one, name) == getattr(literal, name), name
    np.testing.assert_allclose(one.late_ms, literal.late_ms, atol=1e-9)


def test_nothing_found_and_nothing_known() -> None:
    some, none = np.array([[2.0, 2.1], [3.0, 3.1]]), np.zeros((0, 2))
    assert match_waves(some, none, 10.0).hit == 0
    assert match_waves(none, some, 10.0).found == 2
    assert match_waves(none, none, 10.0).known == 0


def test_spans_are_the_runs_of_a_label() -> None:
    labels = np.zeros(100, dtype=np.int8)
    labels[:5] = labels[20:30] = labels[90:] = WAVES.index("T")
    np.testing.assert_allclose(spans_of(labels, "T", 50.0), [[0, 0.1], [0.4, 0.6], [1.8, 2.0]])
    assert spans_of(labels, "P", 50.0).shape == (0, 2)


def _labels(*starts: float, wave: str = "QRS") -> np.ndarray:
    labels = np.zeros(5000, dtype=np.int8)
    for start in starts:
        labels[round(500 * start) : round(500 * (start + 0.1))] = WAVES.index(wave)
    return labels


def test_measures_of_all_waves_together() -> None:
    known = _labels(1, 2, 3, 4)
    each = [
        matches_of(known, _labels(1.01, 2.02, 3.03), 500.0),
        matches_of(known, _labels(1, 2, 3, 4, 5), 500.0),
    ]
    rows = _by_measure(error_rows(each, ["a", "b"]))
    late = [10, 20, 30, 0, 0, 0, 0]
    expected = {"sensitivity": 7 / 8, "ppv": 7 / 8}
    for edge in ("onset", "offset"):
        expected |= {f"{edge}_mean": float(np.mean(late)), f"{edge}_sd": float(np.std(late))}
    for measure, value in expected.items():
        assert rows["QRS", measure]["value"] == pytest.approx(value)
        assert np.isnan(rows["QRS", measure]["low"])  # two patients
        assert rows["P", measure]["reason"] == "no such waves"
    assert [rows["QRS", measure]["n"] for measure in MEASURES] == [8, 8, 7, 7, 7, 7]


def _by_measure(rows: pd.DataFrame) -> dict[tuple[str, str], dict[Hashable, Any]]:
    return {(row["wave"], row["measure"]): dict(row) for row in rows.to_dict("records")}


def test_the_interval_is_over_resamples_of_patients() -> None:
    known = _labels(*range(1, 9))
    each = [matches_of(known, _labels(*range(1, 9 - i % 3)), 500.0) for i in range(12)]
    rows = error_rows(each, [f"p{i // 2}" for i in range(12)])
    sensitivity = _by_measure(rows)["QRS", "sensitivity"]
    hits = np.array([8 - i % 3 for i in range(12)]).reshape(6, 2).sum(axis=1)
    drawn = np.random.default_rng(1).integers(6, size=(4000, 6))
    low, high = np.quantile(hits[drawn].sum(axis=1) / 96, [0.025, 0.975])
    assert sensitivity["low"] == pytest.approx(low, abs=0.01)
    assert sensitivity["high"] == pytest.approx(high, abs=0.01)
