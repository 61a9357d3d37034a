"""What is planted at a dose: exact identities, exact size, linear, and only where beats are."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.data.planted.backgrounds_made import RATE, healthy_recordings
from xai_bench.data.delineate import delineate_recording, delineated
from xai_bench.data.planted import LESIONS, plant
from xai_bench.data.planted.one_background import waves_remark
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.errors import DatasetError, InputError, UnknownNameError
from xai_bench.types import LEADS, WAVES, Recordings

pytestmark = pytest.mark.usefixtures("no_second_reader")

OF_THE_HEART = [name for name, lesion in LESIONS.items() if lesion.change is not None]


def added(recordings: Recordings) -> np.ndarray:
    assert recordings.healthy is not None
    difference: np.ndarray = np.subtract(
        np.asarray(recordings.microvolt), recordings.healthy, dtype=np.int64
    )
    return difference


@pytest.mark.slow
@pytest.mark.parametrize("lesion", [name for name in LESIONS if name != "mains"])
def test_identities_size_twin_and_evidence(lesion: str) -> None:
    healthy = healthy_recordings()
    planted = plant(healthy, lesion, 0.4)
    assert planted.record_id == healthy.record_id
    assert np.array_equal(np.asarray(planted.healthy), healthy.microvolt)
    difference = added(planted)
    leads = dict(zip(LEADS, difference.transpose(1, 0, 2), strict=True))
    assert np.array_equal(leads["I"] + leads["III"], leads["II"])
    assert np.array_equal(-2 * leads["aVR"], leads["I"] + leads["II"])
    assert np.array_equal(2 * leads["aVL"], 2 * leads["I"] - leads["II"])
    assert np.array_equal(2 * leads["aVF"], 2 * leads["II"] - leads["I"])
    assert np.abs(np.abs(difference).max(axis=(1, 2)) - 400).max() <= 2
    assert np.array_equal(np.asarray(planted.evidence), np.abs(difference) > 100)
    expected = LESIONS[lesion].superclass or "NORM"
    assert planted.labels == (frozenset({expected}),) * len(healthy)


@pytest.mark.parametrize("lesion", ["q-wave-anterior", "lbbb", "wander"])
def test_a_dose_scales_the_same_difference(lesion: str) -> None:
    one, three = (added(plant(healthy_recordings(), lesion, dose)) for dose in (0.25, 0.75))
    assert np.abs(3 * one - three).max() <= 6  # 2 µV of a grid, three times and once


def test_a_dose_beyond_the_full_picture_is_said_to_exaggerate() -> None:
    healthy = healthy_recordings()
    little, much = (plant(healthy, "st-elevation-anterior", dose) for dose in (0.05, 2.0))
    middle = float(re.findall(r"median ([0-9.]+)\)", much.remarks[-1])[0])
    share = float(re.findall(r"; 2 mV are (\d+)% of the median one", much.remarks[-1])[0])
    assert share == pytest.approx(100 * 2.0 / middle, rel=0.03)  # of a median of two digits
    assert little.remarks[-1].endswith("exaggerate 0 of 3")
    assert much.remarks[-1].endswith("exaggerate 3 of 3")
    # A dose just below the smallest full picture is in all of them; just above it, in one less.
    smallest = float(re.findall(r"by ([0-9.]+) to", much.remarks[-1])[0])
    assert (
        "exaggerate 0 of 3" in plant(healthy, "st-elevation-anterior", smallest - 0.01).remarks[-1]
    )
    assert (
        "exaggerate 1 of 3" in plant(healthy, "st-elevation-anterior", smallest + 0.01).remarks[-1]
    )
    assert not any("full picture" in line for line in plant(healthy, "wander", 2.0).remarks)


@pytest.mark.parametrize("lesion", ["st-elevation-inferior", "muscle"])
def test_dose_0_is_the_recording_itself(lesion: str) -> None:
    healthy = healthy_recordings()
    planted = plant(healthy, lesion, 0.0)
    assert np.array_equal(planted.microvolt, healthy.microvolt)
    assert not np.asarray(planted.evidence).any()
    assert planted.labels == healthy.labels
    expected = [delineate_recording(signal, RATE) for signal in healthy.signal]
    # A beat that the beginning cuts is there for whom something is planted, and for nobody else.
    assert np.array_equal(np.asarray(planted.waves)[:, 60:], np.stack(expected)[:, 60:])


def test_one_recording_alone_and_in_company_in_any_order() -> None:
    healthy = healthy_recordings()
    together = plant(healthy, "lvh", 0.5, seed=3)
    backwards = plant(healthy[[2, 1, 0]], "lvh", 0.5, seed=3)
    alone = plant(healthy[[1]], "lvh", 0.5, seed=3)
    assert np.array_equal(together.microvolt[::-1], backwards.microvolt)
    assert np.array_equal(together.microvolt[1], alone.microvolt[0])


def test_mains_need_a_rate_that_can_show_them() -> None:
    with pytest.raises(DatasetError, match="50 Hz is not below half of the sampling rate of 100"):
        plant(healthy_recordings(), "mains", 0.3)


def test_left_out_with_the_reason() -> None:
    healthy = healthy_recordings()
    noise = np.random.default_rng(0).normal(0.0, 300.0, (1, 12, 1000)).astype(np.int16)
    both = replace(
        healthy[:2],
        microvolt=np.concatenate([healthy.microvolt[:1], noise]),
        record_id=("heart", "noise"),
    )
    planted = plant(both, "lbbb", 0.5)
    assert planted.record_id == ("heart",)
    (line,) = planted.left_out
    assert line.startswith("noise: ")
    with pytest.raises(
        DatasetError, match="lbbb cannot be planted into any of 1 recordings of made"
    ):
        plant(both[[1]], "lbbb", 0.5)


def test_refused() -> None:
    healthy = healthy_recordings()
    with pytest.raises(UnknownNameError, match="no lesion 'st-elevation'"):
        plant(healthy, "st-elevation", 0.1)
    for dose in (-0.1, 6.0, float("nan"), 1e-4):
        with pytest.raises(InputError, match="use 0, or 0.002 to 5"):
            plant(healthy, "lbbb", dose)
    with pytest.raises(DatasetError, match="no recordings to plant anything into"):
        plant(healthy[[]], "lbbb", 0.5)


def test_only_a_normal_recording_is_a_healthy_twin() -> None:
    sick = plant(healthy_recordings(), "st-elevation-anterior", 0.3)
    with pytest.raises(DatasetError, match="it is labelled MI, and only a normal one"):
        plant(sick, "lvh", 0.3)
    unlabelled = plant(replace(healthy_recordings(), labels=None), "lvh", 0.3)
    assert len(unlabelled) == 3


def test_waves_move_by_the_share_of_the_full_picture() -> None:
    def end_of_t(dose: float) -> int:
        waves = np.asarray(plant(healthy_recordings()[[0]], "long-qt", dose).waves)[0, 60:]
        return int(np.flatnonzero(waves == WAVES.index("T"))[-1])

    assert end_of_t(0.01) - end_of_t(0.0) <= 1
    assert end_of_t(4.0) - end_of_t(0.0) == 8  # 80 ms


def test_each_lesion_changes_its_own_waves() -> None:
    """Where a difference is largest: within QRS, ST or T, by the waves of the twin."""
    expected = {
        "st-elevation-anterior": {"ST", "T"},
        "st-depression": {"ST", "T"},
        "q-wave-inferior": {"QRS"},
        "t-inversion-lateral": {"T"},
        "lvh": {"QRS"},
        "lbbb": {"QRS", "ST"},
        "rbbb": {"QRS", "ST"},
        "long-qt": {"T", "TP"},
    }
    healthy = healthy_recordings()
    waves = np.asarray(plant(healthy, "lbbb", 0.0).waves)
    for lesion, names in expected.items():
        size = np.abs(added(plant(healthy, lesion, 0.5))).max(axis=1)
        for row in range(len(healthy)):
            assert WAVES[waves[row, size[row].argmax()]] in names, lesion


def test_what_a_second_reader_contradicts_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    healthy = healthy_recordings()
    second = np.asarray(healthy.microvolt[1])

    def opinion(microvolt: np.ndarray, rate_hz: float) -> str | None:
        return "QRS is elsewhere" if np.array_equal(microvolt, second) else None

    said = "nobody else checked"
    assert said in plant(healthy, "lvh", 0.3).remarks[-2]
    monkeypatch.setattr("xai_bench.data.planted.plant_lesion.second_reader", lambda: "somebody")
    monkeypatch.setattr("xai_bench.data.planted.one_background.second_opinion", opinion)
    checked = plant(healthy, "lvh", 0.3)
    assert checked.record_id == ("r1", "r9")
    assert checked.left_out == ("r8: QRS is elsewhere",)
    assert said not in checked.remarks[-2]


def test_beats_of_another_shape_stay_as_they_are() -> None:
    """Of a recording with ventricular beats, those of the common shape are hit, and no other."""
    twin = SyntheticSource(rate_hz=RATE, size=40).read(33).healthy
    assert twin is not None
    recording = replace(healthy_recordings()[[0]], microvolt=twin[None])
    found = delineated(twin / 1000.0, RATE)
    assert found is not None
    assert 0 < (~found.alike).sum() < len(found.alike)
    hit = np.abs(added(plant(recording, "q-wave-inferior", 0.5))[0]).max(axis=0)
    for at, alike in zip(found.at, found.alike, strict=True):
        if 0.1 < at < 9.9:
            near = hit[round((at - 0.06) * RATE) : round((at + 0.06) * RATE)]
            assert (near.max() > 300) == bool(alike)


def test_energy_lies_in_the_waves_that_a_lesion_changes() -> None:
    expected = {
        "st-elevation-lateral": {"ST", "T"},
        "q-wave-lateral": {"QRS"},
        "t-inversion-inferior": {"T"},
        "lbbb": {"QRS", "ST", "T"},
        "long-qt": {"ST", "T"},
    }
    for lesion, names in expected.items():
        planted = plant(healthy_recordings(), lesion, 0.5)
        energy = (added(planted) ** 2).sum(axis=1)
        inside = np.isin(np.asarray(planted.waves), [WAVES.index(name) for name in names])
        assert (energy * inside).sum() / energy.sum() > 0.96, lesion


@pytest.mark.parametrize("factor", [6.0, 0.05])
def test_a_recording_of_another_unit_is_left_out(factor: float) -> None:
    healthy = healthy_recordings()
    other = np.clip(np.asarray(healthy.microvolt)[:2] * factor, -32000, 32000).astype(np.int16)
    one = np.concatenate([np.asarray(healthy.microvolt)[2:], other])
    planted = plant(replace(healthy, microvolt=one), "lvh", 0.2)
    assert len(planted) == 1
    assert all("is its gain right" in line for line in planted.left_out)
    assert len(planted.left_out) == 2


@pytest.mark.parametrize("after", [-0.02, 0.01])
def test_a_beat_that_the_beginning_cuts_is_hit_too(after: float) -> None:
    """Its ST and T are in the recording, and must be those of the sick."""
    healthy = healthy_recordings()[[1]]
    whole = np.asarray(healthy.microvolt)[0]
    found = delineated(whole / 1000.0, RATE)
    assert found is not None
    second = found.at[found.at > 0.5][0]
    start = round((second + after) * RATE)
    cut = replace(healthy, microvolt=whole[None, :, start:])
    size = np.abs(added(plant(cut, "st-elevation-anterior", 0.5))[0]).max(axis=0)
    assert size[: round(0.3 * RATE)].max() > 400


def test_what_was_said_of_the_waves_of_a_source_is_said_anew_of_those_that_are_planted() -> None:
    healthy = healthy_recordings()
    of_source = waves_remark(is_checked=False), waves_remark(is_checked=True)
    planted = plant(replace(healthy, remarks=("first", *of_source)), "muscle", 0.5)
    assert planted.remarks[0] == "first"
    assert sum(line in of_source for line in planted.remarks) == 1
