"""How far explanations survive what happens to a recording."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from xai_bench.report.stability.model_rows import ModelRows, Said, folded, shown, verdicts
from xai_bench.report.stability.wording import (
    listed,
    lowest_to_highest,
    mean_of,
    n_of,
    span_of_means,
    verdict,
)
from xai_bench.results.study_tables import select
from xai_bench.studies.stability.headline_scores import (
    HEADLINE_MEASURE,
    HEADLINE_SNR_DB,
    HEADLINES,
    by_recording,
)
from xai_bench.studies.stability.schema import FLOORS, NOISES

__all__ = ["input_findings"]

_SHIFT = 50.0
_ROUNDING = 1e-4
"""Log-odds that move by less were given the same."""
_CHANGES: dict[str, dict[str, str | float]] = {
    "with the arms' electrodes exchanged": {"condition": "lead swap"},
    f"shifted by {_SHIFT:g} samples and aligned again": {"condition": "shift", "level": _SHIFT},
    "with 10 % more gain": {"condition": "gain", "level": 10.0},
    "resampled and back": {"condition": "resampled"},
}


def input_findings(rows: ModelRows) -> Iterator[Said]:
    """Of noise, of which noise, and of changes that are no noise."""
    noisy = rows.headline
    if noisy.names:
        yield shown(
            f"Similarity under noise of {HEADLINE_SNR_DB:g} dB, {rows.model}: "
            f"{span_of_means(noisy)}; n = {len(noisy.scores)}."
        )
        yield from verdicts(noisy, rows.model, HEADLINES["input"].better)
        yield from rows.native_verdict()
        noises = len(set(rows.scores["condition"]) & set(NOISES))
        yield folded(
            f"This is the mean of {noises} noises that leave the prediction of {rows.model} "
            "unchanged."
        )
        floors = rows.similarities_under(FLOORS["input"])
        if floor := lowest_to_highest(select(floors, method=noisy.names)):
            yield folded(f"To another recording's explanation, {rows.model}: {floor}.")
    yield from _worst_noise(rows)
    yield from _changed(rows)


def _worst_noise(rows: ModelRows) -> Iterator[Said]:
    """Under which noises the mean of the methods is lowest and highest, whether they are told
    apart, and what the first does to the prediction."""
    at_snr = select(rows.scores, condition=NOISES, level=HEADLINE_SNR_DB)
    similar = select(at_snr, measure=HEADLINE_MEASURE, method=rows.methods)
    noises = by_recording(similar, "condition")
    if len(noises.names) < 2:
        return
    worst, *others = map(str, noises.scores.mean().sort_values(kind="stable").index)
    best = others[-1]
    yield shown(
        f"Of the noises, {worst} moves the explanations of {rows.model} most, "
        f"{mean_of(noises, worst)}, and {best} least, {mean_of(noises, best)} (mean of "
        f"{len(rows.methods)} methods; n = {len(noises.scores)})."
    )
    yield shown(f"On {rows.model}, {verdict(noises.pair(worst, best), 'gentler')}.")
    if others[0] != best:
        yield folded(f"On {rows.model}, {verdict(noises.pair(worst, others[0]), 'gentler')}.")
    flips = select(rows.table, condition=worst, level=HEADLINE_SNR_DB, measure="flipped")
    for _, row in flips[:1].iterrows():
        yield folded(
            f"{worst.capitalize()} flips {_percent(row)} of the predictions of {rows.model}."
        )


def _percent(row: pd.Series) -> str:
    share, low, high = (f"{100 * float(row[name]):.0f}" for name in ("value", "ci_low", "ci_high"))
    return f"{share} %" if math.isnan(row["ci_low"]) else f"{share} % [{low}, {high}]"


def _changed(rows: ModelRows) -> Iterator[Said]:
    """What is left under changes that are no noise, and which of them the net is never shown."""
    unseen = []
    for words, of in _CHANGES.items():
        similar = select(rows.similarities, **of)
        found = lowest_to_highest(similar)
        if not found:
            continue
        moved = select(rows.table, measure="log-odds change", given="all", **of)["value"]
        if len(moved) and moved.iloc[0] < _ROUNDING:
            unseen.append(words)
            continue
        size = f"; the log-odds move by {moved.iloc[0]:.2g}" if len(moved) else ""
        words = f"{words[:1].upper()}{words[1:]}"
        text = f"{words}, {rows.model}: similarity {found}{size}; n = {n_of(similar)}."
        yield shown(text) if of["condition"] == "lead swap" else folded(text)
    if unseen:
        yield folded(
            f"Explanations of {rows.model} stay as they are {listed(unseen)} by construction: its "
            f"normalisation takes that out, and the log-odds move by less than {_ROUNDING:g}."
        )
