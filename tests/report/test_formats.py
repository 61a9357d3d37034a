"""How numbers are written where they stand among others."""

from __future__ import annotations

import math

from xai_bench.report.formats import (
    decimals,
    p_of_a_sentence,
    p_value,
    probability,
    span,
    with_unit,
)


def test_p_values_and_probabilities_near_the_ends() -> None:
    assert [p_value(p) for p in (0.0, 0.0009, 0.042, 1.0, math.nan)] == [
        "< 0.001", "< 0.001", "0.042", "1.000", "–",
    ]  # fmt: skip
    assert [probability(p) for p in (0.0, 0.004, 0.42, 0.995, 1.0, math.nan)] == [
        "0.00", "< 0.01", "0.42", "> 0.99", "1.00", "–",
    ]  # fmt: skip


def test_p_in_a_sentence_has_two_significant_digits() -> None:
    assert [p_of_a_sentence(p) for p in (0.0004, 0.0012, 0.4249, 1.0)] == [
        "p < 0.001", "p = 0.0012", "p = 0.42", "p = 1",
    ]  # fmt: skip


def test_decimals_spans_and_units() -> None:
    assert (decimals(0.125, 1), decimals(math.nan)) == ("0.1", "–")
    assert (span(32, 32), span(16, 32)) == ("32", "16 to 32")
    assert [with_unit("size", unit) for unit in ("", "s", "B", "nat")] == [
        "size", "size", "size", "size (nat)",
    ]  # fmt: skip
