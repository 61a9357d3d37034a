"""One class on both sides, at the rate that can be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import recordings
from xai_bench.data import load_data, make_dataset
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.errors import DatasetError
from xai_bench.studies.realism.compared_recordings import all_real, made_of_class, of_class


def test_recordings_with_another_label_are_no_normal_ones() -> None:
    made = recordings(4)
    assert made.labels is not None
    mixed = replace(made, labels=(*made.labels[:2], made.labels[2] | {"CD"}, made.labels[3]))
    chosen, which = of_class(mixed, "NORM")
    assert chosen.record_id == ("r0",)
    assert which == "those labelled NORM alone, of 4"


def test_without_labels_all_are_compared() -> None:
    chosen, which = of_class(recordings(3, labels=False), "NORM")
    assert len(chosen) == 3
    assert which.startswith("all")


def test_synthetic_normals_are_those_of_the_data_set() -> None:
    found = made_of_class("synthetic", "NORM", 5, rate_hz=100.0, split="test")
    assert found.fold is not None
    assert found.labels is not None
    assert set(found.fold.tolist()) == {10}
    assert set(found.labels) == {frozenset({"NORM"})}
    source = SyntheticSource()
    row = source.index.record_id.index(found.record_id[3])
    np.testing.assert_array_equal(found.microvolt[3], source.read(row).microvolt)
    more = made_of_class("synthetic", "NORM", 8, rate_hz=100.0, split="test")
    assert more.record_id[:5] == found.record_id


def test_the_lower_rate_does_where_no_higher_one_can_be_had(tmp_path: Path) -> None:
    make_dataset(tmp_path / "made", n=3)
    found, line = all_real(tmp_path / "made", 500.0)
    assert (found.rate_hz, len(found)) == (100.0, 3)
    assert line.startswith("Compared at 100 Hz, because at 500 Hz ")
    assert all_real(tmp_path / "made", 100.0)[1] == ""


def test_what_is_not_real_or_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="'synthetic' is not real"):
        all_real("synthetic", 100.0)
    with pytest.raises(DatasetError, match="'planted:deepfake' is not real"):
        all_real("planted:deepfake", 100.0)
    with pytest.raises(DatasetError, match="does not exist"):
        all_real(tmp_path / "nowhere", 500.0)


def test_a_class_is_among_the_labels_whatever_else_is() -> None:
    made = recordings(4)
    labels = [{"MI"}, {"MI", "CD"}, {"NORM"}, {"CD"}]
    mixed = replace(made, labels=tuple(map(frozenset, labels)))
    chosen, which = of_class(mixed, "MI")
    assert chosen.record_id == ("r0", "r1")
    assert which == "those labelled MI, of 4"
    with pytest.raises(DatasetError, match="none of the 4 recordings of .* is HYP"):
        of_class(mixed, "HYP")
    with pytest.raises(DatasetError, match="is MI"):
        of_class(recordings(3, labels=False), "MI")


def test_labels_that_call_none_normal_are_believed() -> None:
    sick = replace(recordings(2), labels=(frozenset({"MI"}), frozenset({"CD"})))
    with pytest.raises(DatasetError, match="none of the 2 recordings of .* is NORM"):
        of_class(sick, "NORM")
    _, which = of_class(recordings(2, labels=False), "NORM")
    assert which == "all, because no labels say which are normal"


def test_of_several_findings_in_one_background_one_is_compared() -> None:
    given = recordings(6)
    labels = [{"NORM"}, {"MI"}, {"MI"}, {"NORM"}, {"CD"}, {"MI"}]
    planted = replace(
        given, labels=tuple(map(frozenset, labels)), patient_id=("a", "a", "a", "b", "b", "b")
    )
    found = made_of_class(planted, "MI", 9, rate_hz=given.rate_hz)
    assert found.record_id == ("r1", "r5")
    assert made_of_class(planted, "MI", 1, rate_hz=given.rate_hz).record_id == ("r1",)
    with pytest.raises(DatasetError, match="none of the 6 recordings of .* is HYP"):
        made_of_class(planted, "HYP", 9, rate_hz=given.rate_hz)


def test_planted_recordings_are_of_a_folders_normal_ones(tmp_path: Path) -> None:
    make_dataset(tmp_path / "clinic", n=4, seed=5)
    normal, _ = of_class(load_data(tmp_path / "clinic", split="all"), "NORM")
    found = made_of_class(f"planted:{tmp_path / 'clinic'}", "MI", 1, rate_hz=100.0)
    assert set(found.patient_id) <= set(normal.patient_id)
    assert set(found.labels or ()) == {frozenset({"MI"})}
