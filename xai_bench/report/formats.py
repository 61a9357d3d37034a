"""How arrows, p-values and probabilities are written, wherever they stand."""

from __future__ import annotations

import math

__all__ = ["ARROWS", "p_value", "probability"]

ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
"""Which way of a metric is better."""


def p_value(p: float) -> str:
    """Such as 0.042 or < 0.001; – where it is not known."""
    if math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def probability(share: float) -> str:
    """Such as 0.42; > 0.99 and < 0.01 near the ends; – where it is not known."""
    if math.isnan(share):
        return "–"
    if 0 < min(share, 1 - share) < 0.01:
        return "> 0.99" if share > 0.5 else "< 0.01"
    return f"{share:.2f}"
