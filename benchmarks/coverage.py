"""How often 95 % intervals hold the truth and tests of nothing find something, by simulation.

Writes benchmarks/results/coverage.md; `coverage.py verdicts least` anew only the sections that
begin so. tests/stats/test_coverage.py runs a part of it.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Hashable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import scipy
from scipy.stats import t as student

from xai_bench.stats import (
    ALPHA,
    FEWEST_PATIENTS,
    agreement,
    compare_groups,
    compare_pairs,
    friedman,
    holm,
    minimum_detectable,
    pairs_interval,
    rank_agreement,
    seeds_interval,
    skill,
    statistic_interval,
    told_apart,
)
from xai_bench.stats.bootstrap import bca, draw_patients, patients_sums
from xai_bench.stats.paired import patients_means, signed_rank_p

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


def main(wanted: list[str]) -> None:
    """Simulate the sections that are named, by the first word of their heading, or all."""
    path = Path(__file__).parent / "results" / "coverage.md"
    before = path.read_text(encoding="utf-8").split("\n## ")[1:] if wanted else []
    stored = {part.partition("\n")[0]: part.partition("\n\n")[2].rstrip() for part in before}
    text = (
        "# Coverage of intervals and false findings of tests\n\n"
        f"`make coverage`: numpy {np.__version__}, scipy {scipy.__version__}, Python "
        f"{platform.python_version()}; {REPETITIONS} simulated sets of scores a number of means, "
        f"{REPETITIONS // 4} of other intervals, {REPETITIONS // 8} of tests and of verdicts on 4 "
        f"methods, {REPETITIONS // 16} of verdicts on 10 and {REPETITIONS // 25} of least "
        "differences (standard errors of 0.3, 0.7, 1 and 1.4 points at 95 or 5 %, and of 3 at "
        "80 %). "
        "Every recording is of another patient, but for `clustered`: patients with one to three "
        "recordings, half of the variance theirs.\n"
    )
    for heading, (about, simulate) in SECTIONS.items():
        if not wanted or heading.split()[0].lower() in wanted:
            stored[heading] = f"{about}\n\n{_markdown(simulate())}".rstrip()
        if heading in stored:
            text += f"\n## {heading}\n\n{stored[heading]}\n"
    path.write_text(text, encoding="utf-8")
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


Pair = tuple[Hashable, Hashable]
Alike = Callable[[np.random.Generator, int, int], np.ndarray]
"""Scores (recording x method) of methods whose means do not differ."""


def _shared(draw: Draw) -> Alike:
    """What is the recording's, and what is each method's own."""

    def alike(rng: np.random.Generator, recordings: int, methods: int) -> np.ndarray:
        own = [draw(rng, recordings) for _ in range(methods + 1)]
        return np.stack(own[1:], axis=1) + own[0][:, None]

    return alike


def _one_skewed(rng: np.random.Generator, recordings: int, methods: int) -> np.ndarray:
    """The differences of the first from all others are skewed, and of mean zero."""
    scores: np.ndarray = 0.3 * rng.normal(size=(recordings, methods))
    scores[:, 0] += rng.exponential(size=recordings) - 1
    return scores


def _hits(rng: np.random.Generator, recordings: int, methods: int) -> np.ndarray:
    """0 or 1, as in a pointing game: differences of three values."""
    return (rng.random((recordings, methods)) < 0.5).astype(np.float64)


ALIKE: dict[str, Alike] = {
    "normal": _shared(SCORES["normal"][0]),
    "skewed differences": _one_skewed,
    "heavy-tailed (t of 3)": _shared(lambda rng, n: rng.standard_t(3, size=n)),
    "hits and misses": _hits,
    "clustered": _shared(SCORES["clustered"][0]),
}


def _owners(scores: str, recordings: int) -> list[str]:
    return patients_of("clustered" if scores == "clustered" else "normal", recordings)


def verdicts(scores: pd.DataFrame, patients: list[str]) -> tuple[dict[Pair, bool], bool]:
    """Whether the first of every two columns is told apart as the higher one, or the second; and
    whether any p after Holm is below 0.05. As `compare_pairs` says, in a tenth of the time: what
    fails by p needs no interval."""
    each = {name: scores[name].to_numpy() for name in scores}
    pairs = list(combinations(each, 2))
    p = holm(np.array([signed_rank_p(each[a] - each[b], patients) for a, b in pairs]))
    found = {}
    for (a, b), of_pair in zip(pairs, p, strict=True):
        ends = (float("nan"),) * 2
        if of_pair < ALPHA:
            ends = statistic_interval(each[a] - each[b], patients, "mean")
        apart = told_apart(float(of_pair), *ends)
        found[a, b], found[b, a] = apart and ends[0] > 0, apart and ends[1] < 0
    return found, bool((p < ALPHA).any())


def false_verdicts(
    scores: str, recordings: int, methods: int, repetitions: int
) -> tuple[float, float]:
    """Share of sets of methods that do not differ in which any two are told apart; and in which
    any p after Holm is below 0.05, whatever the interval."""
    patients, rng = _owners(scores, recordings), np.random.default_rng(recordings)
    apart, by_p = 0, 0
    for _ in range(repetitions):
        each = pd.DataFrame(ALIKE[scores](rng, recordings, methods))
        found, sure = verdicts(each, patients)
        apart += any(found.values())
        by_p += sure
    return apart / repetitions, by_p / repetitions


def power(scores: str, recordings: int, methods: int, repetitions: int) -> float:
    """Share of sets in which the first of `methods`, truly higher than all others by the `least`
    that another set printed, is told apart from the second by the verdict on all pairs.

    Hits and misses become more and fewer; all other scores are shifted. NaN where some set has no
    such difference.
    """
    patients, rng = _owners(scores, recordings), np.random.default_rng(recordings)
    tests = methods * (methods - 1) // 2
    found = 0
    for _ in range(repetitions):
        before = ALIKE[scores](rng, recordings, methods)
        least = minimum_detectable(before[:, 0] - before[:, 1], patients, tests=tests)
        if not np.isfinite(least):
            return float("nan")
        each = ALIKE[scores](rng, recordings, methods)
        if scores == "hits and misses":
            each[:, 0] = rng.random(recordings) < 0.5 + least / 2
            each[:, 1:] = rng.random((recordings, methods - 1)) < 0.5 - least / 2
        else:
            each[:, 0] += least
        found += verdicts(pd.DataFrame(each), patients)[0][0, 1]
    return found / repetitions


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


def _false_verdicts() -> pd.DataFrame:
    rows = []
    for scores in ALIKE:
        for methods in (4, 10):
            sets = REPETITIONS // 8 if methods == 4 else REPETITIONS // 16
            found = [false_verdicts(scores, n, methods, sets) for n in RECORDINGS]
            for rule, place in (("told apart", 0), ("Holm's p alone", 1)):
                row: dict[str, object] = {"scores": scores, "methods": f"{methods}", "rule": rule}
                rows.append(
                    row
                    | {f"n = {n}": each[place] for n, each in zip(RECORDINGS, found, strict=True)}
                )
    return pd.DataFrame(rows)


def _power() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"scores": scores, "pairs": f"{methods * (methods - 1) // 2}"}
            | {f"n = {n}": power(scores, n, methods, REPETITIONS // 25) for n in RECORDINGS}
            for scores in ALIKE
            for methods in (2, 4, 10)
        ]
    )


def _markdown(table: pd.DataFrame) -> str:
    lines = [list(table.columns), ["---"] * table.shape[1]]
    for row in table.itertuples(index=False):
        lines.append([_percent(x) if isinstance(x, float) else str(x) for x in row])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.1f}"


SECTIONS: dict[str, tuple[str, Callable[[], pd.DataFrame]]] = {
    "Intervals of a mean": (
        "Percent of 95 % intervals that hold the true mean. `statistic_interval` is the expanded "
        "BCa (Hesterberg 2015); the others stand beside it to say why.",
        _means,
    ),
    "Other intervals": ("Percent that hold the truth.", _others),
    "Tests where methods do not differ": (
        "Percent of sets in which any p < 0.05, of four methods with exchangeable scores that "
        "share what is the recording's.",
        _tests,
    ),
    "Two groups of patients that do not differ": (
        "Percent of sets in which `compare_groups` has p < 0.05 for the scores of two groups of "
        "patients with the same mean, and in which the interval of their difference holds 0; "
        "`told apart`: both say that they differ, which is what is reported. "
        "`first group`: percent of patients. Where the two scatter unlike each other the null of a "
        f"rank test does not hold. {REPETITIONS // 4} sets a row.",
        _groups,
    ),
    "Verdicts where methods do not differ": (
        "Percent of sets of 4 or 10 methods with equal means, 6 or 45 pairs, in which any two are "
        "`told_apart` (p after Holm below 0.05, and an interval without 0), and in which p alone "
        "would have done it. Where differences are skewed, ranks are not of the mean and the "
        "interval must agree.",
        _false_verdicts,
    ),
    "Least difference that is told apart": (
        "Percent of sets in which two of 2, 4 or 10 methods, 1, 6 or 45 pairs, are `told_apart` "
        "that truly differ by the `least` that another such set prints (`minimum_detectable`); all "
        "other methods are as good as the second. Meant are 80 %. –: so few patients that Holm "
        "over all pairs can tell none apart.",
        _power,
    ),
}

if __name__ == "__main__":
    main(sys.argv[1:])
