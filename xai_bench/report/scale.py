"""Where a number lies on the small bar that is drawn beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

import numpy as np

from xai_bench.report.formats import Estimate

__all__ = ["Bar", "Scale", "scale_of"]

_WIDE = 1000.0
"""Positive numbers that span more than this factor are drawn on a logarithmic scale."""
_CORE = (1.0, 99.0)
"""Percentiles of the numbers that set the ends: one outlier must not flatten all the rest."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Per cent of the width of a bar: the ends of the interval, the mean, and a mark."""

    low: float
    high: float
    mean: float
    mark: float | None
    """Where the control random lies."""

    @property
    def style(self) -> str:
        """As the custom properties that page.css reads; a hundredth of a bar is a pixel."""
        mark = "" if self.mark is None else f";--r:{self.mark:.0f}%"
        return f"--l:{self.low:.0f}%;--h:{100 - self.high:.0f}%;--m:{self.mean:.0f}%{mark}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From low (0 %) to high (100 %); what lies outside is drawn at the end."""

    low: float
    high: float
    logarithmic: bool = False

    def bar(self, estimate: Estimate, mark: float = math.nan) -> Bar | None:
        """None where there is no mean. Without an interval the bar has the width of the mean."""
        if not math.isfinite(estimate.mean):
            return None
        known = math.isfinite(estimate.low) and math.isfinite(estimate.high)
        ends = (estimate.low, estimate.high) if known else (estimate.mean, estimate.mean)
        low, high = map(self._percent, ends)
        return Bar(
            low=low,
            high=high,
            mean=self._percent(estimate.mean),
            mark=self._percent(mark) if math.isfinite(mark) else None,
        )

    def _percent(self, number: float) -> float:
        low, high, at = self.low, self.high, min(max(number, self.low), self.high)
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return 100 * (at - low) / (high - low) if high > low else 50.0


def scale_of(numbers: Iterable[float]) -> Scale:
    """A scale for numbers that are drawn one below another."""
    known = np.array([number for number in numbers if math.isfinite(number)])
    if not known.size:
        return Scale(low=0.0, high=1.0)
    low, high = np.percentile(known, _CORE)
    logarithmic = bool(known.min() > 0 and high / low > _WIDE)
    return Scale(low=float(low), high=float(high), logarithmic=logarithmic)
