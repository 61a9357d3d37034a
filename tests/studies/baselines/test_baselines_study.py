"""The study of baselines, where it is known what it must find."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import spearmanr

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from tests.studies.baselines.linear_study import METHODS, METRICS, beating, linear_study
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.baseline_recordings import make_baseline
from xai_bench.randomness import seeds_for
from xai_bench.results.study_tables import select
from xai_bench.scoring.score import score
from xai_bench.studies.baselines import baseline_dependence
from xai_bench.studies.baselines.study import RECORDING, SCHEMA
from xai_bench.types import BASELINES

MODEL = closed_form(Linear())


@pytest.mark.slow
def test_log_odds_are_those_of_the_baselines() -> None:
    given = beating()
    batch = make_batch(MODEL, given, target="predicted")
    batch = replace(batch, seeds=seeds_for(3, given.record_id, "baseline"))
    rows = select(linear_study().result.table, measure="log_odds")
    for k, name in enumerate(MODEL.task.classes):
        of_class = batch.target == k
        for baseline in (RECORDING, *BASELINES):
            z = batch.z if baseline == RECORDING else make_baseline(baseline, MODEL, batch)
            own = (z == batch.z).flatten(1).all(dim=1) & (baseline != RECORDING)
            chosen = of_class & ~own
            (row,) = select(rows, first=baseline, second=name).to_dict("records")
            assert row["n"] == int(chosen.sum())
            if row["n"]:
                expected = MODEL.log_odds(z, batch.target)[chosen].mean()
                assert row["value"] == pytest.approx(float(expected), abs=1e-5)


def test_integrated_gradients_win_where_the_metric_has_their_baseline() -> None:
    """Of a linear net w (z - b) is the best order there is to remove samples to b. Noise that the
    method drew says nothing of noise that the metric draws, of which w z is the best that is known.
    """
    rows = select(linear_study().result.table, measure="gain", method="ig-16")
    own = rows[rows["first"] == rows["second"]]
    assert len(own) == len(METRICS) * (len(BASELINES) - 1)
    shares = dict(zip(own["first"], own["value"], strict=True))
    assert shares == {"median-beat": 1, "typical-beat": 1, "white-noise": 0, "twin": 1}
    usual = rows[rows["second"] == "zero"]
    assert (usual["value"] == 0).all()
    assert (rows["n"] > 0).all()


def test_correlations_of_maps_are_those_of_scipy() -> None:
    given = beating()
    batch = make_batch(MODEL, given, target="predicted")
    (row,) = select(
        linear_study().result.table, measure="map", method="ig-16", second="typical-beat"
    ).to_dict("records")
    baseline = make_baseline("typical-beat", MODEL, batch)
    known = ~(baseline == batch.z).flatten(1).all(dim=1)
    w = MODEL.net.get_parameter("w")
    expected = [
        spearmanr((w * z).numpy().ravel(), (w * (z - b)).numpy().ravel()).statistic
        for z, b in zip(batch.z[known], baseline[known], strict=True)
    ]
    assert row["n"] == len(expected)
    assert row["value"] == pytest.approx(np.mean(expected), abs=1e-3)


def test_scores_and_orders_are_of_all_methods_without_those_from_other_baselines() -> None:
    result = linear_study().result
    rows = select(result.table, measure="order")
    assert len(rows) == len(METRICS) * 10
    assert set(rows["methods"]) == {3}, "native cannot explain the net"
    assert (rows["pairs"] == 3).all()
    assert any("native" in line for line in result.facts["left_out"])
    mean = select(
        result.table, measure="score", metric="comprehensiveness", method="saliency", first="twin"
    )
    name = "comprehensiveness@twin"
    table = score(MODEL, beating(), "saliency", metrics=name, seed=3)
    found = table.loc[table["status"] == "ok", "score"]
    assert (mean["value"].item(), mean["n"].item()) == (pytest.approx(found.mean()), len(found))


def test_a_map_of_the_zero_baseline_holds_its_place_and_pairs_are_listed() -> None:
    """ig-16 and input-x-gradient are one map of a linear net: they are tied with any baseline."""
    pairs = linear_study().pairs
    both = pairs[(pairs["method"] == "ig-16") & (pairs["other"] == "input-x-gradient")]
    assert len(both) == len(METRICS) * 10
    assert (both["verdict"] == "not known").all()
    assert both[["first_difference", "second_difference"]].abs().to_numpy().max() < 1e-3


def test_one_table_with_the_columns_of_the_schema() -> None:
    result = linear_study().result
    assert list(result.table.columns) == list(SCHEMA.estimates)
    assert not result.table.duplicated(list(SCHEMA.keys)).any()
    assert result.facts["baselines"] == list(BASELINES)
    assert list(result.facts["methods"]) == list(METHODS)
    known = result.table["value"].notna()
    assert (result.table["reason"] == "")[known].all()
    assert (result.table["reason"] != "")[~known].all()
    pd.testing.assert_frame_equal(result.table, result.table.astype(SCHEMA.estimates))


def test_a_baseline_that_recordings_lack_is_left_out() -> None:
    asked = ["twin", "white-noise"]
    found = baseline_dependence(
        MODEL, "saliency", metrics="deletion", baselines=asked, data=recordings(2)
    )
    assert set(select(found.result.table, measure="score")["first"]) == {"zero", "white-noise"}
    assert found.result.facts["left_out"] == [
        "closed-form, twin: this dataset has no healthy twins"
    ]


def test_what_cannot_be_asked_is_refused() -> None:
    def ask(**more: object) -> None:
        baseline_dependence(MODEL, "saliency", data=recordings(2), **more)  # type: ignore[arg-type]

    with pytest.raises(InputError, match="road removes no samples"):
        ask(metrics="road")
    with pytest.raises(UnknownNameError, match="no baseline 'twni'"):
        ask(baselines=["twni"])
    with pytest.raises(InputError, match="one baseline cannot be compared"):
        ask(baselines=["zero"])
    with pytest.raises(InputError, match="none of the methods can explain it"):
        baseline_dependence(MODEL, "native", data=recordings(2))
    assert torch.is_grad_enabled()
