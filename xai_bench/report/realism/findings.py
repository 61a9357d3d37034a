"""What gives made recordings away, in plain sentences that are made of the numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.realism.compared_recordings import NORMAL

__all__ = ["DISCOVERY_RATE", "facts", "findings", "number", "worst"]

DISCOVERY_RATE = 0.05
_WHOLE = ("ms", "/min", "°")
_MIDDLE = (25.0, 75.0)
_DIGITS = re.compile(r"\d+")


def facts(result: StudyResult) -> list[str]:
    """What was compared in a result of one comparison, one line each."""
    (compared,) = result.facts["comparisons"]
    label, fallback = compared["class"], compared["fallback"]
    of_made = f"labelled {label} alone" if label == NORMAL else f"labelled {label}"
    return [
        f"Real: {compared['real_n']} recordings of {compared['real']} ({compared['chosen']}).",
        f"Made: {compared['made_n']} recordings of {compared['made']} {of_made}, of each patient "
        f"one, seed {compared['seed']}.",
        f"Both at {compared['rate_hz']:g} Hz, {compared['seconds']:g} s, measured by the same "
        "rules, which look at no label.",
        *([fallback] if fallback else []),
        *(f"Left out: {line}." for line in compared["left_out"]),
        *_not_made(compared["not_made"]),
        "Not a validation where the generator was tuned on the same recordings; not for diagnosis.",
    ]


def _not_made(lines: Sequence[str]) -> list[str]:
    """How many recordings could not be made, and why."""
    if not lines:
        return []
    reasons = Counter(_DIGITS.sub("N", line.partition(": ")[2]) for line in lines)
    listed = "; ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
    return [f"Could not be made: {len(lines)} ({listed})."]


def findings(table: pd.DataFrame, made: str) -> list[str]:
    """One sentence a feature that differs, the feature with the largest distance first.

    made: what the made recordings are called.
    """
    differing = table[table["p"] < DISCOVERY_RATE]
    return [
        _sentence(
            row,
            made=made,
            differ=int((differing["feature"] == row["feature"]).sum()),
            leads=int((table["feature"] == row["feature"]).sum()),
        )
        for _, row in worst(table).iterrows()
    ]


def worst(table: pd.DataFrame) -> pd.DataFrame:
    """Of each feature that differs, the row of the lead that differs most; worst feature first."""
    differing = table[table["p"] < DISCOVERY_RATE].sort_values("ks", ascending=False, kind="stable")
    return differing.drop_duplicates("feature", ignore_index=True)


def number(value: float, unit: str = "") -> str:
    """Three significant digits or whole milliseconds, with the unit."""
    rounded = round(value, 0 if unit in _WHOLE else 4) + 0.0  # never "-0"
    text = f"{rounded:.0f}" if unit in _WHOLE else f"{rounded:.3g}"
    return f"{text} {unit}".rstrip()


def _sentence(row: pd.Series, *, made: str, differ: int, leads: int) -> str:
    unit = str(row["unit"])
    where = ""
    if row["lead"]:
        others = "" if differ == 1 else f" ({differ} of {leads} leads differ)"
        where = f" in {row['lead']}{others}"
    low, high = _MIDDLE
    if row["percentile"] > high:
        verdict = "lower"
    elif row["percentile"] < low:
        verdict = "higher"
    else:
        verdict = "spread differently"
    return (
        f"**{row['feature']}**{where}: {made} is {verdict}. "
        f"Median {number(row['made_q50'], unit)} "
        f"[{number(row['made_q10'])}, {number(row['made_q90'])}], "
        f"real {number(row['real_q50'], unit)} "
        f"[{number(row['real_q10'])}, {number(row['real_q90'])}]; the real median is at "
        f"percentile {row['percentile']:.0f} of {made}, KS distance {row['ks']:.2f}."
    )
