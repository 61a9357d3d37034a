"""How alike nets explain that differ in their seed, or in their architecture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from xai_bench.report.stability.findings.order import native_or_not, pairs_of
from xai_bench.report.stability.findings.words import SIGNIFICANT, estimate, listed, p_value, span
from xai_bench.report.stability.published import SELF_CONSISTENCY, SELF_CONSISTENCY_OF
from xai_bench.stats import holm
from xai_bench.studies.stability.headline_scores import (
    HEADLINES,
    MEASURE,
    explaining,
    headline,
    wide,
)
from xai_bench.studies.stability.initialisations import JOINED
from xai_bench.studies.stability.schema import FLOORS

__all__ = ["of_initialisations"]


def of_initialisations(scores: pd.DataFrame, table: pd.DataFrame, model: str) -> Iterator[str]:
    methods = explaining(list(dict.fromkeys(scores["method"])))
    rows = table[(table["measure"] == MEASURE) & (table["given"] == "all")]
    rows = rows[rows["method"].isin(methods) & rows["mean"].notna()]
    same = rows[rows["condition"] == "same net"].sort_values("mean", kind="stable")
    if len(same):
        yield _self_consistency(scores, rows, same, model)
        seeds = headline("seeds", scores, model)
        seeds = seeds[[name for name in methods if name in seeds.scores.columns]]
        native = native_or_not(seeds, pairs_of(seeds), model, HEADLINES["seeds"])
        if native:
            yield f"{native} Of these nets: the test is over patients."
    for other in dict.fromkeys(rows.loc[rows["condition"] == "another net", "against"]):
        yield from _another_net(scores, str(other), model, methods)


def _self_consistency(
    scores: pd.DataFrame, rows: pd.DataFrame, same: pd.DataFrame, model: str
) -> str:
    pairs = set(scores.loc[scores["condition"] == "same net", "against"])
    nets = {name for pair in pairs for name in pair.split(JOINED)}
    low, high = SELF_CONSISTENCY
    sides = [
        (int((same["mean"] < low).sum()), "below"),
        (int(same["mean"].between(low, high).sum()), "within"),
        (int((same["mean"] > high).sum()), "above"),
    ]
    placed = listed([f"{count} {where}" for count, where in sides if count])
    floor = rows[rows["condition"] == FLOORS["initialisations"]]
    floors = f" To the untrained net: {span(floor)}." if len(floor) else ""
    return (
        f"Similarity of the explanations of {len(nets)} nets of {model} that differ in their seed: "
        f"{span(same)}; Spearman, n = {int(same['n'].min())} recordings. Of {len(same)} methods "
        f"{placed} the published {low:.2f} to {high:.2f} (mean correlation; {SELF_CONSISTENCY_OF})."
        f"{floors}"
    )


def _another_net(scores: pd.DataFrame, other: str, model: str, methods: list[str]) -> Iterator[str]:
    """Seeds against another architecture, method by method, on the recordings' means over pairs.

    Holm's p is over the methods.
    """
    # What follows the other model's name is its seed.
    second = scores["against"].str.split(JOINED).str[-1]
    of_other = (second == other) | second.str.startswith(f"{other}-seed")
    same, another = scores["condition"] == "same net", scores["condition"] == "another net"
    rows = scores[(scores["measure"] == MEASURE) & (same | (another & of_other))]
    found = []
    for method in methods:
        both = wide(rows[rows["method"] == method], "condition")
        if both.scores.shape[1] == 2:
            found.append(pairs_of(both).iloc[0].to_dict() | {"method": method})
    if not found:
        return
    pairs = pd.DataFrame(found)
    pairs["p_holm"] = holm(pairs["p"].to_numpy(np.float64))
    told = (pairs["p_holm"] < SIGNIFICANT) & (pairs["ci_low"] > 0)
    less, more = (pairs[told & (pairs["first"] == kind)] for kind in ("same net", "another net"))
    unknown = pairs[~told]
    said = []
    if len(less):
        said.append(f"more with each other than with {other} by {_differences(less)}")
    if len(more):
        said.append(f"less with each other than with {other} by {_differences(more)}")
    if len(unknown):
        least = unknown["least"].max()
        power = "" if np.isnan(least) else f" (least detectable difference {least:.2g})"
        said.append(
            f"no more and no less with {other} as far as can be told, by "
            f"{listed(list(unknown['method']))}{power}"
        )
    yield f"Seeds of {model} agree {'; '.join(said)}. n = {int(pairs['n'].min())} recordings."


def _differences(pairs: pd.DataFrame) -> str:
    words = [
        f"{estimate(row['difference'], row['ci_low'], row['ci_high'])} ({row['method']})"
        for _, row in pairs.sort_values("difference", kind="stable").iterrows()
    ]
    return f"{listed(words)} (Holm {p_value(pairs['p_holm'].max())} at most)"
