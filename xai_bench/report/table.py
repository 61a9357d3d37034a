"""A table as every back-end sets it: titled, in groups of rows, with reasons where a number is not.

Tables are made of a study's estimates in one place, and set by `terminal`, `markdown`, `latex` and
`html/templates/_table.html`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, final

from xai_bench.report.formats import Estimate, decimals
from xai_bench.report.scale import Bar, Scale

__all__ = [
    "Cell",
    "Column",
    "Kind",
    "Row",
    "Standing",
    "Table",
    "columns",
    "estimate_cell",
    "text_cells",
    "text_row",
    "text_table",
]

Standing = Literal["best", "tied"]
"""best: alone first of its model; tied: first beside others. First is what no other method is told
apart from as the better one."""

Kind = Literal["number", "name", "code", "words"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in one place."""

    text: str = "–"
    interval: str = ""
    """Of the number, set smaller."""
    note: str = ""
    """A further small line, such as "place 0.42"."""
    standing: Standing | None = None
    strong: bool = False
    model_free: bool = False
    """Not shown to be better than what needs no trained model; marked °."""
    reason: str = ""
    """Why there is no number, or what else to know; HTML shows it when it is pointed at."""
    link: str = ""
    """Where the text leads; Markdown and HTML."""
    cite: str = ""
    """Key of a reference; HTML."""
    value: float | None = None
    """What it is sorted by; HTML."""
    bar: Bar | None = None
    """Where the number lies among those it is compared with; HTML."""
    heat: float | None = None
    """From -1 (vermilion: against, worse) to 1 (blue: for, better); HTML."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    heading: str
    kind: Kind = "number"
    """Numbers stand on the right; names are not broken over lines, for they could not be typed;
    code is a name in typewriter letters; words are broken."""
    better: str = "none"
    """Which way of its numbers is better: higher, lower or none."""
    flags: str = ""
    """Why it is marked with a †; "" for no mark."""
    about: str = ""
    """HTML shows it when the heading is pointed at."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    cells: Sequence[Cell]
    """One for each column."""
    group: str = ""
    """Rows of one group stand together under its name; "" for none."""
    control: bool = False
    """Shown as what does not compete."""
    caveat: str = ""
    """Why the group must not be relied on, in a word such as "unreliable"."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    caption: Sequence[str] = ()
    """Facts and footnotes, one each."""
    group_heading: str = ""
    """What the groups are, such as "model"; Markdown and HTML have a column for them."""
    stacked: bool = False
    """Intervals below their numbers rather than beside them, where a back-end has the choice."""
    compact: bool = False
    """No column wider than its numbers and the words of its heading; terminal."""

    @property
    def is_grouped(self) -> bool:
        return any(row.group for row in self.rows)


def estimate_cell(
    value: float,
    low: float = math.nan,
    high: float = math.nan,
    *,
    digits: int | None = None,
    unit: str = "",
    reason: str = "",
    note: str = "",
    standing: Standing | None = None,
    strong: bool = False,
    model_free: bool = False,
    scale: Scale | None = None,
    mark: float = math.nan,
    heat: float | None = None,
) -> Cell:
    """A number with its interval, written the way people read numbers.

    digits: fixed decimals, where numbers stand beside others of their kind. scale: for a bar, on
    which `mark` is the score of the control random, if it is known.
    """
    estimate = Estimate(mean=value, low=low, high=high, unit=unit)
    text, interval = estimate.mean_text, estimate.interval_text
    if digits is not None:
        text = decimals(value, digits)
        interval = f"{low:.{digits}f} – {high:.{digits}f}" if interval else ""
    return Cell(
        text=text,
        interval=interval,
        note=note,
        standing=standing,
        strong=strong,
        model_free=model_free,
        reason=reason,
        value=value if math.isfinite(value) else None,
        bar=scale.bar(estimate, mark) if scale else None,
        heat=heat if heat is not None and math.isfinite(heat) else None,
    )


def columns(*headings: str, kind: Kind = "number") -> list[Column]:
    """Columns of one kind."""
    return [Column(heading=heading, kind=kind) for heading in headings]


def text_cells(*texts: str, strong: bool = False) -> list[Cell]:
    return [Cell(text=text, strong=strong) for text in texts]


def text_row(*texts: str, group: str = "") -> Row:
    """A row of nothing but text."""
    return Row(cells=text_cells(*texts), group=group)


def text_table(
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    caption: Sequence[str] = (),
) -> Table:
    """A table of nothing but text."""
    return Table(
        title=title, columns=columns, rows=[text_row(*texts) for texts in rows], caption=caption
    )
