"""How alike nets explain that differ in their seed, or in their architecture."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from xai_bench.report.formats import p_of_a_sentence
from xai_bench.report.stability.model_rows import (
    ModelRows,
    Said,
    between_conditions,
    folded,
    shown,
)
from xai_bench.report.stability.wording import listed, lowest_to_highest, n_of, of_row
from xai_bench.results.study_tables import select
from xai_bench.studies.stability.schema import FLOORS, PAIR_SEPARATOR

__all__ = ["seed_findings"]


def seed_findings(rows: ModelRows) -> Iterator[Said]:
    """Of seeds with each other, and with each other architecture."""
    same = rows.similarities_under("same net")
    if len(same):
        yield from _self_consistency(rows, same)
        yield from rows.native_verdict()
    another = rows.similarities_under("another net")
    for other in dict.fromkeys(another["against"]):
        yield from _another_net(rows, str(other))


def _self_consistency(rows: ModelRows, same: pd.DataFrame) -> Iterator[Said]:
    pairs = set(select(rows.scores, condition="same net")["against"])
    nets = {name for pair in pairs for name in pair.split(PAIR_SEPARATOR)}
    intervals = "intervals over nets and patients"
    if same["ci_low"].isna().all():
        intervals = "too few nets for intervals over nets"
    yield shown(
        f"Similarity between {len(nets)} nets of {rows.model} that differ in their seed: "
        f"{lowest_to_highest(same)}; n = {n_of(same)}, {intervals}."
    )
    if floor := lowest_to_highest(rows.similarities_under(FLOORS["initialisations"])):
        drawn = "another for each recording" if rows.protocol > 1 else "one draw for all recordings"
        yield folded(f"To the untrained net of {rows.model}, {drawn}: {floor}.")


def _another_net(rows: ModelRows, other: str) -> Iterator[Said]:
    """Seeds against another architecture, method by method, on the recordings' means over pairs.

    Holm's p is over the methods.
    """
    scores = select(rows.scores, condition=("same net", "another net"))
    same = scores["condition"] == "same net"
    # What follows the other model's name is its seed.
    second = scores["against"].str.split(PAIR_SEPARATOR).str[-1]
    of_other = (second == other) | second.str.startswith(f"{other}-seed")
    pairs = between_conditions(scores[same | of_other], rows.methods)
    if pairs.empty:
        return
    nets = {name for pair in scores["against"][same] for name in pair.split(PAIR_SEPARATOR)}
    of = (
        f"n = {n_of(pairs)}, {len(nets)} nets of {rows.model} and {second[of_other].nunique()} of "
        f"{other}"
    )
    sure, unknown = pairs[pairs["apart"]], pairs[~pairs["apart"]]
    for word, kind in (("more", "same net"), ("less", "another net")):
        found = sure[sure["first"] == kind]
        if len(found):
            yield shown(
                f"Seeds of {rows.model} agree {word} with each other than with {other}, by "
                f"{_differences(found)}; {of}."
            )
    if len(unknown):
        least = unknown["least"].max()
        power = f" (least detectable difference {least:.2g})" if math.isfinite(least) else ""
        yield shown(
            f"Seeds of {rows.model} agree no more and no less with {other} as far as can be told, "
            f"by {listed(list(unknown['method']))}{power}; {of}."
        )


def _differences(pairs: pd.DataFrame) -> str:
    """The least and the greatest, of one row a method."""
    ordered = pairs.sort_values("difference", kind="stable")
    ends = [ordered.iloc[place] for place in dict.fromkeys((0, len(ordered) - 1))]
    words = [f"{of_row(row, 'difference')} ({row['method']})" for row in ends]
    between = f", and {len(pairs) - 2} between" if len(pairs) > 2 else ""
    p = p_of_a_sentence(float(np.max(pairs["p_holm"])))
    return f"{' to '.join(words)}{between} (Holm {p} at most)"
