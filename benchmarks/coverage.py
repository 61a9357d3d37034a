"""How often 95 % intervals hold the truth and tests of nothing find something, by simulation.

Writes benchmarks/results/coverage.md. tests/stats/test_coverage.py runs a part of it.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import scipy
from scipy.stats import t as student

from xai_bench.stats import (
    FEWEST_PATIENTS,
    agreement,
    compare_groups,
    compare_pairs,
    friedman,
    minimum_detectable,
    pairs_interval,
    rank_agreement,
    seeds_interval,
    skill,
    statistic_interval,
    told_apart,
)
from xai_bench.stats.bootstrap import bca, draw_patients, patients_sums
from xai_bench.stats.paired import patients_means

RECORDINGS = (8, 16, 32, 64)
REPETITIONS = 4000
Draw = Callable[[np.random.Generator, int], np.ndarray]
Interval = tuple[float, float]

SCORES: dict[str, tuple[Draw, float, float, float]] = {
    "normal": (lambda rng, n: rng.normal(size=n), 0.0, 0.0, 1.6449),
    "exponential": (lambda rng, n: rng.exponential(size=n), 1.0, np.log(2), -np.log(0.05)),
    "beta(5, 1)": (lambda rng, n: rng.beta(5, 1, size=n), 5 / 6, 0.5**0.2, 0.95**0.2),
    "lognormal(1)": (lambda rng, n: rng.lognormal(size=n), np.exp(0.5), 1.0, np.exp(1.6449)),
    "clustered": (lambda rng, n: clustered(rng, n), 0.0, 0.0, 1.6449 * np.sqrt(2)),
}
"""How to draw recordings' scores, and their mean, median and 95th percentile."""


def main() -> None:
    text = (
        "# Coverage of intervals and false findings of tests\n\n"
        f"`make coverage`: numpy {np.__version__}, scipy {scipy.__version__}, Python "
        f"{platform.python_version()}; {REPETITIONS} simulated sets of scores a number of means, "
        f"{REPETITIONS // 4} of other intervals and {REPETITIONS // 8} of tests (standard errors "
        "of 0.3, 0.7 and 1 point at 95 or 5 %). "
        "Every recording is of another patient, but for `clustered`: patients with one to three "
        "recordings, half of the variance theirs.\n\n"
        "## Intervals of a mean\n\n"
        "Percent of 95 % intervals that hold the true mean. `statistic_interval` is the expanded "
        "BCa (Hesterberg 2015); the others stand beside it to say why.\n\n"
        + _markdown(_means())
        + "\n## Other intervals\n\nPercent that hold the truth.\n\n"
        + _markdown(_others())
        + "\n## Tests where methods do not differ\n\n"
        "Percent of sets in which any p < 0.05, of four methods with exchangeable scores that "
        "share what is the recording's.\n\n"
        + _markdown(_tests())
        + "\n## Two groups of patients that do not differ\n\n"
        "Percent of sets in which `compare_groups` has p < 0.05 for the scores of two groups of "
        "patients with the same mean, and in which the interval of their difference holds 0; "
        "`told apart`: both say that they differ, which is what is reported. "
        "`first group`: percent of patients. Where the two scatter unlike each other the null of a "
        "rank test does not hold.\n\n"
        + _markdown(_groups())
        + "\n## The least difference that is found\n\n"
        "Percent of sets in which `compare_pairs` has p < 0.05 for two methods that truly differ "
        "by `minimum_detectable` (of normal differences, from their true standard deviation).\n\n"
        + _markdown(_power())
    )
    (Path(__file__).parent / "results" / "coverage.md").write_text(text)
    print(text)


def clustered(rng: np.random.Generator, recordings: int) -> np.ndarray:
    """Scores of patients who have one, two or three recordings each."""
    owner = clusters(recordings)
    scores: np.ndarray = rng.normal(size=recordings)[owner] + rng.normal(size=recordings)
    return scores


