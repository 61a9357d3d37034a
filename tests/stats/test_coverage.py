"""Do 95 % intervals hold the truth 95 % of the time, and do tests of nothing find nothing?

A part of benchmarks/coverage.py, whose results for other numbers of recordings and harder scores
stand in benchmarks/results/coverage.md. The standard error of a share of 95 % is 0.7 points of 1000
sets, and 0.2 of the 10000 of `make coverage`.
"""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xai_bench.stats import rank_sum_p

BENCH = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "coverage.py"))
COVERAGE = BENCH["coverage"]


SIMULATED = [pytest.mark.slow, pytest.mark.simulation]


def _slow(value: object) -> object:
    return pytest.param(value, marks=SIMULATED)


@pytest.fixture(params=[1000, _slow(10000)])
def sets(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.mark.parametrize("scores", ["normal", "exponential", _slow("beta(5, 1)"), "clustered"])
def test_intervals_of_means_of_32_recordings_hold_the_truth(scores: str, sets: int) -> None:
    assert 0.93 <= COVERAGE(BENCH["of_means"](scores, 32, sets)) <= 0.97


def test_expanded_percentiles_are_what_few_recordings_want(sets: int) -> None:
    plain = COVERAGE(BENCH["of_means"]("normal", 8, sets, "BCa"))
    expanded = COVERAGE(BENCH["of_means"]("normal", 8, sets))
    assert plain < 0.90 < 0.92 < expanded <= 0.97


@pytest.mark.parametrize("spread", [_slow(0), pytest.param(0.2, marks=pytest.mark.slow), 1])
def test_intervals_of_five_seeds_hold_the_truth(spread: float, sets: int) -> None:
    assert 0.93 <= COVERAGE(BENCH["of_seeds"](32, 5, sets, spread=spread)) <= 0.97


def test_an_interval_that_leaves_the_seed_out_does_not() -> None:
    inside = 0
    rng = np.random.default_rng(0)
    for _ in range(200):
        values = rng.exponential(size=32) - 1 + 0.4 * rng.normal()
        patients = BENCH["patients_of"]("normal", 32)
        low, high = BENCH["statistic_interval"](values, patients, "mean")
        inside += low <= 0 <= high
    assert inside / 200 < 0.70


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.1, _slow(0.5)])
def test_intervals_of_pairs_of_five_nets_hold_the_truth(spread: float, sets: int) -> None:
    assert 0.93 <= COVERAGE(BENCH["of_pairs"](32, 5, sets, spread=spread)) <= 0.97


@pytest.mark.slow
def test_intervals_of_agreement_hold_the_truth(sets: int) -> None:
    simulated = BENCH["of_agreement"](32, 5, sets // 5, spread=0.5, alike=0.7)
    assert COVERAGE(simulated) >= 0.93


@pytest.mark.parametrize(
    ("test", "share"),
    [pytest.param("Wilcoxon with Holm", 0.1, marks=pytest.mark.slow), ("Friedman", 0.5)],
)
def test_methods_that_do_not_differ_are_told_apart_five_percent_of_the_time(
    test: str, share: float, sets: int
) -> None:
    number = int(share * sets)
    found = BENCH["false_findings"](BENCH["TESTS"][test], "exponential", 32, number)
    assert found <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / number)


@pytest.mark.slow
def test_without_holm_they_are_told_apart_more_often() -> None:
    def unadjusted(scores: object, patients: object) -> float:
        return float(BENCH["compare_pairs"](scores, patients, better="higher")["p"].min())

    assert BENCH["false_findings"](unadjusted, "exponential", 32, 100) > 0.10


@pytest.mark.parametrize(
    ("scores", "methods"),
    [
        ("normal", 4),
        pytest.param("skewed differences", 4, marks=SIMULATED),
        pytest.param("normal", 10, marks=SIMULATED),
    ],
)
def test_methods_that_do_not_differ_are_rarely_told_apart(
    scores: str, methods: int, sets: int
) -> None:
    number = sets // 10
    apart, by_p = BENCH["false_verdicts"](scores, 16, methods, number)
    assert apart <= by_p
    assert apart <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / number)


def test_the_verdicts_that_are_simulated_are_those_of_compare_pairs() -> None:
    rng, count = np.random.default_rng(0), 0
    for kind, shift in (("normal", 0.5), ("skewed differences", 0.2), ("clustered", 1.0)):
        scores = BENCH["ALIKE"][kind](rng, 24, 4) + shift * np.arange(4)
        patients = BENCH["_owners"](kind, 24)
        found, _ = BENCH["verdicts"](pd.DataFrame(scores), patients)
        pairs = BENCH["compare_pairs"](pd.DataFrame(scores), patients, better="higher")
        expected = {(row["first"], row["second"]) for _, row in pairs[pairs["apart"]].iterrows()}
        assert {pair for pair, apart in found.items() if apart} == expected
        count += len(expected)
    assert 4 < count < 18


@pytest.mark.slow
@pytest.mark.parametrize("methods", [2, 4, pytest.param(10, marks=pytest.mark.simulation)])
def test_the_least_detectable_difference_is_told_apart_four_times_in_five(
    methods: int, sets: int
) -> None:
    number = sets // 5
    found = BENCH["power"]("normal", 32, methods, number)
    assert found == pytest.approx(0.8, abs=0.03 + 2 * np.sqrt(0.16 / number))


@pytest.mark.parametrize("share", [0.5, _slow(0.25)])
def test_groups_of_patients_that_do_not_differ_are_told_apart_five_percent_of_the_time(
    share: float, sets: int
) -> None:
    number = sets // 5
    simulated = BENCH["of_groups"]("clustered", 32, number, share=share)
    assert np.mean([p < 0.05 for p, _ in simulated]) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / number)


@pytest.mark.slow
@pytest.mark.simulation
@pytest.mark.parametrize("scores", ["normal", "exponential", "clustered"])
def test_intervals_of_the_difference_of_two_groups_hold_zero(scores: str) -> None:
    simulated = BENCH["of_groups"](scores, 64, 1000, share=0.5)
    assert COVERAGE((0.0, interval) for _, interval in simulated) >= 0.93


def test_recordings_that_are_counted_as_patients_are_told_apart_too_often() -> None:
    """What clusters cost where they are not known: patients with one to three recordings."""
    rng, wrong = np.random.default_rng(0), 0
    patients = np.array(BENCH["patients_of"]("clustered", 60))
    names = np.unique(patients)
    for _ in range(150):
        first = np.isin(patients, rng.permutation(names)[: len(names) // 2])
        values = BENCH["clustered"](rng, 60)
        wrong += rank_sum_p(values[first], values[~first]) < 0.05
    assert wrong / 150 > 0.09
