"""What a study of method accuracy found, in sentences made of its table alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import pandas as pd

from xai_bench.report.formats import span
from xai_bench.report.method_accuracy.accuracy_rows import AccuracyRows
from xai_bench.report.stability.wording import listed, of_row
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.method_accuracy.accuracy_measures import PARTS
from xai_bench.types import is_control

__all__ = ["NEARLY", "AccuracyFinding", "AccuracyFindings"]

NEARLY = 0.95
"""Of the cosine, an angle of 18 degrees: a method is right where all of its interval is above."""


_SAME_SIZE = 0.1
"""Of the size of the truth: a map that differs by more is said to."""
_SAME_SHARE = 0.05
"""Of a map's size in a lead: a method that differs by no more has as much there as the truth."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyFinding:
    """One sentence of what was found on a net."""

    model: str
    text: str
    """Plain, without markup; it names its net and its parts."""


@final
@dataclass(frozen=True, eq=False)
class AccuracyFindings:
    """What a study of method accuracy found: of each net, at parts whose truth is unique."""

    result: StudyResult

    @cached_property
    def sentences(self) -> list[AccuracyFinding]:
        """By net: of single parts and of coarser ones, as far as the truth is unique."""
        rows = AccuracyRows(self.result)
        return [
            AccuracyFinding(model=model, text=text)
            for model in rows.models
            for parts in PARTS
            if rows.is_unique(model, parts)
            for text in _sentences(rows, model, parts)
        ] + list(_shortcuts(rows))

    @cached_property
    def left_out(self) -> list[str]:
        """Recordings and methods, one line each, and why."""
        lines = list(self.result.facts["left_out"])
        reasons: dict[tuple[str, str], list[str]] = {}
        for one in self.result.facts["skipped"]:
            reasons.setdefault((one["model"], one["reason"]), []).append(one["method"])
        lines += [_skipped(model, reason, names) for (model, reason), names in reasons.items()]
        failed = self.result.table[
            (self.result.table["n_failed"] > 0) & (self.result.table["measure"] == "mass")
        ]
        for names, of_pair in failed.groupby(["model", "method", "n_failed"], sort=False):
            model, method, count = names
            lines.append(f"{model}, {method}: {count} recordings: {of_pair['reason'].iloc[0]}")
        return list(dict.fromkeys(lines))


def _sentences(rows: AccuracyRows, model: str, parts: str) -> Iterator[str]:
    found = {
        method: row
        for method in rows.methods
        if (row := rows.row(model, method, parts, "cosine")) is not None and row["n"] > 0
    }
    tested = {name: row for name, row in found.items() if not is_control(name)}
    if not tested:
        return
    where = f"{model}, {PARTS[parts].split(',')[0]}"
    if any(math.isnan(row["ci_low"]) for row in tested.values()):
        yield f"{where}: too few patients for intervals, so nothing is said of methods."
        return
    right = {name: row for name, row in tested.items() if _is_right(row)}
    n = span(
        min(int(row["n"]) for row in tested.values()), max(int(row["n"]) for row in tested.values())
    )
    listed_right = [_with_size(rows, model, name, parts, row) for name, row in right.items()]
    text = f"{where}: nearly proportional to the truth (cosine at least {NEARLY:g}, all of its "
    text += f"interval) {_are(listed_right)}"
    yield f"{text}; of {len(tested)} methods, n = {n} recordings."
    blind = [
        name for name in tested if not _is_nearer(rows.row(model, name, parts, "above_amplitude"))
    ]
    if blind:
        yield (
            f"{where}: not shown to tell better than |z| where the truth has its mass (paired "
            f"difference of mass overlap, its interval reaches 0 or below): {listed(blind)}."
        )


def _shortcuts(rows: AccuracyRows) -> Iterator[AccuracyFinding]:
    """Of nets with a suspect lead: whether methods put there what the truth does, paired."""
    words = {
        "as much": f"as much, the interval of the paired difference within {_SAME_SHARE:g}, "
        "by {}",
        "more": "more by {}",
        "less": "less by {}",
        "not told": "not told apart by {}",
    }
    for model in rows.models:
        lead = rows.result.facts["models"][model]["suspect_lead"]
        truth = rows.row(model, "truth", "lead", "shortcut")
        if not lead or truth is None:
            continue
        groups: dict[str, list[str]] = {}
        cancelled: list[str] = []
        for method in rows.methods:
            excess = rows.row(model, method, "lead", "shortcut_excess")
            share = rows.row(model, method, "lead", "shortcut")
            if (
                is_control(method)
                or share is None
                or excess is None
                or math.isnan(excess["ci_low"])
            ):
                continue
            kind = _verdict(excess)
            shown = method if kind == "as much" else f"{method} {of_row(share)}"
            groups.setdefault(kind, []).append(shown)
            if kind == "less" and _is_right(rows.row(model, method, "lead", "cosine")):
                cancelled.append(method)
        parts = [
            text.format(listed(groups[kind])) for kind, text in words.items() if kind in groups
        ]
        if parts:
            text = (
                f"{model}, share of |map| of single samples in {lead}, which says nothing of "
                f"the class: the truth has {of_row(truth)}; {'; '.join(parts)}."
                f"{_in_sums(cancelled)}"
            )
            yield AccuracyFinding(model=model, text=text)


def _is_right(cosine: pd.Series | None) -> bool:
    return cosine is not None and bool(cosine["ci_low"] >= NEARLY)


def _in_sums(methods: list[str]) -> str:
    """Of methods with less of |map| in a lead than the truth, whose leads' sums are right."""
    if not methods:
        return ""
    return (
        " Within a region or a lead what speaks for and against cancels, and a map of regions has "
        "no more than what is left: less is not shown to be wrong of those whose sums over leads "
        f"are nearly proportional to the truth, {listed(methods)}."
    )


def _verdict(excess: pd.Series) -> str:
    """Of a paired difference from the truth, by its interval."""
    low, high = float(excess["ci_low"]), float(excess["ci_high"])
    if max(abs(low), abs(high)) <= _SAME_SHARE:
        return "as much"
    if low > 0:
        return "more"
    return "less" if high < 0 else "not told"


def _is_nearer(row: pd.Series | None) -> bool:
    return row is not None and bool(row["ci_low"] > 0)


def _skipped(model: str, reason: str, methods: list[str]) -> str:
    """Most reasons begin with the name of the method."""
    if len(methods) == 1 and methods[0] in reason:
        return f"{model}: {reason}"
    return f"{model}: {reason} ({listed(methods)})"


def _are(names: list[str]) -> str:
    if not names:
        return "is no method"
    return f"{'is' if len(names) == 1 else 'are'} {listed(names)}"


def _with_size(rows: AccuracyRows, model: str, method: str, parts: str, cosine: pd.Series) -> str:
    """A map may point as the truth does, and be larger or smaller throughout."""
    size = rows.row(model, method, parts, "size")
    if size is None or math.isnan(size["value"]) or abs(size["value"] - 1) <= _SAME_SIZE:
        return f"{method} {of_row(cosine)}"
    return f"{method} {of_row(cosine)} (of {size['value']:.2g} times its size)"
