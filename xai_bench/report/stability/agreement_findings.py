"""Which methods agree, and whether they are right where they do."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from xai_bench.report.stability.model_rows import ModelRows, Said, folded, shown, verdicts
from xai_bench.report.stability.wording import mean_of, of_row, span_of_means, verdict
from xai_bench.results.study_tables import select
from xai_bench.studies.stability.headline_scores import (
    HEADLINE_MEASURE,
    HEADLINES,
    by_recording,
    without_controls,
)

__all__ = ["agreement_findings"]


def agreement_findings(rows: ModelRows) -> Iterator[Said]:
    """Of methods with each other, with controls, and with the planted evidence."""
    pairs = select(rows.table, condition="pair", measure=HEADLINE_MEASURE)
    pairs = pairs.dropna(subset="value").sort_values("value", kind="stable")
    methods = without_controls(list(dict.fromkeys([*pairs["method"], *pairs["against"]])))
    agreeing = pairs[pairs["method"].isin(methods) & pairs["against"].isin(methods)]
    if len(agreeing):
        text = f"Methods of {rows.model} agree most in {_pair(agreeing.iloc[-1])}"
        if len(agreeing) > 1:
            text += f" and least in {_pair(agreeing.iloc[0])}"
            text += f"; the mean of {len(agreeing)} pairs is {agreeing['value'].mean():.2f}"
        yield shown(f"{text}; n = {int(agreeing['n'].max())}.")
    yield from _controls(rows, methods)
    if rows.headline.names:
        yield from _consensus(rows)
        yield from rows.native_verdict()


def _pair(row: pd.Series) -> str:
    return f"{row['method']} and {row['against']} ({of_row(row)})"


def _controls(rows: ModelRows, methods: list[str]) -> Iterator[Said]:
    """How near methods are to each control, and whether the nearest is told from the others."""
    pairs = select(rows.scores, condition="pair", measure=HEADLINE_MEASURE)
    ends = ("method", "against")
    for control in dict.fromkeys(pairs[list(ends)].to_numpy().ravel()):
        if control in methods:
            continue
        of_control = pd.concat(
            pairs[(pairs[one] == control) & pairs[other].isin(methods)].assign(name=pairs[other])
            for one, other in (ends, ends[::-1])
        )
        near = by_recording(of_control, "name")
        if not near.names:
            continue
        sizes = " (of sizes where a map has no signs)" if rows.protocol > 1 else ""
        yield shown(
            f"Similarity of methods of {rows.model} to {control}, a control{sizes}: "
            f"{span_of_means(near)}; n = {len(near.scores)}."
        )
        for said in verdicts(near, rows.model, f"nearer to {control}"):
            yield folded(said.text)


def _consensus(rows: ModelRows) -> Iterator[Said]:
    """Where all agree against the best single method and chance, on the same recordings."""
    scores, evidence = rows.scores, rows.headline
    best, agree, chance = str(evidence.scores.mean().idxmax()), "what all agree on", "chance"
    named = {"consensus in evidence": agree, "chance": chance, "single in evidence": best}
    others = (scores["measure"] == "single in evidence") & (scores["method"] != best)
    scores = select(scores[~others], measure=named)
    three = by_recording(scores.assign(name=scores["measure"].map(named)), "name")
    if agree not in three.names:
        return
    better = HEADLINES["methods"].better
    yield shown(
        f"Of the samples that all {len(evidence.names)} methods of {rows.model} have in their "
        f"largest 10 %, {mean_of(three, agree)} are planted evidence; of all samples "
        f"{mean_of(three, chance)}; n = {int(three.scores[agree].notna().sum())}."
    )
    yield shown(f"On {rows.model}, {verdict(three.pair(agree, chance), better)}.")
    yield folded(
        f"Of the samples that {best} alone has in its largest 10 %, {rows.model}: "
        f"{mean_of(three, best)}."
    )
    yield folded(f"On {rows.model}, {verdict(three.pair(agree, best), better)}.")
