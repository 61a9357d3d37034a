"""The audit of metrics, on cells whose separations are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from xai_bench.errors import InputError
from xai_bench.results import Cell
from xai_bench.studies.metric_audit import SCHEMA, trust
from xai_bench.zoo import TRUST, Zoo

RNG = np.random.default_rng(0)
N = 12


def _cell(method: str, model: str = "imn", protocol: str = "p", **scores: np.ndarray) -> Cell:
    """Scores of each metric; "low" is the one that is better when lower."""
    tables = [
        pd.DataFrame(
            {
                "record_id": [f"r{i}" for i in range(N)],
                "patient_id": [f"p{i}" for i in range(N)],
                "metric": metric,
                "score": values,
                "status": "ok",
            }
        )
        for metric, values in scores.items()
    ]
    cards = {name: {"better": "lower" if name == "low" else "higher"} for name in scores}
    return Cell(
        dataset="synthetic",
        model=model,
        method=method,
        key="k",
        protocol=protocol,
        status="ok",
        reason="",
        load=lambda: pd.concat(tables),
        provenance={
            "metrics": cards,
            "families": {name: "runtime" if name == "cost" else "stability" for name in cards},
        },
    )


def _row(table: pd.DataFrame, metric: str, separation: str) -> pd.Series:
    (row,) = table[(table.metric == metric) & (table.separation == separation)].to_dict("records")
    return pd.Series(row)


def test_separations_are_aurocs_the_better_way_up_and_their_mean_over_pairs() -> None:
    draw = {
        (model, method): RNG.normal(shift, 1, N)
        for model in ("a", "b")
        for method, shift in (
            ("oracle", 2.0), ("oracle-twin", 1.5), ("random", 0.0),
            ("ig", 1.0), ("ig@untrained", 0.5), ("ig@flipped", 0),
        )
    }  # fmt: skip
    cells = [_cell(method, model, up=v, low=-v) for (model, method), v in draw.items()]
    table = trust(cells, ["ig"])
    assert list(table.columns) == list(SCHEMA.estimates)
    assert len(table) == 8
    sides = {
        "evidence": ("oracle", "random"),
        "noticed": ("oracle-twin", "random"),
        "training": ("ig", "ig@untrained"),
        "sign": ("ig", "ig@flipped"),
    }
    for separation, (good, bad) in sides.items():
        expected = np.mean(
            [
                roc_auc_score([1] * N + [0] * N, [*draw[model, good], *draw[model, bad]])
                for model in ("a", "b")
            ]
        )
        for metric in ("up", "low"):
            row = _row(table, metric, separation)
            assert row.value == pytest.approx(expected)
            assert row.ci_low < row.value < row.ci_high
            assert (row.n, row.pairs, row.reason) == (N, 2, "")


def test_a_metric_that_takes_no_notice_of_signs_is_not_asked_for_them() -> None:
    values = RNG.normal(size=N)
    table = trust([_cell("ig", up=values), _cell("ig@flipped", up=values)], ["ig"])
    row = _row(table, "up", "sign")
    assert math.isnan(row.value)
    assert row.reason == "takes no notice of signs"


def test_recordings_count_only_where_every_side_has_a_score() -> None:
    good, bad = np.full(N, 1.0), np.full(N, 0.0)
    good[:4] = np.nan
    bad[3:6] = np.nan
    table = trust([_cell("oracle", up=good), _cell("random", up=bad)], [])
    row = _row(table, "up", "evidence")
    assert (row.n, row.value) == (N - 6, 1.0)
    assert _row(table, "up", "training").reason == "no method was scored"


def test_costs_are_not_audited() -> None:
    assert trust([_cell("oracle", cost=np.ones(N)), _cell("random", cost=np.zeros(N))], []).empty


def test_cells_of_other_recordings_are_refused() -> None:
    with pytest.raises(InputError, match="different recordings"):
        trust([_cell("oracle", up=np.ones(N)), _cell("random", protocol="q", up=np.ones(N))], [])


def test_flags_name_the_separations_below_the_least(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    rows = [
        {"metric": "mine", "separation": "evidence", "value": 0.699},
        {"metric": "mine", "separation": "training", "value": 0.70},
        {"metric": "mine", "separation": "sign", "value": 0.2},
        {"metric": "other", "separation": "sign", "value": np.nan},
    ]
    pd.DataFrame(rows).to_csv(tmp_path / TRUST, index=False)
    flags = Zoo(tmp_path).flags()
    assert flags["mine"] == "evidence, sign"
    assert "other" not in flags
    (tmp_path / TRUST).write_text("metric,auc\nmine,0.1\n")
    with pytest.raises(
        InputError, match=r"trust\.csv cannot be read: no column separation, value; make it again"
    ):
        Zoo(tmp_path).flags()
