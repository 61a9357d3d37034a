"""How arrows, units, p-values and probabilities are written, wherever they stand."""

from __future__ import annotations

import math

__all__ = ["ARROWS", "decimals", "p_of_a_sentence", "p_value", "probability", "span", "with_unit"]

ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
"""Which way of a metric is better."""


def decimals(value: float, digits: int = 2) -> str:
    """Such as 0.42; – where it is not known."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def p_value(p: float) -> str:
    """Such as 0.042 or < 0.001; – where it is not known."""
    return "< 0.001" if p < 0.001 else decimals(p, 3)


def p_of_a_sentence(p: float) -> str:
    """Such as p = 0.042, with two significant digits, or p < 0.001."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def probability(share: float) -> str:
    """Such as 0.42; > 0.99 and < 0.01 near the ends; – where it is not known."""
    if 0 < min(share, 1 - share) < 0.01:
        return "> 0.99" if share > 0.5 else "< 0.01"
    return decimals(share)


def span(least: object, most: object) -> str:
    """Such as 32, or 16 to 32 where the two differ."""
    return f"{least}" if least == most else f"{least} to {most}"


def with_unit(label: str, unit: str) -> str:
    """A heading: label, and unit where numbers do not carry it, as seconds and bytes do."""
    return label if unit in ("", "s", "B") else f"{label} ({unit})"
