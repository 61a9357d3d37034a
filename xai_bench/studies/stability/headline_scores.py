"""One number of each method on each recording, by question: what methods are compared in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import pandas as pd

from xai_bench.results.study_tables import select
from xai_bench.stats import compare_pairs, statistic_interval, with_least
from xai_bench.studies.stability.schema import NOISES
from xai_bench.types import is_control

__all__ = [
    "HEADLINES",
    "HEADLINE_MEASURE",
    "HEADLINE_SNR_DB",
    "Headline",
    "PairedScores",
    "by_recording",
    "headline_scores",
    "without_controls",
]

HEADLINE_MEASURE = "spearman"
"""The similarity that figures and sentences are of; the others are in the table."""
HEADLINE_SNR_DB = 20.0
"""The noise that sentences are of."""


@final
@dataclass(frozen=True, eq=False)
class PairedScores:
    """Scores of the same recordings by several methods, or under several conditions."""

    scores: pd.DataFrame
    """(recording, method); NaN where there is none."""
    patients: Sequence[str]

    @property
    def names(self) -> list[str]:
        return list(self.scores.columns)

    def __getitem__(self, names: list[str]) -> PairedScores:
        return PairedScores(self.scores[names], self.patients)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Every two columns compared, see `compare_pairs` and `with_least`; higher is better."""
        pairs = compare_pairs(self.scores, self.patients, better="higher")
        return with_least(pairs, self.scores, self.patients)

    def pair(self, one: str, other: str) -> pd.Series:
        """The row of `pairs` of two columns, in whichever order it has them."""
        both = self.pairs["first"].isin([one, other]) & self.pairs["second"].isin([one, other])
        return self.pairs[both].iloc[0]

    def mean(self, name: str) -> tuple[float, float, float]:
        """Of one column, and its 95 % interval over patients."""
        known = self.scores[name].notna().to_numpy()
        values = self.scores[name].to_numpy(np.float64)[known]
        patients = [patient for patient, there in zip(self.patients, known, strict=True) if there]
        return float(values.mean()), *statistic_interval(values, patients, "mean")


def by_recording(rows: pd.DataFrame, column: str = "method") -> PairedScores:
    """The mean `score` of each recording and `column`, in their order, where there is any."""
    known = rows.dropna(subset="score")
    names = list(dict.fromkeys(known[column]))
    table = known.pivot_table(
        index=["record_id", "patient_id"], columns=column, values="score", sort=False
    ).reindex(columns=names)
    patients = table.index.get_level_values("patient_id")
    return PairedScores(table, tuple(str(name) for name in patients))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What the headline number of a question is."""

    words: str
    better: str
    """What the method with the higher number is, such as "more stable"."""
    rows: Mapping[str, str | float | Collection[str]]
    """Which rows of scores it is the mean of, see `select`."""


HEADLINES = {
    "input": Headline(
        words=f"similarity under noise of {HEADLINE_SNR_DB:g} dB",
        better="more stable under noise",
        rows={"measure": HEADLINE_MEASURE, "condition": NOISES, "level": HEADLINE_SNR_DB},
    ),
    "initialisations": Headline(
        words="similarity between seeds",
        better="more alike between seeds",
        rows={"measure": HEADLINE_MEASURE, "condition": "same net"},
    ),
    "methods": Headline(
        words="share of planted evidence in the largest 10 %",
        better="more often on planted evidence",
        rows={"measure": "single in evidence"},
    ),
    "beats": Headline(
        words="similarity of neighbouring beats",
        better="more alike from beat to beat",
        rows={"measure": HEADLINE_MEASURE, "condition": "next beat", "against": "beat"},
    ),
}
"""By question; there is none of randomised weights."""


def headline_scores(question: str, scores: pd.DataFrame, model: str) -> PairedScores:
    """The headline number of all methods of a model.

    input: the mean over NOISES at 20 dB, where the prediction stayed.
    initialisations: the mean over pairs of nets that differ in their seed.
    methods: the share of planted evidence, as it is.
    beats: of whole beats.
    """
    rows = select(scores, model=model, question=question, **HEADLINES[question].rows)
    return by_recording(rows[rows["same_prediction"]] if question == "input" else rows)


def without_controls(methods: list[str]) -> list[str]:
    """The methods that explain something."""
    return [method for method in methods if not is_control(method)]
