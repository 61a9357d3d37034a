"""How far explanations survive what happens to a recording."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from xai_bench.report.stability.findings.order import first_and_last, native_or_not, pairs_of
from xai_bench.report.stability.findings.words import between, of_wide, span, verdict
from xai_bench.studies.stability.headline_scores import (
    HEADLINES,
    MEASURE,
    SNR_DB,
    explaining,
    headline,
    wide,
)
from xai_bench.studies.stability.schema import FLOORS, NOISES

__all__ = ["of_input"]

_SHIFT = 50.0


def of_input(scores: pd.DataFrame, table: pd.DataFrame, model: str) -> Iterator[str]:
    methods = explaining([name for name in dict.fromkeys(scores["method"]) if name])
    if not methods:
        return
    noisy = headline("noise", scores, model)
    known = [name for name in methods if name in noisy.scores.columns]
    if known:
        noisy = noisy[known]
        pairs = pairs_of(noisy)
        better = HEADLINES["noise"].better
        yield (
            f"Similarity of {model}'s explanations under noise of {SNR_DB:g} dB that leaves the "
            f"prediction unchanged: {first_and_last(noisy, pairs, better)}. Spearman, mean of "
            f"{_noises(scores)} noises, n = {len(noisy.scores)} recordings{_floor(table, known)}."
        )
        native = native_or_not(noisy, pairs, model, HEADLINES["noise"])
        if native:
            yield native
    yield from _worst_noise(scores, table, model, methods)
    yield from _without_noise(table, model, methods)


def _noises(scores: pd.DataFrame) -> int:
    return len(set(scores["condition"]) & set(NOISES))


def _floor(table: pd.DataFrame, methods: list[str]) -> str:
    rows = table[table["condition"] == FLOORS["input"]]
    rows = rows[(rows["measure"] == MEASURE) & (rows["given"] == "all")]
    found = span(rows[rows["method"].isin(methods)])
    return f"; to another recording's explanation {found}" if found else ""


def _worst_noise(
    scores: pd.DataFrame, table: pd.DataFrame, model: str, methods: list[str]
) -> Iterator[str]:
    """Which noise is worst for the mean of the methods, and what it does to the prediction."""
    at_snr = scores["condition"].isin(NOISES) & (scores["level"] == SNR_DB)
    rows = scores[at_snr & (scores["measure"] == MEASURE) & scores["method"].isin(methods)]
    by_noise = wide(rows, "condition")
    if by_noise.scores.shape[1] < 2:
        return
    means = by_noise.scores.mean().sort_values(kind="stable")
    worst, next_ = str(means.index[0]), str(means.index[1])
    pair = between(pairs_of(by_noise), worst, next_)
    flips = table[
        (table["condition"] == worst) & (table["level"] == SNR_DB) & (table["measure"] == "flipped")
    ]
    flipped = (
        f" {worst.capitalize()} flips {_percent(flips)} of the predictions." if len(flips) else ""
    )
    yield (
        f"Of the noises at {SNR_DB:g} dB, {model}'s explanations are least similar under {worst}, "
        f"{of_wide(by_noise, worst)} (mean over {len(methods)} methods, n = {len(by_noise.scores)})"
        f": {verdict(pair, 'gentler')}.{flipped}"
    )


def _percent(rows: pd.DataFrame) -> str:
    row = rows.iloc[0]
    found = [100 * float(row[name]) for name in ("mean", "ci_low", "ci_high")]
    mean, low, high = (f"{value:.0f}" for value in found)
    return f"{mean} %" if np.isnan(found[1]) else f"{mean} % [{low}, {high}]"


def _without_noise(table: pd.DataFrame, model: str, methods: list[str]) -> Iterator[str]:
    """The lowest and the highest of the methods, by what was done."""
    rows = table[(table["measure"] == MEASURE) & (table["given"] == "all")]
    rows = rows[rows["method"].isin(methods)]
    asked = (
        (f"shifted by {_SHIFT:g} samples and aligned again", "shift", rows["level"] == _SHIFT),
        ("with the arms' electrodes exchanged", "lead swap", rows["level"].isna()),
        ("with 10 % more gain", "gain", rows["level"] == 10),
        ("resampled and back", "resampled", rows["level"].notna()),
    )
    said = []
    for words, condition, level in asked:
        found = span(rows[(rows["condition"] == condition) & level])
        if found:
            said.append(f"{words}, {found}")
    if said:
        yield (
            f"Similarity of {model}'s explanations to the ones of unchanged recordings: "
            f"{'; '.join(said)}. n = {int(rows['n'].max())} recordings."
        )
