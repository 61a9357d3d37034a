"""What is no ECG, or one of another kind, is told from ECGs, made up and real."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data import load_data
from xai_bench.data.beat_finder import find_beats
from xai_bench.data.signal_range import (
    PHYSIOLOGICAL,
    SYNTHETIC,
    SignalRange,
    measure,
    measure_each,
    unlike,
    unlike_line,
)
from xai_bench.types import to_microvolt

Signal = np.ndarray


def _ecg(row: int = 0, rate_hz: float = 100.0) -> Signal:
    signal: Signal = load_data("synthetic", n=6, rate_hz=rate_hz).signal[row]
    return signal


def _white(size: float, samples: int = 1000) -> Signal:
    drawn = np.random.default_rng(3).standard_normal((12, samples))
    return np.asarray(size * drawn, dtype=np.float32)


def _repeated(rate_hz: float, seconds: float) -> Signal:
    """A beat of a synthetic recording, again and again."""
    signal = _ecg(rate_hz=rate_hz)
    beats = find_beats(signal.astype(np.float64), rate_hz)
    width, before = round(seconds * rate_hz), round(0.08 * rate_hz)
    first = int(beats.at[beats.alike][2]) - before
    beat = signal[:, first : first + width] - signal[:, first : first + 1]
    return np.tile(beat, (1, signal.shape[1] // width + 1))[:, : signal.shape[1]]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: _white(0.3), "no beats of one shape found"),
        (lambda: _white(0.3, samples=600), "no beats of one shape found"),
        (lambda: _white(0.3).cumsum(axis=1) / 10, "no beats of one shape found"),
        (lambda: 0 * _ecg(), "a flat line"),
        (
            lambda: 0 * _ecg() + _white(0.0055),
            "no beats of one shape found; spans 0.028 mV, not 0.4 to 4.5",
        ),
        (lambda: 10 * _ecg(), "spans 11 mV, not 0.4 to 4.5"),
        (lambda: _ecg() / 10, "spans 0.11 mV, not 0.4 to 4.5"),
        (lambda: _repeated(100.0, 0.2), "300 beats/min, not 20 to 118"),
        (lambda: _repeated(100.0, 0.4), "150 beats/min, not 20 to 118"),
        (lambda: _ecg() * (np.arange(12) != 7)[:, None], "flat in V2"),
        (_ecg, ""),
    ],
)
def test_in_what_a_recording_is_unlike(make: Callable[[], Signal], text: str) -> None:
    assert unlike(measure(make().astype(np.float32), 100.0), SYNTHETIC) == text


@pytest.mark.parametrize("seconds", [0.2, 0.24, 0.3, 0.5])
def test_a_fast_rhythm_is_not_taken_for_one_half_as_fast(seconds: float) -> None:
    found = measure(_repeated(500.0, seconds), 500.0)
    assert found.beats_per_minute == pytest.approx(60 / seconds, rel=0.01)


def test_recordings_too_short_for_beats_have_no_remark_of_them() -> None:
    found = measure(_ecg()[:, :200], 100.0)
    assert math.isnan(found.beats_per_minute)
    assert unlike(found, SYNTHETIC) == ""


def test_a_range_spans_its_recordings_and_a_line_names_those_outside() -> None:
    given = load_data("synthetic", n=12)
    found = measure_each(given)
    own = SignalRange.of(given)
    assert own.beats_per_minute == (
        min(one.beats_per_minute for one in found),
        max(one.beats_per_minute for one in found),
    )
    assert unlike_line(given.record_id, found, own) == ""
    louder = given.signal.copy()
    louder[:7] *= 20
    changed = replace(given, microvolt=to_microvolt(louder))
    line = unlike_line(given.record_id, measure_each(changed), own)
    assert line.startswith("7 of 12 recordings are unlike its training recordings: ")
    assert line.endswith(", ...")
    assert line.count("spans") == 5


def test_the_training_recordings_of_the_shipped_models_are_within_their_range() -> None:
    given = load_data("synthetic", split="train", n=40)
    assert not [text for one in measure_each(given) if (text := unlike(one, SYNTHETIC))]


@pytest.mark.parametrize("folder", ["records100", "records500"])
def test_real_recordings_have_no_remark_but_for_a_fast_heart(
    shared_data: Path, folder: str
) -> None:
    given = load_data(shared_data / "ptbxl_real" / folder, split="all", n=None)
    found = measure_each(given)
    assert len(found) >= 30
    assert not [text for one in found if (text := unlike(one, PHYSIOLOGICAL))]
    of_synthetic = [text for one in found if (text := unlike(one, SYNTHETIC))]
    assert len(of_synthetic) <= 2
    assert all("beats/min" in text for text in of_synthetic)


def test_gains_that_are_five_times_too_large_are_seen(shared_data: Path) -> None:
    """The Challenge's copy of PTB-XL says 200/mV of many recordings that have 1000/mV."""
    folder = shared_data / "ptbxl_real/challenge"
    given = load_data(folder, split="all", n=None)
    for name, one in zip(given.record_id, measure_each(given), strict=True):
        text = unlike(one, PHYSIOLOGICAL)
        assert not text or " 200/mV " in (folder / f"{name}.hea").read_text(), text
