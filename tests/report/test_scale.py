"""Bars: where numbers lie between the ends."""

import math

import pytest

from xai_bench.report.formats import Estimate
from xai_bench.report.scale import Scale, scale_of


def estimate(mean: float, low: float = math.nan, high: float = math.nan) -> Estimate:
    return Estimate(mean=mean, low=low, high=high)


def test_a_bar_lies_between_the_ends() -> None:
    bar = Scale(low=-1.0, high=3.0).bar(estimate(1.0, 0.0, 2.0), mark=-1.0)
    assert bar is not None
    assert (bar.low, bar.mean, bar.high, bar.mark) == (25, 50, 75, 0)
    assert bar.style == "--l:25%;--h:25%;--m:50%;--r:0%"


def test_logarithms_for_what_spans_orders_of_magnitude() -> None:
    scale = scale_of([1e-3, 1e-2, 1e1])
    assert scale.logarithmic
    bar = Scale(low=0.01, high=100.0, logarithmic=True).bar(estimate(1.0))
    assert bar is not None
    assert bar.mean == pytest.approx(50)
    assert bar.low == bar.high == bar.mean
    assert not scale_of([-1e-3, 1e-2, 1e3]).logarithmic
    assert not scale_of([0.0, 1e-2, 1e3]).logarithmic


def test_what_lies_outside_is_drawn_at_the_end() -> None:
    bar = Scale(low=0.0, high=1.0).bar(estimate(5.0, -3.0, 9.0), mark=7.0)
    assert bar is not None
    assert (bar.low, bar.mean, bar.high, bar.mark) == (0, 100, 100, 100)


def test_one_outlier_does_not_flatten_the_rest() -> None:
    scale = scale_of([*(k / 300 for k in range(300)), 1e9])
    assert scale.high < 1.1


def test_no_mean_no_bar_and_one_number_is_in_the_middle() -> None:
    assert Scale(low=0.0, high=1.0).bar(estimate(math.nan)) is None
    bar = scale_of([2.0, 2.0]).bar(estimate(2.0))
    assert bar is not None
    assert bar.mean == 50
    assert scale_of([math.nan]) == Scale(low=0.0, high=1.0)
