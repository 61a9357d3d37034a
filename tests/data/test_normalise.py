from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from jaxtyping import Float64

from xai_bench.data.lead_algebra import FoundLeads
from xai_bench.data.normalise import Form, Length, frames_to_read, origin, to_form
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

Waves = Float64[np.ndarray, "12 frame"]


def sines(rate_hz: float, seconds: float, *, offset: float = 0.0) -> Waves:
    """Twelve sines of 1 to 12 Hz and 1 mV, so that their value at any time is known."""
    time = np.arange(round(rate_hz * seconds)) / rate_hz
    return offset + np.sin(2 * np.pi * np.arange(1, 13)[:, np.newaxis] * time)


@pytest.mark.parametrize("rate_hz", [100.0, 257.0, 360.0, 500.0, 1000.0, 128.5])
def test_resampling_keeps_a_known_signal(rate_hz: float) -> None:
    made = to_form(sines(rate_hz, 10.0, offset=0.5), rate_hz, Form())
    error = np.abs(made / 1000.0 - sines(100.0, 10.0, offset=0.5))
    assert made.shape == (12, 1000)
    assert error[:, 20:-20].max() < 0.005
    # The ends are estimated, but an offset must not make them ring.
    assert error.max() < 0.3


def test_resampling_keeps_out_what_the_new_rate_cannot_hold() -> None:
    time = np.arange(5000) / 500.0
    slow = np.tile(np.sin(2 * np.pi * 5 * time), (12, 1))
    fast = np.tile(np.sin(2 * np.pi * 90 * time), (12, 1))  # would fold down to 10 Hz
    form = Form()
    with_fast = to_form(slow + fast, 500.0, form).astype(int)
    assert np.abs(with_fast - to_form(slow, 500.0, form))[:, 20:-20].max() < 10


def test_the_same_rate_is_only_rounded_to_microvolt() -> None:
    microvolt = np.random.default_rng(0).integers(-5000, 5000, size=(12, 1000))
    assert np.array_equal(to_form(microvolt / 1000, 100.0, Form()), microvolt)


def test_lead_identities_survive_resampling_and_filling_up() -> None:
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=(2, 4321)).cumsum(axis=1) / 50
    chest = rng.normal(size=(6, 4321))
    limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    made = to_form(np.vstack([limb, chest]), 500.0, Form(length="pad")).astype(int)
    assert np.abs(made[0] + made[2] - made[1]).max() <= 1
    assert np.abs(made[3:6].sum(axis=0)).max() <= 1


@pytest.mark.parametrize(
    ("frames", "length", "fix"),
    [(3840, "exact", "crop"), (3840, "pad", "crop"), (500, "exact", "pad"), (500, "crop", "pad")],
)
def test_another_length_is_refused_with_the_fix(frames: int, length: Length, fix: str) -> None:
    with pytest.raises(RecordingError) as caught:
        frames_to_read(frames, 100.0, Form(length=length))
    assert f"{frames / 100:g} s long ({frames} samples at 100 Hz)" in str(caught.value)
    assert f"--length {fix} " in str(caught.value)


def test_exactly_the_wanted_length_is_allowed_by_every_policy() -> None:
    lengths: tuple[Length, ...] = ("exact", "crop", "pad")
    for length in lengths:
        assert frames_to_read(3600, 360.0, Form(length=length)) == 3600


def test_cropping_reads_little_more_than_it_keeps() -> None:
    frames = frames_to_read(650_000, 360.0, Form(length="crop"))
    assert 3600 < frames < 3700


def test_cropping_leaves_no_trace_at_the_cut() -> None:
    long = sines(1000.0, 20.0, offset=0.5)
    form = Form(length="crop")
    frames = frames_to_read(long.shape[1], 1000.0, form)
    made = to_form(long[:, :frames], 1000.0, form)
    assert np.abs(made / 1000.0 - sines(100.0, 10.0, offset=0.5))[:, 20:].max() < 0.005


def test_filling_up_repeats_the_mean_of_each_lead() -> None:
    short = np.rint(sines(100.0, 6.3, offset=1.0) * 1000) / 1000
    made = to_form(short, 100.0, Form(length="pad"))
    assert np.array_equal(made[:, :630], np.rint(short * 1000))
    assert np.array_equal(made[:, 630:], np.tile(np.rint(1000 * short.mean(1))[:, None], 370))


def test_upsampling_is_refused() -> None:
    with pytest.raises(RecordingError, match="recorded at 50 Hz, the model reads 100 Hz"):
        frames_to_read(500, 50.0, Form())


def test_an_empty_recording_cannot_be_filled_up() -> None:
    with pytest.raises(RecordingError, match="holds no samples"):
        frames_to_read(0, 100.0, Form(length="pad"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_missing_sample_is_refused_by_lead(value: float) -> None:
    signal = sines(100.0, 10.0)
    signal[7, 500] = value
    with pytest.raises(RecordingError, match=r"^lead V2 has missing"):
        to_form(signal, 100.0, Form())


def test_flat_leads_are_refused_by_name() -> None:
    signal = sines(500.0, 10.0)
    signal[[2, 11]] = 0.7
    with pytest.raises(RecordingError, match=r"^lead III, V6 is flat"):
        to_form(signal, 500.0, Form())


def test_a_wrong_unit_is_suspected() -> None:
    signal = sines(100.0, 10.0)
    signal[0] *= 1000
    with pytest.raises(RecordingError, match=r"^lead I reaches 1000 mV.*check its unit"):
        to_form(signal, 100.0, Form())


ORDER = "I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6"


@pytest.mark.parametrize(
    ("names", "rows", "frames", "rate_hz", "units", "said"),
    [
        (LEADS, range(12), 1000, 100.0, {"mV"}, "12 leads of 10 s at 100 Hz in mV. Done: nothing."),
        (
            None,
            range(12),
            5000,
            500.0,
            {"mV"},
            "12 leads of 10 s at 500 Hz in mV. Done: leads taken to be in the order "
            f"{ORDER}; resampled to 100 Hz.",
        ),
        (
            ("", *LEADS[::-1], "vx"),
            range(12, 0, -1),
            6000,
            500.0,
            {"uV"},
            "14 leads of 12 s at 500 Hz in uV. Done: (no name), vx left out; leads put in "
            "canonical order; converted to mV; resampled to 100 Hz; cut to the first 10 s.",
        ),
        (
            ("vx", *LEADS),
            range(1, 13),
            640,
            128.0,
            {"mV", "V"},
            "13 leads of 5 s at 128 Hz in V, mV. Done: vx left out; converted to mV; resampled to "
            "100 Hz; filled up to 10 s with the mean of each lead.",
        ),
    ],
)
def test_the_sentences(
    names: Sequence[str] | None,
    rows: range,
    frames: int,
    rate_hz: float,
    units: set[str],
    said: str,
) -> None:
    leads = FoundLeads(tuple(rows))
    found = origin(names, leads, frames=frames, rate_hz=rate_hz, units=units, form=Form())
    assert found == f"Read: {said}"