def clusters(recordings: int) -> np.ndarray:
    """Whose each recording is: 0, 1 1, 2 2 2, 3, 4 4, ..."""
    return np.repeat(np.arange(recordings), np.resize([1, 2, 3], recordings))[:recordings]


def patients_of(scores: str, recordings: int) -> list[str]:
    owner = clusters(recordings) if scores == "clustered" else np.arange(recordings)
    return [f"{patient:03}" for patient in owner]


def coverage(simulated: Iterator[tuple[float, Interval]]) -> float:
    """Share of intervals that hold the truth which comes with them."""
    return float(np.mean([low <= truth <= high for truth, (low, high) in simulated]))


def of_means(
    scores: str,
    recordings: int,
    repetitions: int,
    kind: Literal["percentile", "BCa", "expanded BCa"] = "expanded BCa",
) -> Iterator[tuple[float, Interval]]:
    draw, truth, _, _ = SCORES[scores]
    patients, rng = patients_of(scores, recordings), np.random.default_rng(recordings)
    for _ in range(repetitions):
        values = draw(rng, recordings)
        if kind == "expanded BCa":
            yield truth, statistic_interval(values, patients, "mean")
            continue
        sums, sizes = (patients_sums(each, patients) for each in (values, np.ones(recordings)))
        drawn = draw_patients(len(sums), 0)
        resampled = (drawn @ sums) / (drawn @ sizes)
        if kind == "percentile":
            low, high = np.quantile(resampled, [0.025, 0.975])
            yield truth, (float(low), float(high))
        else:
            left_out = (sums.sum() - sums) / (sizes.sum() - sizes)
            yield truth, bca(resampled, float(values.mean()), left_out, 1.96)


def of_quantiles(
    scores: str, recordings: int, repetitions: int, kind: Literal["p50", "p95"]
) -> Iterator[tuple[float, Interval]]:
    draw, _, median, p95 = SCORES[scores]
    patients, rng = patients_of(scores, recordings), np.random.default_rng(recordings)
    for _ in range(repetitions):
        found = statistic_interval(draw(rng, recordings), patients, kind)
        yield median if kind == "p50" else p95, found


def of_skill(recordings: int, repetitions: int) -> Iterator[tuple[float, Interval]]:
    """A method half way between floor and ceiling, which are four standard deviations apart."""
    patients, rng = patients_of("normal", recordings), np.random.default_rng(recordings)
    for _ in range(repetitions):
        floor, middle, top = rng.normal([0, 2, 4], size=(recordings, 3)).T
        yield 0.5, skill(middle, floor, top, patients)[1:]


def of_seeds(
    recordings: int, seeds: int, repetitions: int, *, spread: float
) -> Iterator[tuple[float, Interval]]:
    """Skewed patients, `spread` of seeds, and each patient's own answer to each seed."""
    patients, rng = patients_of("normal", recordings), np.random.default_rng(recordings)
    for _ in range(repetitions):
        skewed = rng.exponential(size=(recordings, 1)) - 1
        own = rng.normal(size=(recordings, seeds)) / 2
        scores = pd.DataFrame(skewed + own + spread * rng.normal(size=seeds))
        yield 0.0, seeds_interval(scores, patients)[1:]


def of_pairs(
    recordings: int, nets: int, repetitions: int, *, spread: float
) -> Iterator[tuple[float, Interval]]:
    """Similarity of two nets: `spread` of either, the pair's own, patients (skewed), and both."""
    patients, rng = patients_of("normal", recordings), np.random.default_rng(recordings)
    for _ in range(repetitions):
        net = spread * rng.normal(size=nets)
        own = rng.normal(size=(nets, nets, recordings)) / 2
        own += spread / 2 * rng.normal(size=(nets, nets, 1))
        skewed = rng.exponential(size=recordings) - 1
        scores = net[:, None, None] + net[:, None] + own + own.transpose(1, 0, 2) + skewed
        yield 0.0, pairs_interval(scores, patients)[1:]


