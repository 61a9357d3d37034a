"""What is said of a recording, written out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from xai_bench.data.normalise import Form
from xai_bench.data.origin import origin
from xai_bench.types import LEADS

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
    found = origin(names, rows, frames=frames, rate_hz=rate_hz, units=units, form=Form())
    assert found == f"Read: {said}"
