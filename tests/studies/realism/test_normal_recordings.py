"""Normal on both sides, at the rate that can be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import recordings
from xai_bench.data import make_dataset
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.errors import DatasetError
from xai_bench.studies.realism.normal_recordings import all_real, normal, synthetic_normal


def test_recordings_with_another_label_are_no_normal_ones() -> None:
    made = recordings(4)
    assert made.labels is not None
    mixed = replace(made, labels=(*made.labels[:2], made.labels[2] | {"CD"}, made.labels[3]))
    chosen, which = normal(mixed)
    assert chosen.record_id == ("r0",)
    assert which == "those labelled NORM alone, of 4"


def test_without_labels_all_are_compared() -> None:
    chosen, which = normal(recordings(3, labels=False))
    assert len(chosen) == 3
    assert which.startswith("all")


def test_synthetic_normals_are_those_of_the_data_set() -> None:
    found = synthetic_normal(5, rate_hz=100.0, split="test")
    assert found.fold is not None
    assert found.labels is not None
    assert set(found.fold.tolist()) == {10}
    assert set(found.labels) == {frozenset({"NORM"})}
    source = SyntheticSource()
    row = source.index.record_id.index(found.record_id[3])
    np.testing.assert_array_equal(found.microvolt[3], source.read(row).microvolt)
    more = synthetic_normal(8, rate_hz=100.0, split="test")
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
    with pytest.raises(DatasetError, match="does not exist"):
        all_real(tmp_path / "nowhere", 500.0)
