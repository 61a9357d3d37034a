"""Recordings that are there already, chosen from and brought to the form that a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.signal import resample_poly

from tests.recordings import recordings
from xai_bench import load_data
from xai_bench.data import make_dataset
from xai_bench.errors import DatasetError
from xai_bench.tasks import task_of_classes
from xai_bench.types import Recordings, to_microvolt


def _at(rate_hz: float, seconds: float, count: int = 3, **changed: Any) -> Recordings:
    given = recordings(count, samples=round(rate_hz * seconds))
    return replace(given, rate_hz=rate_hz, **changed)


def test_what_fits_is_as_it_was() -> None:
    given = recordings(4, evidence=True)
    found = load_data(given, task="norm_vs_mi")
    assert sorted(found.record_id) == ["r0", "r1", "r2", "r3"]
    rows = [given.record_id.index(one) for one in found.record_id]
    assert found.fingerprint() == given[rows].fingerprint()


@pytest.mark.slow
def test_the_choice_is_that_of_a_folder_with_the_same_ids(tmp_path_factory: Any) -> None:
    """Seeded, balanced between classes, extended by a larger n, within the folds of a split."""
    folder = tmp_path_factory.mktemp("given") / "ptbxl"
    make_dataset(folder, n=20, rates=(100,))
    whole = load_data(folder, split="all")
    for options in (
        {"n": 4, "task": "norm_vs_mi", "split": "all"},
        {"n": 7, "split": "train", "seed": 3},
        {"fold": [1, 2], "task": "superclass"},
    ):
        from_folder, from_object = (load_data(one, **options) for one in (folder, whole))
        assert from_object.record_id == from_folder.record_id
        assert from_object.fingerprint() == from_folder.fingerprint()


def test_labels_may_be_any_text_and_without_folds_all_is_offered() -> None:
    given = replace(recordings(6), labels=tuple(frozenset({x}) for x in ("SR", "AF", "?") * 2))
    found = load_data(given, task=task_of_classes(["SR", "AF"]))
    assert {given.record_id.index(one) % 3 for one in found.record_id} == {0, 1}
    assert len(found) == 4


def test_a_higher_rate_is_resampled_as_files_are() -> None:
    given = _at(500, 10, 2)
    found = load_data(given)
    assert (found.rate_hz, found.microvolt.shape) == (100, (2, 12, 1000))
    for row, name in enumerate(found.record_id):
        signal = given.microvolt[given.record_id.index(name)].astype(np.float64) / 1000
        expected = resample_poly(signal, 1, 5, axis=1, padtype="line")
        np.testing.assert_array_equal(
            found.microvolt[row], to_microvolt(expected.astype(np.float32))
        )


def test_what_was_planted_is_resampled_with_its_recording() -> None:
    made = load_data("synthetic", n=4, rate_hz=500, task="norm_vs_mi")
    found, expected = (
        load_data(made, task="norm_vs_mi"),
        load_data("synthetic", n=4, task="norm_vs_mi"),
    )
    assert found.record_id == expected.record_id
    for mask, waves, row in zip(found.evidence, found.waves, range(4), strict=True):  # type: ignore[arg-type]
        assert np.mean(mask != expected.evidence[row]) < 0.02  # type: ignore[index]
        assert np.mean(waves != expected.waves[row]) < 0.02  # type: ignore[index]
    difference = found.difference
    assert difference is not None
    assert np.abs(difference - expected.difference).max() < 0.05


@pytest.mark.parametrize(
    ("rate_hz", "seconds", "length", "reason"),
    [
        (50, 10, "exact", "recorded at 50 Hz, the model reads 100 Hz"),
        (100, 12, "exact", "12 s long"),
        (100, 8, "exact", "8 s long"),
        (100, 12, "pad", "12 s long"),
        (100, 8, "crop", "8 s long"),
        (100, 8, "windows", "8 s long"),
    ],
)
def test_what_cannot_be_brought_to_the_form_says_why(
    rate_hz: float, seconds: float, length: Any, reason: str
) -> None:
    with pytest.raises(
        DatasetError, match=f"none of 3 recordings of made-up can be used; r.: .*{reason}"
    ):
        load_data(_at(rate_hz, seconds), length=length)


def test_longer_ones_are_cropped_and_shorter_ones_filled_up() -> None:
    long, short = _at(100, 12), _at(100, 8)
    cropped, padded = load_data(long, length="crop"), load_data(short, length="pad")
    for row, name in enumerate(cropped.record_id):
        source = int(name[1:])
        np.testing.assert_array_equal(cropped.microvolt[row], long.microvolt[source, :, :1000])
    for row, name in enumerate(padded.record_id):
        source = int(name[1:])
        np.testing.assert_array_equal(padded.microvolt[row, :, :800], short.microvolt[source])
        assert np.ptp(padded.microvolt[row, :, 800:], axis=1).max() == 0


def test_longer_ones_are_cut_into_windows_literally() -> None:
    given = replace(recordings(2, evidence=True, samples=2500), patient_id=("a", "b"))
    found = load_data(given, length="windows")
    assert sorted(found.record_id) == ["r0@0s", "r0@10s", "r1@0s", "r1@10s"]
    for row, name in enumerate(found.record_id):
        source, start = int(name[1]), 1000 if name.endswith("@10s") else 0
        window = slice(start, start + 1000)
        np.testing.assert_array_equal(found.microvolt[row], given.microvolt[source, :, window])
        np.testing.assert_array_equal(found.evidence[row], given.evidence[source, :, window])  # type: ignore[index]
        np.testing.assert_array_equal(found.waves[row], given.waves[source, window])  # type: ignore[index]
        assert found.patient_id[row] == "ab"[source]
    assert found.remarks == (
        "--length windows: 2 recordings gave 4 windows of 10 s; "
        "the last 5 s of each were too short for another",
    )  # fmt: skip


def test_a_recording_that_cannot_be_used_is_left_out_and_named() -> None:
    given = _at(500, 10)
    flat = given.microvolt.copy()
    flat[1, 3] = 0
    found = load_data(replace(given, microvolt=flat, left_out=("before: broken",)), n=3)
    assert "r1" not in found.record_id
    assert len(found) == 2
    assert found.left_out[0] == "before: broken"
    assert found.left_out[1].startswith("r1: lead aVR is flat")


def _labelled(labels: Sequence[str]) -> Recordings:
    given = recordings(len(labels))
    return replace(given, labels=tuple(frozenset({one}) for one in labels))


def test_nothing_in_the_task_or_in_the_folds_says_what_there_is() -> None:
    with pytest.raises(
        DatasetError,
        match=r"in norm_vs_mi \(its classes: NORM, MI; labels of the recordings: AF, SR\)",
    ):
        load_data(_labelled(["SR", "AF"]), task="norm_vs_mi")
    folded = replace(recordings(2), fold=np.array([1, 2], dtype=np.int8))
    with pytest.raises(DatasetError, match="none of the 2 recordings of made-up is in fold 10"):
        load_data(folded)
    with pytest.raises(DatasetError, match="0 recordings of made-up were asked for"):
        load_data(folded, n=0)
    with pytest.raises(DatasetError, match="a table of labels goes with a folder"):
        load_data(folded, labels="labels.csv")
