"""Scorers: the code behind the cards in metrics/."""

from __future__ import annotations

from typing import Literal

from xai_bench.errors import CardError
from xai_bench.registry import resolve
from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.metric_objects import MetricObject, Metrics, find_metrics
from xai_bench.zoo import Metric

__all__ = [
    "Block",
    "Case",
    "Engine",
    "MetricObject",
    "Metrics",
    "Scorer",
    "Scores",
    "Unscorable",
    "build_scorer",
    "depends_on_machine",
    "engine_of",
    "find_metrics",
]

Engine = Literal["auto", "quantus", "fast"]


def engine_of(metric: Metric, engine: Engine) -> str:
    """What computes a metric: "quantus", "fast" (agrees with Quantus), or "own" (has no other).

    Raises CardError for a metric of Quantus without a fast scorer where that is asked for.
    """
    if metric.card.quantus is None:
        return "own"
    if engine == "fast" and metric.card.fast is None:
        raise CardError(
            f"metric '{metric.name}' has no fast scorer; use engine 'auto' or 'quantus'"
        )
    return "quantus" if engine == "quantus" or metric.card.fast is None else "fast"


def build_scorer(metric: Metric, engine: Engine = "auto") -> Scorer:
    """The scorer of a metric card. Raises CardError when target or parameters do not fit."""
    if isinstance(metric, MetricObject):
        return metric.scorer
    card = metric.card
    chosen = engine_of(metric, engine)
    if chosen == "quantus":
        from xai_bench.scoring.engine.quantus_scorer import QuantusScorer  # slow to import

        return QuantusScorer(metric)
    target, params = card.target, card.params
    if chosen == "fast":
        assert card.fast is not None, "engine_of says so"
        target, params = card.fast.target, card.fast.params
    try:
        scorer = resolve("scorer", target, metric.code)(**params)
    except (TypeError, ValueError) as error:
        raise CardError(f"metric '{metric.name}': {error}") from error
    if not isinstance(scorer, Scorer):
        raise CardError(f"metric '{metric.name}': {target} is not a Scorer")
    return scorer


def depends_on_machine(metric: Metric) -> bool:
    """Whether scores of a metric are those of one device and of the versions that computed them.

    Costs are; all else is the same everywhere, up to rounding.
    """
    return build_scorer(metric).depends_on_machine
