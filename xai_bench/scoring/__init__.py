"""Scorers: the code behind the cards in metrics/."""

from __future__ import annotations

from xai_bench.cards import resolve
from xai_bench.errors import CardError
from xai_bench.scoring.base import Case, Scorer, Unscorable
from xai_bench.scoring.quantus import QuantusScorer
from xai_bench.zoo import Metric

__all__ = ["Case", "Scorer", "Unscorable", "build_scorer"]


def build_scorer(metric: Metric) -> Scorer:
    """The scorer of a metric card. Raises CardError when target or parameters do not fit."""
    if metric.card.quantus is not None:
        return QuantusScorer(metric)
    try:
        scorer = resolve(metric.card.target)(**metric.card.params)
    except TypeError as error:
        raise CardError(f"metric '{metric.name}': {error}") from error
    if not isinstance(scorer, Scorer):
        raise CardError(f"metric '{metric.name}': {metric.card.target} is not a Scorer")
    return scorer
