"""What is rounding and what is a difference."""

from __future__ import annotations

import numpy as np

from xai_bench.stats import floor_of, tied


def test_numbers_are_tied_within_a_share_of_the_larger_or_of_one() -> None:
    one = np.array([0.0, 0.0, 1e4, 1e4, np.nan, np.inf, np.inf, -np.inf])
    other = np.array([9e-6, 2e-5, 1e4 + 0.09, 1e4 + 0.2, np.nan, np.inf, 1.0, np.inf])
    assert tied(one, other).tolist() == [True, False, True, False, False, True, False, False]


def test_input_invariance_is_rounding_further_than_other_metrics() -> None:
    assert floor_of("input_invariance") == 1e-3
    assert floor_of("deletion") == floor_of("a metric of one's own") == 1e-5
