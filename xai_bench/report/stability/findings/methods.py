"""Which methods agree, and whether they are right where they do."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from xai_bench.report.stability.findings.order import native_or_not, pairs_of
from xai_bench.report.stability.findings.words import between, estimate, of_wide, verdict
from xai_bench.studies.stability.headline_scores import (
    HEADLINES,
    MEASURE,
    Wide,
    explaining,
    headline,
    wide,
)

__all__ = ["of_methods"]


def of_methods(scores: pd.DataFrame, table: pd.DataFrame, model: str) -> Iterator[str]:
    pairs = table[(table["condition"] == "pair") & (table["measure"] == MEASURE)]
    pairs = pairs[pairs["mean"].notna()].sort_values("mean", kind="stable")
    methods = explaining(list(dict.fromkeys([*pairs["method"], *pairs["against"]])))
    own = pairs["method"].isin(methods).astype(int) + pairs["against"].isin(methods)
    if (own == 2).any():
        yield _agreement(pairs[own == 2], model)
    if (own == 1).any():
        near = pairs[own == 1].iloc[-1]
        method, control = near["method"], near["against"]
        if method not in methods:
            method, control = control, method
        found = estimate(near["mean"], near["ci_low"], near["ci_high"])
        yield (
            f"Of {model}'s methods {method} is nearest to a control: {found} to {control} "
            f"(Spearman), n = {int(near['n'])} recordings."
        )
    evidence = headline("evidence", scores, model)
    if evidence.scores.shape[1] == 0:
        return
    compared = pairs_of(evidence)
    yield from _consensus(scores, evidence, model)
    native = native_or_not(evidence, compared, model, HEADLINES["evidence"])
    if native:
        yield native


def _agreement(pairs: pd.DataFrame, model: str) -> str:
    most = pairs.iloc[-1]
    text = f"Similarity of {model}'s methods to each other: {_pair(most)}"
    if len(pairs) > 1:
        text += f" is the highest, {_pair(pairs.iloc[0])} the lowest"
        text += f", {pairs['mean'].mean():.2f} the mean over {len(pairs)} pairs"
    return f"{text}; Spearman, n = {int(pairs['n'].min())} recordings."


def _pair(row: pd.Series) -> str:
    found = estimate(row["mean"], row["ci_low"], row["ci_high"])
    return f"{found} ({row['method']} and {row['against']})"


def _consensus(scores: pd.DataFrame, evidence: Wide, model: str) -> Iterator[str]:
    """Where all agree against the best single method and chance, on the same recordings."""
    best = str(evidence.scores.mean().idxmax())
    agree, chance = "what all agree on", "chance"
    named = {"consensus in evidence": agree, "chance": chance}
    single = (scores["measure"] == "single in evidence") & (scores["method"] == best)
    rows = scores[scores["measure"].isin(list(named)) | single]
    named["single in evidence"] = best
    three = wide(rows.assign(name=rows["measure"].map(named)), "name")
    if agree not in three.scores.columns:
        return
    compared = pairs_of(three)
    wrong = 1 - three.scores[agree].mean()
    better = "more often on planted evidence"
    yield (
        f"Of the samples of {model} that all {evidence.scores.shape[1]} methods have in their "
        f"largest 10 %, {of_wide(three, agree)} are planted evidence and {100 * wrong:.0f} % are "
        f"not; of those of {best} alone {of_wide(three, best)}, of all samples "
        f"{of_wide(three, chance)}. "
        f"{_capital(verdict(between(compared, agree, best), better))}; "
        f"{verdict(between(compared, agree, chance), better)}; "
        f"n = {int(three.scores[agree].notna().sum())} recordings."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
