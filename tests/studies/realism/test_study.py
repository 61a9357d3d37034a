"""The whole comparison, of recordings of a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.studies.realism.realism_results import STUDY, of_another_seed, of_real_recordings
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.results.study_tables import read_study, write_study
from xai_bench.studies.realism.compared_recordings import made_of_class
from xai_bench.studies.realism.comparison_table import SCHEMA, feature_rows, two_sample_rows
from xai_bench.studies.realism.study import Realism, join, measure_realism


def test_another_seed_of_the_generator_is_not_told_apart() -> None:
    found, told = of_another_seed()
    assert (feature_rows(found.result.table)["p"] > 0.05).all()
    test = two_sample_rows(found.result.table)
    everything = test[test["group"] == "everything"]
    assert everything["ci_low"].max() < 0.6
    assert found.models.table.empty
    assert len(set(told)) == 5


def test_a_recording_on_both_sides_is_refused() -> None:
    made = made_of_class("synthetic", "NORM", 4, rate_hz=100.0)
    with pytest.raises(InputError, match="2 of 2 made recordings are real ones themselves"):
        measure_realism(made, made=made[:2], models=[], rate_hz=100.0)


@pytest.mark.slow
def test_a_folder_of_another_kind_is_told_apart(shared_data: Path) -> None:
    found = of_real_recordings(shared_data / "ptbxl_mini")
    (compared,) = found.result.facts["comparisons"]
    assert compared["real_n"] == len(found.real.recordings) == len(found.real.features) == 8
    assert compared["made_n"] == len(found.made.recordings) == 24
    assert compared["chosen"] == "those labelled NORM alone, of 10"
    assert compared["fallback"] == ""
    assert any("1: no file for a model of 500 Hz" in line for line in compared["left_out"])
    # What a recorder does to its samples is seen at any number of recordings.
    features = feature_rows(found.result.table)
    differing = features.loc[features["p"] < 0.05, "feature"]
    assert "unchanged samples" in set(differing)
    rows = {(row["feature"], row["lead"]): row for _, row in features.iterrows()}
    hr = rows["heart rate", ""]
    assert 54 < hr["real_q10"] < hr["real_q50"] < hr["real_q90"] < 124
    assert 75 < rows["QRS", ""]["real_q50"] < 100
    assert len(found.models.table) == 11
    assert np.isfinite(two_sample_rows(found.result.table)["auroc"]).all()


def test_what_cannot_be_done_is_said_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="conv2d"):
        measure_realism(tmp_path, models=["conv2e"])
    with pytest.raises(InputError, match="0 synthetic recordings"):
        measure_realism(tmp_path, n=0)
    with pytest.raises(UnknownNameError, match="NORM"):
        measure_realism(tmp_path, label="NORMAL", models=[])


@pytest.fixture(scope="module")
def shifted() -> Realism:
    """Diseased recordings of another seed, three times as tall, beside the generator's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{STUDY}.two_sample_test._TREES", 10)
        sick = made_of_class("synthetic", "MI", 14, rate_hz=100.0, split="train")
        taller = replace(sick, name="taller", microvolt=sick.microvolt * 3)
        return measure_realism(taller, label="MI", n=24, rate_hz=100.0, models=[])


def test_diseased_recordings_that_are_taller_are_told_apart_by_their_shape(
    shifted: Realism,
) -> None:
    made = shifted.made.recordings
    assert made.labels is not None
    assert all("MI" in labels for labels in made.labels)
    table = shifted.result.table
    assert set(table["class"]) == {"MI"}
    assert set(table["real"]) == {"taller"}
    test = two_sample_rows(table).set_index(["group", "classifier"])
    assert test["ci_low"]["shape", "logistic"] > 0.5
    # Rhythm was not changed: the same distribution.
    assert test["ci_low"]["rhythm and intervals", "logistic"] < 0.5
    assert (two_sample_rows(table)["real_n"] == 14).all()


def test_the_table_is_what_the_features_give_computed_again(shifted: Realism) -> None:
    rows = feature_rows(shifted.result.table)
    real, made = shifted.real.features, shifted.made.features
    for _, row in rows[rows["feature"].isin(["heart rate", "R", "T"])].iterrows():
        a, b = (side[row["feature"], row["lead"]].dropna().to_numpy() for side in (real, made))
        steps = np.concatenate([a, b])
        literal = max(abs((a <= x).mean() - (b <= x).mean()) for x in steps)
        assert row["ks"] == pytest.approx(literal)
        assert row["made_q50"] == pytest.approx(np.median(b))
        assert (row["real_n"], row["made_n"]) == (len(a), len(b))


@pytest.mark.slow
def test_a_result_is_written_and_read_as_those_of_other_studies_are(
    shifted: Realism, tmp_path: Path
) -> None:
    both = join([shifted.result, of_another_seed()[0].result])
    write_study(both, tmp_path)
    read = read_study(tmp_path, SCHEMA)
    pd.testing.assert_frame_equal(read.table, both.table, rtol=1e-5)
    assert read.facts == both.facts
    assert [one["class"] for one in read.facts["comparisons"]] == ["MI", "NORM"]
    assert list(read.table["class"].unique()) == ["MI", "NORM"]
