"""Metrics that ask the same question."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from tests.studies.metric_audit.audit_cells import audit_cell
from xai_bench.results import Cell
from xai_bench.studies.metric_audit.redundancy import (
    SCHEMA,
    clusters,
    order_of_metrics,
    redundancy,
    square,
)

RNG = np.random.default_rng(2)


def _cells() -> list[Cell]:
    cells = []
    for model in ("a", "b"):
        for method in ("ig", "saliency", "random", "ig@flipped"):
            one = RNG.normal(size=8)
            other = RNG.normal(size=8)
            if method in ("random", "ig@flipped"):
                other = -100 * one  # controls would make the two opposites
            cells.append(audit_cell(method, model, one=one, same=np.exp(one), low=other, cost=one))
    return cells


def test_correlations_are_of_all_maps_of_a_model_and_their_mean_over_models() -> None:
    cells = _cells()
    table = redundancy(cells, ["a", "b"])
    assert list(table.columns) == list(SCHEMA.estimates)
    assert {*table["first"], *table["second"]} == {"one", "same", "low"}, "costs are left out"
    literal = []
    for model in ("a", "b"):
        scores = [
            cell.scores.set_index("metric")["score"]
            for cell in cells
            if cell.model == model and cell.method in ("ig", "saliency") and cell.scores is not None
        ]
        one, low = (np.concatenate([of[name] for of in scores]) for name in ("one", "low"))
        literal.append(scipy_stats.spearmanr(one, -low).statistic)
    found = square(table)
    assert found.loc["one", "low"] == pytest.approx(np.mean(literal))
    assert found.loc["one", "same"] == pytest.approx(1)
    (facts,) = table[
        table[["first", "second"]].apply(lambda pair: {*pair} == {"one", "low"}, axis=1)
    ].to_dict("records")
    assert (facts["low"], facts["high"]) == pytest.approx((min(literal), max(literal)))
    assert (facts["n"], facts["models"], facts["maps"]) == (8, 2, 4)


def test_metrics_of_one_question_are_one_cluster_whatever_their_sign() -> None:
    one, other = RNG.normal(size=40), RNG.normal(size=40)
    cells = [audit_cell("ig", m=one, other=other, turned=-one, low=np.exp(one))]
    table = redundancy(cells, ["imn"])
    numbers = clusters(table)
    assert numbers["m"] == numbers["turned"] == numbers["low"] != numbers["other"]
    assert set(numbers.values()) == {1, 2}
    places = [order_of_metrics(table).index(name) for name in ("m", "turned", "low")]
    assert max(places) - min(places) == 2, "they stand together"


def test_rounding_makes_no_ranks() -> None:
    rounding = RNG.uniform(1e-8, 4e-6, size=40)
    cells = [audit_cell("ig", m=rounding, same=rounding, other=RNG.normal(size=40))]
    table = redundancy(cells, ["imn"])
    assert table["value"].isna().all()
    assert (table["reason"] != "").all()
    assert len(set(clusters(table).values())) == 3, "what is not known is not the same"
