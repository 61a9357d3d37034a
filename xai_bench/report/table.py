"""A table as every back-end sets it: titled, in groups of rows, with reasons where a number is not.

Tables are made of a study's estimates in one place, and set by `terminal`, `markdown`, `latex` and
`html`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, final

from xai_bench.report.estimate import Estimate

__all__ = ["Cell", "Column", "Row", "Standing", "Table", "estimate_cell"]

Standing = Literal["best", "tied"]
"""best: first of its model, interval apart from every other; tied: first beside others."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one place."""

    text: str = "–"
    interval: str = ""
    """Of the number, set smaller."""
    note: str = ""
    """A further small line, such as "skill 0.42"."""
    standing: Standing | None = None
    strong: bool = False
    reason: str = ""
    """Why there is no number."""
    value: float | None = None
    """What it is sorted by, and where it lies on a scale."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    heading: str
    numeric: bool = True
    """Numbers stand on the right."""
    flagged: bool = False
    """Marked with a †."""
    whole: bool = False
    """Never broken over lines: a name that is broken cannot be typed."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    cells: Sequence[Cell]
    group: str = ""
    """Rows of one group stand together under its name; "" for none."""
    control: bool = False
    """Shown as what does not compete."""
    weak: bool = False
    """Shown as what must not be relied on."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: Sequence[str] = ()
    """Facts and footnotes, one each."""
    stacked: bool = False
    """Intervals below their numbers rather than beside them, where a back-end has the choice."""


def estimate_cell(
    value: float,
    low: float = math.nan,
    high: float = math.nan,
    *,
    unit: str = "",
    reason: str = "",
    note: str = "",
    standing: Standing | None = None,
) -> Cell:
    """A number with its interval, written the way people read numbers."""
    estimate = Estimate(mean=value, low=low, high=high, unit=unit)
    return Cell(
        text=estimate.mean_text,
        interval=estimate.interval_text,
        note=note,
        standing=standing,
        reason=reason,
        value=value if math.isfinite(value) else None,
    )
