"""What holds from one data set to another, in sentences that are made of the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from xai_bench.report.formats import decimals
from xai_bench.report.rankings.tables import UNRELIABLE, unreliable_nets
from xai_bench.report.stability.wording import listed
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.rankings.study import EVERY

__all__ = ["findings"]

_MOST = 4
"""Of a kind that are named in a sentence."""
_AS_GOOD = 0.1
"""A mean tau between halves of two data sets that is lower by no more than this than that of
halves of one counts as equal. Of five methods, one of whose ten pairs changes places, tau loses
.2."""


def findings(result: StudyResult, pairs: pd.DataFrame) -> list[str]:
    """Sentences about every two data sets."""
    return [
        sentence
        for (first, second), rows in result.table.groupby(["first", "second"], sort=False)
        for sentence in _of_two(
            rows,
            pairs[(pairs["first"] == first) & (pairs["second"] == second)],
            f"From {first} to {second}",
            unreliable_nets(result, str(first), str(second)),
            [
                one
                for one in result.facts["shared"]
                if (one["first"], one["second"]) == (first, second)
            ],
        )
    ]


def _of_two(
    rows: pd.DataFrame,
    pairs: pd.DataFrame,
    between: str,
    unreliable: Sequence[str],
    shared: Sequence[dict[str, Any]],
) -> Iterator[str]:
    """Nets that classify too badly on one of the two are in no count."""
    known = rows[(rows["metric"] != EVERY) & rows["value"].notna()]
    if known.empty:
        yield f"{between} nothing is known: {_commonest(rows['reason'])}."
        return
    good = known[~known["model"].isin(unreliable)]
    if len(good) < len(known):
        yield _not_counted(known[known["model"].isin(unreliable)], between)
    if len(good):
        yield _counted(good, between)
    yield from _by_net(rows, between, unreliable)
    if good.empty:
        return
    if shared:
        yield _shared(shared, between)
    yield _against_halves(rows[~rows["model"].isin(unreliable)], between)
    yield from _by_metric(good, between)
    yield _pairs(pairs[~pairs["model"].isin(unreliable)], between)


def _not_counted(rows: pd.DataFrame, between: str) -> str:
    nets = list(dict.fromkeys(rows["model"]))
    return (
        f"{between} {listed(nets)} {'classifies' if len(nets) == 1 else 'classify'} too badly on "
        f"one of the two ({UNRELIABLE}): {len(rows)} orders of methods are in no count here."
    )


def _shared(shared: Sequence[dict[str, Any]], between: str) -> str:
    planted, backgrounds = (
        _span(pd.Series([one[name] for one in shared])) for name in ("planted", "backgrounds")
    )
    return (
        f"{between}: of each net {planted} planted recordings are of {backgrounds} recordings that "
        "are scored as they are too, so that agreement between the two is not independent."
    )


def _counted(known: pd.DataFrame, between: str) -> str:
    count = known["verdict"].value_counts()
    parts = [
        f"{count.get(verdict, 0)} {words}"
        for verdict, words in (
            ("holds", "hold (interval of τ above 0, some pair certain, no certain swap)"),
            ("holds but for swaps", "hold but for methods that swap with certainty"),
            ("changes", "change (a certain swap, and an interval that reaches 0)"),
            ("not known", "are not known"),
        )
    ]
    nets = known["model"].nunique()
    return (
        f"{between}: of {len(known)} orders of methods ({known['metric'].nunique()} metrics, "
        f"{_nets(nets)}, {_span(known['methods'])} methods, n = "
        f"{_span(known['first_n'])} and {_span(known['second_n'])}) {listed(parts)}."
    )


def _by_net(rows: pd.DataFrame, between: str, unreliable: Sequence[str]) -> Iterator[str]:
    means = rows[(rows["metric"] == EVERY) & (rows["family"] == EVERY)]
    ordered = means.sort_values("value", ascending=False, kind="stable")
    shown = [
        f"{row['model']}{UNRELIABLE * (row['model'] in unreliable)} {_tau(row)}"
        for _, row in ordered.iterrows()
    ]
    good = means[~means["model"].isin(unreliable)]
    above = int((good["ci_low"] > 0).sum())
    counted = f"above 0 by its interval for {above} of the {_nets(len(good))} that can be relied on"
    yield (
        f"{between}, mean τ over metrics: {', '.join(shown)}; "
        f"{counted if len(good) else 'none can be relied on'} there."
    )


def _against_halves(rows: pd.DataFrame, between: str) -> str:
    means = rows[(rows["metric"] == EVERY) & (rows["family"] == EVERY)]
    means = means.dropna(subset=["halves_first", "halves_second", "halves_between"])
    if means.empty:
        return f"{between}: too few patients to halve."
    within = means[["halves_first", "halves_second"]].min(axis=1)
    lost = within - means["halves_between"]
    numbers = (means["halves_first"].mean(), means["halves_second"].mean())
    across = means["halves_between"].mean()
    worse = [str(name) for name in means.loc[lost > _AS_GOOD, "model"]]
    verdict = (
        f"it is lower by more than {_AS_GOOD:g} than the lower of the two for {listed(worse)}"
        if worse
        else f"it is lower by more than {_AS_GOOD:g} than the lower of the two for no net"
    )
    return (
        f"{between}: random halves of the first agree with τ {numbers[0]:.2f}, of the second "
        f"{numbers[1]:.2f}, a half of one with a half of the other {across:.2f} (mean over nets "
        f"and metrics); {verdict}."
    )


def _by_metric(known: pd.DataFrame, between: str) -> Iterator[str]:
    nets = known["model"].nunique()
    holds, changes = [], []
    for metric, of_metric in known.groupby("metric", sort=False):
        held = int(of_metric["verdict"].str.startswith("holds").sum())
        swapped = int((of_metric["pairs_swap"] > 0).sum())
        if held == len(of_metric):
            holds.append(f"{metric} (τ {_range(of_metric['value'])}, {_nets(held)})")
        if swapped:
            changes.append((swapped, f"{metric} ({swapped} of {_nets(len(of_metric))})"))
    if holds:
        yield f"{between}, the order holds for every net in {listed(holds)}."
    else:
        yield f"{between}, there is no metric whose order holds for all of {_nets(nets)}."
    if changes:
        first = [text for _, text in sorted(changes, key=lambda one: -one[0])]
        yield f"{between}, methods swap with certainty in {listed(first)}."


def _pairs(pairs: pd.DataFrame, between: str) -> str:
    swaps, holds = pairs[pairs["verdict"] == "swaps"], pairs[pairs["verdict"] == "holds"]
    sure = len(swaps) + len(holds)
    text = (
        f"{between}: of {len(pairs)} pairs of methods {sure} are apart on both data sets, by "
        f"interval and Holm's p; {len(holds)} of them keep their places and {len(swaps)} swap."
    )
    if swaps.empty:
        return text
    named = (swaps["method"] + " and " + swaps["other"]).value_counts()
    shown = [f"{name} ({count})" for name, count in named.head(_MOST).items()]
    return f"{text} Most often: {', '.join(shown)}."


def _commonest(reasons: pd.Series) -> str:
    said = reasons[reasons != ""]
    return str(said.mode().iloc[0]) if len(said) else "there is no net that both have"


def _span(values: pd.Series) -> str:
    least, most = int(values.min()), int(values.max())
    return f"{least}" if least == most else f"{least} to {most}"


def _nets(count: int) -> str:
    return "1 net" if count == 1 else f"{count} nets"


def _range(values: pd.Series) -> str:
    ends = dict.fromkeys(decimals(float(end)) for end in (values.min(), values.max()))
    return " to ".join(ends)


def _tau(row: pd.Series) -> str:
    value, low, high = (decimals(row[name] + 0.0) for name in ("value", "ci_low", "ci_high"))
    return f"{value} [{low}, {high}]"
