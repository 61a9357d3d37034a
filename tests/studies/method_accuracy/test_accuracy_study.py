"""The study end to end, where it is known who must be right."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, final

import pandas as pd
import pytest
import torch

from tests.recordings import recordings
from xai_bench import load_model
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods.base import Batch, Method
from xai_bench.models import Model
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.method_accuracy import method_accuracy
from xai_bench.studies.method_accuracy.accuracy_measures import MEASURES, PARTS, SCHEMA


def ask(model: Any, method: Any, *, count: int = 4, **more: Any) -> StudyResult:
    return method_accuracy(model, method, data=recordings(count), **more)


def value(result: StudyResult, model: str, method: str, parts: str, measure: str) -> float:
    rows = select(result.table, model=model, method=method, parts=parts, measure=measure)
    return float(rows["value"].item())


def test_who_is_right_and_who_is_not_on_a_product_of_two_regions() -> None:
    """By algebra: the gradient counts a product twice, the native map gives all of it to one of
    two, and so is at 45 degrees to the halves; a region alone adds nothing."""
    result = ask("known-hypernet", "native,input-x-gradient,truth")
    for parts in PARTS:
        assert value(result, "known-hypernet", "truth", parts, "cosine") == pytest.approx(1)
        assert value(result, "known-hypernet", "input-x-gradient", parts, "size") == pytest.approx(
            2, rel=1e-5
        )
        assert value(result, "known-hypernet", "input-x-gradient", parts, "cosine") > 0.999999
    cosine = value(result, "known-hypernet", "native", "region", "cosine")
    assert cosine == pytest.approx(math.sqrt(0.5), abs=1e-5)
    assert value(result, "known-hypernet", "native", "region", "mass") == pytest.approx(0.5)
    assert value(result, "known-hypernet", "native", "region", "outside") == 0


def test_one_row_for_each_measure_of_each_part_and_recording() -> None:
    result = ask("known-linear,known-shortcut", "saliency,amplitude,gradcam")
    assert list(result.table.columns) == list(SCHEMA.estimates)
    assert list(result.scores.columns) == list(SCHEMA.scores)
    pairs = 2 + 3  # Grad-CAM reads no layer of the linear net
    without_lead = len(MEASURES) - 2
    assert len(result.scores) == 4 * (pairs * without_lead * len(PARTS) + 2 * 3)
    rows = select(result.table, measure="shortcut")
    assert set(rows["model"]) == {"known-shortcut"}
    assert (result.table["n"] + result.table["n_failed"] == 4).all()
    (skipped,) = result.facts["skipped"]
    assert (skipped["model"], skipped["method"]) == ("known-linear", "gradcam")
    assert "needs a cam_layer" in skipped["reason"]
    nets = result.facts["models"]
    assert (nets["known-linear"]["unique_for"], nets["known-linear"]["convention"]) == (
        "sample",
        "",
    )
    assert nets["known-shortcut"]["suspect_lead"] == "aVR"


def test_means_of_samples_are_those_of_maps_made_by_hand() -> None:
    """Of the second class too: the truth is of the class that is explained."""
    made, model = recordings(3), load_model("known-linear")
    result = method_accuracy(model, "saliency", data=made, target="NORM")
    z = model.normalise(torch.from_numpy(made.signal)).double()
    w = -model.net.get_parameter("fc.weight").double().reshape(1, 12, 1000)
    cosine = torch.cosine_similarity((w * z).flatten(1), w.expand_as(z).flatten(1))
    found = value(result, "known-linear", "saliency", "sample", "cosine")
    assert found == pytest.approx(float(cosine.mean()), abs=1e-6)


class _Incomplete(Method):
    """Promises a sum and misses it in one recording."""

    name = "incomplete"
    summary = "half of what it promises"
    cite = ""

    def attribute(self, model: Model, batch: Batch) -> torch.Tensor:
        found = model.truth(batch.z, batch.target).detach()
        found[0] /= 2
        return found

    def total(self, model: Model, batch: Batch, passed: Any) -> torch.Tensor:
        return model.truth(batch.z, batch.target).sum(dim=(1, 2))


def test_a_map_that_misses_its_sum_is_not_compared() -> None:
    result = ask("known-interaction", _Incomplete(), count=2)
    rows = select(result.table, measure="cosine", parts="sample")
    assert rows["n_failed"].item() == 1
    assert rows["n"].item() == 1
    assert "completeness residual" in rows["reason"].item()
    flawed = result.scores[result.scores["record_id"] == "r0"]
    assert flawed["score"].isna().all()


def test_too_few_patients_have_no_interval_and_many_have() -> None:
    few = ask("known-linear", "saliency", count=4)
    assert few.table["ci_low"].isna().all()
    many = ask("known-linear", "saliency", count=12)  # of six patients
    row = select(many.table, parts="region", measure="rank").iloc[0]
    assert row["ci_low"] < row["value"] < row["ci_high"]


def test_scores_do_not_depend_on_the_company() -> None:
    """Recordings in batches of another size, and methods beside others."""
    made = recordings(9)
    all_together = method_accuracy("known-additive", "random,saliency", data=made).scores
    few = method_accuracy("known-additive", "random", data=made[2:5]).scores
    merged = pd.merge(
        few, all_together, on=["model", "method", "parts", "measure", "record_id"], how="left"
    )
    assert len(merged) == len(few)
    pd.testing.assert_series_equal(
        merged["score_x"], merged["score_y"], check_names=False, rtol=1e-5
    )


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(
        InputError, match="'xresnet1d': the exact attribution of its net is not kno"
    ):
        ask("xresnet1d", "saliency")
    with pytest.raises(
        InputError, match="none of the methods can explain these nets: native needs"
    ):
        ask("known-interaction", "native")
    with pytest.raises(UnknownNameError, match="target 'CD'"):
        ask("known-linear", "saliency", target="CD")


def test_progress_is_said_of_models_and_of_recordings() -> None:
    said: list[tuple[str, int, int]] = []
    ask(
        "known-linear,known-interaction", "saliency,amplitude", progress=lambda *it: said.append(it)
    )
    assert ("models", 0, 2) in said
    assert said[-1] == ("models", 2, 2)
    assert [it for it in said if it[0] == "known-linear"] == [
        ("known-linear", 0, 8),
        ("known-linear", 4, 8),
        ("known-linear", 8, 8),
    ]


def test_maps_made_elsewhere_are_skipped_with_a_reason() -> None:
    made = recordings(2)
    maps = {"mine": torch.zeros(2, 12, 1000)}
    result = method_accuracy("known-linear", [maps, "saliency"], data=dataclasses.replace(made))
    assert [one["method"] for one in result.facts["skipped"]] == ["mine"]


@final
class _Undefined(Method):
    """No number in one sample of one recording."""

    name = "undefined"
    summary = "z with a hole"
    cite = ""

    def attribute(self, model: Model, batch: Batch) -> torch.Tensor:
        found = batch.z.clone()
        found[0, 3, 5] = torch.nan
        return found


def test_a_map_that_is_not_defined_has_no_score_in_any_measure() -> None:
    """Ranks of NaN would be numbers."""
    scores = ask("known-shortcut", _Undefined(), count=3).scores
    bad = scores["score"].isna().groupby(scores["record_id"]).all()
    assert bad.sum() == 1
    of_bad = scores[scores["record_id"] == bad.idxmax()]
    assert set(of_bad["reason"]) == {"the map is not defined: it has values that are no numbers"}
