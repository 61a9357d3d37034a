"""Whether a beat is explained like the next one."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from xai_bench.report.stability.findings.order import first_and_last, native_or_not, pairs_of
from xai_bench.report.stability.findings.words import apart, between, listed, of_wide, span, verdict
from xai_bench.studies.stability.headline_scores import (
    HEADLINES,
    MEASURE,
    Wide,
    explaining,
    headline,
    wide,
)
from xai_bench.studies.stability.schema import FLOORS, WAVES_OF_A_BEAT

__all__ = ["of_beats"]


def of_beats(scores: pd.DataFrame, table: pd.DataFrame, model: str) -> Iterator[str]:
    beats = headline("beats", scores, model)
    beats = beats[explaining(list(beats.scores.columns))]
    if beats.scores.shape[1] == 0:
        return
    pairs = pairs_of(beats)
    yield (
        f"Similarity of {model}'s explanations of neighbouring beats: "
        f"{first_and_last(beats, pairs, HEADLINES['beats'].better)}. Spearman, whole beats, "
        f"n = {len(beats.scores)} recordings.{_floor(scores, table, beats)}"
    )
    native = native_or_not(beats, pairs, model, HEADLINES["beats"])
    if native:
        yield native
    yield from _waves(scores, model, list(beats.scores.columns))


def _floor(scores: pd.DataFrame, table: pd.DataFrame, beats: Wide) -> str:
    """Which methods cannot be said to explain a beat more like the next than like a stranger's."""
    rows = scores[(scores["measure"] == MEASURE) & (scores["against"] == "beat")]
    floor = (table["condition"] == FLOORS["beats"]) & (table["against"] == "beat")
    floor &= (table["measure"] == MEASURE) & table["method"].isin(beats.scores.columns)
    alike = []
    for method in beats.scores.columns:
        both = wide(rows[rows["method"] == method], "condition")
        if both.scores.shape[1] == 2:
            pair = pairs_of(both).iloc[0]
            if not (apart(pair) and pair["first"] == "next beat"):
                alike.append(str(method))
    found = span(table[floor])
    if not found:
        return ""
    text = f" To beats of another recording: {found}"
    return f"{text}; not told apart from them: {listed(alike)}." if alike else f"{text}."


def _waves(scores: pd.DataFrame, model: str, methods: list[str]) -> Iterator[str]:
    """The mean over methods, wave by wave."""
    rows = scores[(scores["condition"] == "next beat") & (scores["measure"] == MEASURE)]
    rows = rows[rows["against"].isin(WAVES_OF_A_BEAT) & rows["method"].isin(methods)]
    waves = wide(rows, "against")
    known = waves.scores.dropna(axis=1, how="all")
    if known.shape[1] < 2:
        return
    means = known.mean().sort_values(ascending=False, kind="stable")
    first, last = str(means.index[0]), str(means.index[-1])
    pair = between(pairs_of(Wide(known, waves.patients)), first, last)
    yield (
        f"Wave by wave, similarity of {model}'s explanations of neighbouring beats is highest in "
        f"{first}, {of_wide(waves, first)}, and lowest in {last}, {of_wide(waves, last)} (mean "
        f"over {len(methods)} methods): {verdict(pair, 'more alike')}. "
        f"n = {int(pair['n'])} recordings."
    )
