"""Which methods lead: those that no other method of the model is apart from and better than."""

from __future__ import annotations

from collections.abc import Mapping

from xai_bench.report.estimates import Estimate

__all__ = ["leaders"]


def leaders(rivals: Mapping[str, Estimate], better: str) -> list[str]:
    """The best first, then those whose interval overlaps that of the best: overlaps are ties.

    Empty where there is nothing to compare.
    """
    known = {m: e for m, e in rivals.items() if e.interval_text}
    if len(known) < 2:
        return []
    ranked = sorted(known, key=lambda m: known[m].mean, reverse=better == "higher")
    best = known[ranked[0]]
    return [m for m in ranked if known[m].low <= best.high and known[m].high >= best.low]
