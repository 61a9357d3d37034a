"""Scores as tests want them: a row a recording, a column a method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import pandas as pd

from xai_bench.methods import find_methods
from xai_bench.studies.stability.schema import NOISES

__all__ = ["HEADLINES", "MEASURE", "SNR_DB", "Headline", "Wide", "explaining", "headline", "wide"]

MEASURE = "spearman"
"""The similarity that is drawn and spoken of; the others are in the table."""
SNR_DB = 20.0
"""The noise that is spoken of."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """Scores of the same recordings by several methods."""

    scores: pd.DataFrame
    """(recording, method); NaN where there is none."""
    patients: tuple[str, ...]

    def __getitem__(self, methods: list[str]) -> Wide:
        return Wide(self.scores[methods], self.patients)


def wide(rows: pd.DataFrame, column: str = "method") -> Wide:
    """The mean `score` of each recording and `column`, in their order, where there is any."""
    known = rows.dropna(subset="score")
    names = list(dict.fromkeys(known[column]))
    table = known.pivot_table(
        index=["record_id", "patient_id"], columns=column, values="score", sort=False
    ).reindex(columns=names)
    return Wide(table, tuple(str(name) for name in table.index.get_level_values("patient_id")))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One number of each method on each recording, in which methods are compared."""

    words: str
    """Of the number."""
    question: str
    better: str
    """What the method with the higher number is, such as "more stable"."""


HEADLINES = {
    "noise": Headline(
        words=f"similarity under noise of {SNR_DB:g} dB",
        question="input",
        better="more stable under noise",
    ),
    "seeds": Headline(
        words="similarity between seeds",
        question="initialisations",
        better="more alike between seeds",
    ),
    "evidence": Headline(
        words="share of planted evidence in the largest 10 %",
        question="methods",
        better="more often on planted evidence",
    ),
    "beats": Headline(
        words="similarity of neighbouring beats",
        question="beats",
        better="more alike from beat to beat",
    ),
}


def headline(name: str, scores: pd.DataFrame, model: str) -> Wide:
    """One of HEADLINES for a model.

    noise: the mean over NOISES at 20 dB, where the prediction stayed.
    seeds: the mean over pairs of nets that differ in their seed.
    evidence: as it is.
    beats: of whole beats.
    """
    rows = scores[(scores["model"] == model) & (scores["question"] == HEADLINES[name].question)]
    if name == "evidence":
        return wide(rows[rows["measure"] == "single in evidence"])
    rows = rows[rows["measure"] == MEASURE]
    if name == "noise":
        noisy = rows["condition"].isin(NOISES) & (rows["level"] == SNR_DB)
        return wide(rows[noisy & rows["same_prediction"]])
    if name == "seeds":
        return wide(rows[rows["condition"] == "same net"])
    return wide(rows[(rows["condition"] == "next beat") & (rows["against"] == "beat")])


def explaining(methods: list[str]) -> list[str]:
    """Those that are no controls."""
    return [method.name for method in find_methods(methods) if not method.control]
