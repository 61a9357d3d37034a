"""How numbers are written where they stand among others."""

from __future__ import annotations

import math

import pytest

from xai_bench.report.formats import (
    Estimate,
    decimals,
    p_of_a_sentence,
    p_value,
    probability,
    span,
    superscript,
    with_unit,
)

NAN = math.nan


@pytest.mark.parametrize(
    ("mean", "low", "high", "unit", "mean_text", "interval_text"),
    [
        (0.4213, 0.3119, 0.5204, "", "0.421", "0.312 – 0.520"),
        (-0.4213, -0.5, -0.3119, "", "-0.421", "-0.500 – -0.312"),
        (0.94, 0.88, 1.01, "", "0.940", "0.880 – 1.010"),
        (95.04, 88.26, 101.77, "", "95.0", "88.3 – 101.8"),
        (1234.5, 1200.2, 1300.7, "log-odds", "1234", "1200 – 1301"),
        (51.0, 51.0, 51.0, "", "51", "51 – 51"),
        (0.0, 0.0, 0.0, "", "0", "0 – 0"),
        # A mean that is near zero for its interval takes no more decimals than the interval.
        (-0.00001, -0.1, 0.12, "", "0.000", "-0.100 – 0.120"),
        (0.0000123, 0.000011, 0.0000131, "", "1.23×10⁻⁵", "1.10 – 1.31"),
        (2.5e7, 2.4e7, 2.6e7, "", "2.50×10⁷", "2.40 – 2.60"),
        (0.0123, 0.0119, 0.0128, "s", "12.3 ms", "11.9 – 12.8"),
        (0.000512, 0.00051, 0.000515, "s", "512 µs", "510 – 515"),
        (83.2, 80.0, 90.0, "s", "83.2 s", "80.0 – 90.0"),
        (412_300_000.0, 4.1e8, 4.2e8, "B", "412 MB", "410 – 420"),
        (0.0, 0.0, 0.0, "B", "0 B", "0 – 0"),
        (0.5, NAN, NAN, "", "0.500", ""),
        (NAN, NAN, NAN, "s", "–", ""),
        (NAN, 0.1, 0.2, "", "–", ""),
    ],
)
def test_texts(
    mean: float, low: float, high: float, unit: str, mean_text: str, interval_text: str
) -> None:
    estimate = Estimate(mean=mean, low=low, high=high, unit=unit)
    assert estimate.mean_text == mean_text
    assert estimate.interval_text == interval_text


@pytest.mark.parametrize("power", range(-9, 13))
@pytest.mark.parametrize("unit", ["", "s", "B"])
def test_every_magnitude_is_short_and_keeps_three_digits(power: int, unit: str) -> None:
    estimate = Estimate(
        mean=1.236 * 10.0**power, low=1.2 * 10.0**power, high=1.3 * 10.0**power, unit=unit
    )
    assert "e" not in estimate.mean_text
    assert len(estimate.mean_text) <= 9
    digits = [c for c in estimate.mean_text.split("×")[0] if c.isdigit()]
    assert "".join(digits).lstrip("0").startswith("124" if len(digits) == 3 else "12")


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
    assert with_unit("insertion, log-odds", "log-odds") == "insertion, log-odds"


def test_exponents_are_raised_with_their_sign() -> None:
    assert [superscript(number) for number in (-5, 0, 12)] == ["⁻⁵", "⁰", "¹²"]
