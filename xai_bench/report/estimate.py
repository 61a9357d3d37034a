"""A mean with its interval, written the way people read numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

__all__ = ["Estimate"]

_PREFIXES = {-9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
_SI_UNITS = ("s", "B")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
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
            power, suffix = exponent, f"×10{str(exponent).translate(_SUPERSCRIPT)}"
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
