"""METRIC@BASELINE: a card that removes samples, with another baseline than zero."""

from __future__ import annotations

from dataclasses import replace

from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods.baseline_recordings import ABOUT
from xai_bench.registry import resolve
from xai_bench.scoring.engine.base import Removal
from xai_bench.types import BASELINES, ZERO
from xai_bench.zoo import Metric

__all__ = ["takes_baseline", "with_baseline"]


def takes_baseline(metric: Metric) -> bool:
    """Whether a card removes samples, and does not say itself what they become."""
    target = metric.card.fast.target if metric.card.fast else metric.card.target
    if target.startswith(("quantus:", "python:")):
        return False
    scorer = resolve("scorer", target, metric.code)
    return isinstance(scorer, type) and issubclass(scorer, Removal)


def with_baseline(metric: Metric, baseline: str) -> Metric:
    """The card as it is, but for what samples become that are removed; itself for zero.

    A card of Quantus with a fast scorer becomes one of that scorer. Raises UnknownNameError for an
    unknown baseline, and InputError for a metric that has none.
    """
    if baseline not in BASELINES:
        raise UnknownNameError("baseline", baseline, BASELINES)
    if not takes_baseline(metric):
        raise InputError(
            f"{metric.name}@{baseline}: {metric.name} removes no samples, or says itself what they "
            "become; a metric that sets samples to zero can have another baseline, such as deletion"
        )
    if baseline == ZERO:
        return metric
    card, fast = metric.card, metric.card.fast
    target, params = (fast.target, fast.params) if fast else (card.target, card.params)
    where = f"0 stands for {ABOUT[baseline]}"
    changed = {
        "target": target,
        "params": {**params, "baseline": baseline},
        "label": f"{card.label} ({baseline})",
        "summary": f"{card.summary} What is said of zero is of {ABOUT[baseline]}.",
        "formula": f"{card.formula}; {where}",
        "note": f"{metric.name} with another baseline: {where}. {card.note}".strip(),
        **{"supersedes": "", "callables": {}, "quantus": None, "fast": None},
    }
    return replace(metric, name=f"{metric.name}@{baseline}", card=card.model_copy(update=changed))
