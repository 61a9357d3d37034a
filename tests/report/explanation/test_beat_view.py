"""A beat that repeats is its own median, and what lies on it is its own mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xai_bench import load_record
from xai_bench.report.explanation.beat_view import beat_view
from xai_bench.types import Recordings


def train(rate_hz: float) -> Recordings:
    """A QRS and a T in every second of ten, the first QRS at 0.7 s."""
    time = np.arange(round(10 * rate_hz)) / rate_hz % 1.0
    signal = np.exp(-(((time - 0.7) / 0.015) ** 2)) + 0.3 * np.exp(-(((time - 0.95) / 0.03) ** 2))
    sizes = np.linspace(0.5, 1.5, 12)[:, None]
    return Recordings(
        name="train",
        microvolt=np.rint(1000 * sizes * signal).astype(np.int16)[None],
        rate_hz=rate_hz,
        record_id=("0",),
        patient_id=("0",),
    )


def test_the_median_beat_is_the_beat_and_a_mark_on_it_stays_on_it() -> None:
    fine = train(500.0)
    found = beat_view(fine, 100.0)
    assert found is not None
    assert len(found.starts) >= 8
    assert found.signal.shape == (12, 500)
    r = int(found.signal[5].argmax())
    assert abs(r - 200) <= 20  # QRS 0.4 s after its begin, by its steepest sample
    np.testing.assert_array_equal(np.diff(found.starts), 100)
    map_of_r = np.zeros((12, 1000), dtype=np.float32)
    map_of_r[3, 70::100] = 1.0
    mean = found.mean(map_of_r)
    assert mean.shape == (12, found.samples)
    (at,) = np.flatnonzero(mean[3])
    assert mean[3, at] == 1.0
    assert abs(at / 100.0 - r / 500.0) <= 0.011
    assert not mean[[0, 1, 2, *range(4, 12)]].any()


def test_half_of_the_beats_make_a_mask() -> None:
    found = beat_view(train(500.0), 100.0)
    assert found is not None
    beats = len(found.starts)
    mask = np.zeros((12, 1000), dtype=np.bool_)
    for place, start in enumerate(found.starts.tolist()):
        mask[0, start + 5] = True
        mask[1, start + 5] = place < beats // 2 - 1
    half = found.half(mask)
    assert np.flatnonzero(half[0]).tolist() == [5]
    assert not half[1].any()


def test_noise_has_no_beat() -> None:
    made = load_record("synthetic:00003")
    noise = np.random.default_rng(0).normal(scale=100, size=(1, 12, 1000)).astype(np.int16)
    assert beat_view(replace(made, microvolt=noise), 100.0) is None