def of_agreement(
    recordings: int, methods: int, repetitions: int, *, spread: float, alike: float
) -> Iterator[tuple[float, Interval]]:
    """Two metrics whose true means of methods, `spread` apart, correlate by `alike`."""
    patients, rng = patients_of("normal", recordings), np.random.default_rng(recordings)
    for _ in range(repetitions):
        first, other = spread * rng.normal(size=(2, methods))
        second = alike * first + np.sqrt(1 - alike**2) * other
        one, two = (
            pd.DataFrame(mean + rng.normal(size=(recordings, methods))) for mean in (first, second)
        )
        truth = agreement(pd.Series(first), pd.Series(second))
        yield truth, rank_agreement(one, two, patients)[1:]


def nothing(scores: str, recordings: int, repetitions: int) -> Iterator[pd.DataFrame]:
    """Scores of four methods that do not differ."""
    draw, rng = SCORES[scores][0], np.random.default_rng(recordings)
    for _ in range(repetitions):
        each = np.stack([draw(rng, recordings) for _ in range(5)], axis=1)
        yield pd.DataFrame(each[:, 1:] + each[:, :1])


def false_findings(
    test: Callable[[pd.DataFrame, list[str]], float],
    scores: str,
    recordings: int,
    repetitions: int,
) -> float:
    """Share of sets in which the smallest p of a test is below 0.05 though nothing differs."""
    patients = patients_of(scores, recordings)
    sets = nothing(scores, recordings, repetitions)
    return float(np.mean([test(each, patients) < 0.05 for each in sets]))


TESTS: dict[str, Callable[[pd.DataFrame, list[str]], float]] = {
    "Wilcoxon with Holm": lambda s, p: compare_pairs(s, p, better="higher")["p_holm"].min(),
    "Friedman": lambda s, p: friedman(s, p)[1],
}


def power(recordings: int, repetitions: int) -> float:
    """Share of sets in which a difference of `minimum_detectable` has p < 0.05."""
    patients, rng = patients_of("normal", recordings), np.random.default_rng(recordings)
    alternating = np.resize([1.0, -1.0], recordings)
    least = minimum_detectable(alternating / alternating.std(ddof=1), patients)
    found = []
    for _ in range(repetitions):
        scores = pd.DataFrame({"a": rng.normal(least, size=recordings), "b": 0.0})
        found.append(compare_pairs(scores, patients, better="higher")["p"][0] < 0.05)
    return float(np.mean(found))


def of_groups(
    scores: str, recordings: int, repetitions: int, *, share: float, spread: float = 1.0
) -> Iterator[tuple[float, Interval]]:
    """p and interval of two groups of patients with the same mean: `share` of the patients are in
    the first, whose scores scatter by `spread` about it."""
    draw, truth, _, _ = SCORES[scores]
    patients, rng = patients_of(scores, recordings), np.random.default_rng(recordings)
    names = np.unique(patients)
    size = round(share * len(names))
    for _ in range(repetitions):
        first = np.isin(patients, rng.permutation(names)[:size])
        values = draw(rng, recordings) - truth
        values = np.where(first, spread * values, values)
        found = compare_groups(values, patients, first, ~first)
        yield float(found["p"]), (found["ci_low"], found["ci_high"])


def _groups() -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for scores in ("normal", "exponential", "clustered"):
        for share, spread in ((0.5, 1.0), (0.25, 1.0), (0.25, 2.0)):
            for n in RECORDINGS[2:]:
                few = REPETITIONS // 4
                size = round(share * len(set(patients_of(scores, n))))
                if size < FEWEST_PATIENTS:
                    continue
                found = [*of_groups(scores, n, few, share=share, spread=spread)]
                row: dict[str, object] = {"scores": scores, "first group": share}
                row |= {
                    "its spread": f"{spread:g}",
                    "recordings": n,
                    "p < 0.05": float(np.mean([p < 0.05 for p, _ in found])),
                }
                held = float(np.mean([low <= 0 <= high for _, (low, high) in found]))
                apart = float(np.mean([told_apart(p, *ends) for p, ends in found]))
                rows.append(row | {"interval holds 0": held, "told apart": apart})
    return pd.DataFrame(rows)


