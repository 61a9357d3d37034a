"""Spans of time: read and written."""

from __future__ import annotations

import pytest

from xai_bench.durations import duration_text, parse_duration
from xai_bench.errors import InputError


def test_a_number_and_a_unit_is_a_span() -> None:
    assert parse_duration("90s") == 90
    assert parse_duration("30m") == 1800
    assert parse_duration(" 1.5h") == 5400
    assert parse_duration("2d") == 172_800


@pytest.mark.parametrize("text", ["", "30", "m", "-3m", "0s", "3 weeks", "1e3s", "nan"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no span of time; write it as 90s, 30m or 1.5h"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (45, "45 s"), (99.4, "99 s"), (100, "2 min"), (5000, "83 min"),
     (7800, "2 h 10 min"), (200_000, "2.3 days")],
)  # fmt: skip
def test_a_span_is_said_in_units_that_people_use(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
