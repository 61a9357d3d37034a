"""What a study of stability knows of one model in one question, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, final

import numpy as np
import pandas as pd

from xai_bench.report.stability.wording import native_verdict, verdict
from xai_bench.results.study_tables import select
from xai_bench.stats import holm, told_apart, with_least
from xai_bench.studies.stability.headline_scores import (
    HEADLINE_MEASURE,
    HEADLINES,
    PairedScores,
    by_recording,
    headline_scores,
    without_controls,
)

__all__ = ["ModelRows", "Said", "between_conditions", "folded", "shown", "verdicts"]


class Said(NamedTuple):
    """A sentence."""

    text: str
    folded: bool
    """A detail, which pages fold away."""


def shown(text: str) -> Said:
    return Said(text, folded=False)


def folded(text: str) -> Said:
    return Said(text, folded=True)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ModelRows:
    """What is known of one model in one question."""

    question: str
    model: str
    scores: pd.DataFrame
    table: pd.DataFrame
    protocol: int
    """See `schema.PROTOCOL`."""

    @cached_property
    def methods(self) -> list[str]:
        """Those that are no controls."""
        return without_controls([name for name in dict.fromkeys(self.scores["method"]) if name])

    @cached_property
    def headline(self) -> PairedScores:
        """The headline numbers of these methods."""
        scores = headline_scores(self.question, self.scores, self.model)
        return scores[without_controls(scores.names)]

    @cached_property
    def similarities(self) -> pd.DataFrame:
        """Estimates of the headline similarity of these methods, over all recordings."""
        return select(
            self.table, measure=HEADLINE_MEASURE, given="all", method=self.methods
        ).dropna(subset="value")

    def similarities_under(self, condition: str, **wanted: str | float) -> pd.DataFrame:
        return select(self.similarities, condition=condition, **wanted)

    def native_verdict(self) -> Iterator[Said]:
        return map(shown, native_verdict(self.headline, self.model, HEADLINES[self.question]))


def verdicts(scores: PairedScores, model: str, better: str) -> Iterator[Said]:
    """Whether the highest mean is told apart from the lowest and, a detail, from the next."""
    first, *others = scores.scores.mean().sort_values(ascending=False, kind="stable").index
    if not others:
        return
    yield shown(f"On {model}, {verdict(scores.pair(first, others[-1]), better)}.")
    if len(others) > 1:
        yield folded(f"On {model}, {verdict(scores.pair(first, others[0]), better)}.")


def between_conditions(scores: pd.DataFrame, methods: list[str]) -> pd.DataFrame:
    """Of each method that has both conditions their row of `compare_pairs`, and its name.

    Holm's p, and whether they are apart, are of all these methods.
    """
    similar = select(scores, measure=HEADLINE_MEASURE)
    compared = {
        method: by_recording(select(similar, method=method), "condition") for method in methods
    }
    two = {method: both for method, both in compared.items() if len(both.names) == 2}
    pairs = pd.DataFrame(
        with_least(both.pairs, both.scores, both.patients, tests=len(two)).iloc[0].to_dict()
        | {"method": method}
        for method, both in two.items()
    )
    if len(pairs):
        pairs["p_holm"] = holm(pairs["p"].to_numpy(np.float64))
        verdicts = map(told_apart, pairs["p_holm"], pairs["ci_low"], pairs["ci_high"])
        pairs["apart"] = list(verdicts)
    return pairs