def _means() -> pd.DataFrame:
    kinds: tuple[Literal["percentile", "BCa", "expanded BCa"], ...]
    kinds = ("percentile", "BCa", "expanded BCa")
    rows = []
    for scores in SCORES:
        for n in RECORDINGS:
            row: dict[str, object] = {"scores": scores, "recordings": n}
            row |= {kind: coverage(of_means(scores, n, REPETITIONS, kind)) for kind in kinds}
            rows.append(row | {"Student's t": coverage(_of_student(scores, n, REPETITIONS))})
    return pd.DataFrame(rows)


def _of_student(scores: str, recordings: int, repetitions: int) -> Iterator[tuple[float, Interval]]:
    """Of patients' means, which is what one would do by hand."""
    draw, truth, _, _ = SCORES[scores]
    patients, rng = patients_of(scores, recordings), np.random.default_rng(recordings)
    for _ in range(repetitions):
        each = patients_means(draw(rng, recordings), patients)
        reach = student.ppf(0.975, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each))
        yield truth, (float(each.mean() - reach), float(each.mean() + reach))


def _others() -> pd.DataFrame:
    few = REPETITIONS // 4
    rows: dict[str, Callable[[int], Iterator[tuple[float, Interval]]]] = {
        "median, normal": lambda n: of_quantiles("normal", n, few, "p50"),
        "median, exponential": lambda n: of_quantiles("exponential", n, few, "p50"),
        "95th percentile, exponential": lambda n: of_quantiles("exponential", n, few, "p95"),
        "skill, half way": lambda n: of_skill(n, few),
        "3 seeds that do not differ": lambda n: of_seeds(n, 3, few, spread=0),
        "3 seeds, sd 0.2": lambda n: of_seeds(n, 3, few, spread=0.2),
        "5 seeds that do not differ": lambda n: of_seeds(n, 5, few, spread=0),
        "5 seeds, sd 0.2": lambda n: of_seeds(n, 5, few, spread=0.2),
        "5 seeds, sd 1": lambda n: of_seeds(n, 5, few, spread=1),
        "pairs of 3 nets, sd 0.1": lambda n: of_pairs(n, 3, few, spread=0.1),
        "pairs of 5 nets, sd 0.1": lambda n: of_pairs(n, 5, few, spread=0.1),
        "pairs of 5 nets, sd 0.5": lambda n: of_pairs(n, 5, few, spread=0.5),
        "tau, 5 methods, unlike": lambda n: of_agreement(n, 5, few, spread=0.5, alike=0),
        "tau, 5 methods, alike by 0.7": lambda n: of_agreement(n, 5, few, spread=0.5, alike=0.7),
        "tau, 5 methods, the same": lambda n: of_agreement(n, 5, few, spread=0.5, alike=1),
        "tau, 10 methods, alike by 0.7": lambda n: of_agreement(n, 10, few, spread=0.5, alike=0.7),
        "tau, 10 methods, the same": lambda n: of_agreement(n, 10, few, spread=0.5, alike=1),
    }
    return pd.DataFrame(
        [
            {"interval": name} | {f"n = {n}": coverage(simulated(n)) for n in RECORDINGS}
            for name, simulated in rows.items()
        ]
    )


def _tests() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"test": name, "scores": scores}
            | {f"n = {n}": false_findings(test, scores, n, REPETITIONS // 8) for n in RECORDINGS}
            for name, test in TESTS.items()
            for scores in ("normal", "exponential", "clustered")
        ]
    )


def _power() -> pd.DataFrame:
    found = {f"n = {n}": power(n, REPETITIONS // 8) for n in RECORDINGS}
    return pd.DataFrame([{"test": "Wilcoxon"} | found])


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1]]
    for row in table.itertuples(index=False):
        lines.append([f"{100 * x:.1f}" if isinstance(x, float) else str(x) for x in row])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


if __name__ == "__main__":
    main()
