"""How numbers, arrows, units, p-values and probabilities are written, wherever they stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

__all__ = ["ARROWS", "Estimate", "decimals", "p_of_a_sentence", "p_value", "probability", "span"]
__all__ += ["superscript", "with_unit"]

ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
"""Which way of a metric is better."""

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_SI_UNITS = ("s", "B")
_DIGITS = 3
"""Significant digits; a mean near zero within a wide interval has fewer."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean and its interval in one unit; NaN is what is not known.

    Seconds ("s") and bytes ("B") are written with SI prefixes; other units go unwritten.
    """

    mean: float
    low: float
    high: float
    unit: str = ""

    @property
    def mean_text(self) -> str:
        """The mean, such as 0.421, 12.3 ms, 1.20×10⁻⁵ or – if there is none."""
        if not math.isfinite(self.mean):
            return "–"
        divisor, suffix, decimals = self._scale()
        return _fixed(self.mean / divisor, decimals) + suffix

    @property
    def interval_text(self) -> str:
        """The interval in the unit of the mean, such as 0.312 – 0.520; empty if there is none."""
        if not all(map(math.isfinite, (self.mean, self.low, self.high))):
            return ""
        divisor, _, decimals = self._scale()
        ends = (_fixed(end / divisor, decimals) for end in (self.low, self.high))
        return " – ".join(ends)

    def _scale(self) -> tuple[float, str, int]:
        """What the numbers are divided by, what is written after them, and their decimals."""
        numbers = [x for x in (self.mean, self.low, self.high) if math.isfinite(x)]
        size = max(map(abs, numbers))
        exponent = _exponent(size)
        power, suffix = 0, ""
        if self.unit in _SI_UNITS:
            power = min(max(3 * (exponent // 3), min(_PREFIXES)), max(_PREFIXES))
            suffix = f" {_PREFIXES[power]}{self.unit}"
        elif exponent < -3 or exponent >= 6:
            power, suffix = exponent, f"×10{superscript(exponent)}"
        if power == 0 and all(x.is_integer() for x in numbers):
            return 1.0, suffix, 0
        wanted = _DIGITS - 1 - _exponent(max(abs(self.mean), size / 10)) + power
        most = max(_DIGITS, _DIGITS - 1 - exponent + power)
        return 10.0**power, suffix, min(max(wanted, 0), most)


def _exponent(size: float) -> int:
    return math.floor(math.log10(size)) if size else 0


def _fixed(number: float, decimals: int) -> str:
    """Fixed decimals, and no minus before what rounds to zero."""
    return f"{round(number, decimals) + 0.0:.{decimals}f}"


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
    """A heading: label, and unit where neither it nor the numbers say it."""
    return label if unit in ("", "s", "B") or label.endswith(unit) else f"{label} ({unit})"


def superscript(number: int) -> str:
    """Such as ⁻⁵."""
    return str(number).translate(_SUPERSCRIPT)
