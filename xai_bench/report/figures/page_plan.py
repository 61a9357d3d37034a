"""Where papers, bars and words stand on the page of a recording; all lengths in millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from xai_bench.report.figures.attribution_colours import BAR_ROOM
from xai_bench.report.figures.share_bars import BARS_HEIGHT

__all__ = ["MARGIN", "PANEL_WORDS", "TEXT", "PagePlan"]

MARGIN = 10.0
TEXT = 9
"""Points of a line of text."""
PANEL_WORDS = 5.5
"""A line over a paper."""
_LINE, _TITLE_LINE = 4.8, 7.0
_TICKS = 6.0
_BETWEEN = 8.0
"""Between two panels side by side."""
_AIR = 3.0
_FOOT = 8.0
"""Below the last line."""
_COLUMNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePlan:
    """Panels two side by side, with words above and below; places are from the lower left corner
    of the page."""

    paper: tuple[float, float]
    """Width and height of each."""
    count: int
    """Panels."""
    bars: float
    """Width that the bars of a panel take; 0 where there are none."""
    legend: int
    """Bars of colours."""
    heads: int = 0
    """Lines over each paper."""
    titles: int = 1
    header: int = 0
    notes: int = 1

    def with_words(self, *, titles: int, header: int, heads: int, notes: int) -> PagePlan:
        """Lines of each; none of them changes a width."""
        return replace(self, titles=titles, header=header, heads=heads, notes=notes)

    @property
    def inner(self) -> float:
        """Width within the margins."""
        least = BAR_ROOM[0] if self.legend else 0.0
        return max(self._columns * self._width + (self._columns - 1) * _BETWEEN, least)

    @property
    def panel_width(self) -> float:
        """Width that the words over a paper may take."""
        return max(self._width, (self.inner - (self._columns - 1) * _BETWEEN) / self._columns)

    @property
    def page(self) -> tuple[float, float]:
        return self.inner + 2 * MARGIN, self._top + self._rows * self._height + self._below

    def corner(self, i: int) -> tuple[float, float]:
        """Lower left of the paper of a panel."""
        row, column = divmod(i, self._columns)
        bottom = self._below + (self._rows - row) * self._height - self._heads - self.paper[1]
        return MARGIN + column * (self._width + _BETWEEN), bottom

    def bars_at(self, i: int) -> tuple[float, float]:
        """Lower left of the bars of a panel, with the words before them."""
        left, bottom = self.corner(i)
        return left, bottom - _TICKS - BARS_HEIGHT

    def colours(self, place: int) -> tuple[float, float]:
        """Lower left of a bar of colours with its words."""
        row, column = divmod(place, self._legend_columns)
        room = self.inner / self._legend_columns
        left = MARGIN + column * room + (room - BAR_ROOM[0]) / 2
        return left, self._words_below + (self._legend_rows - 1 - row) * BAR_ROOM[1]

    def title_at(self, line: int) -> float:
        return self.page[1] - MARGIN - line * _TITLE_LINE - 3.0

    def header_at(self, line: int) -> float:
        return self.title_at(self.titles - 1) - _LINE * (line + 1) - 1.0

    def note_at(self, line: int) -> float:
        return _FOOT + _LINE * (self.notes - 1 - line)

    @property
    def _columns(self) -> int:
        return min(self.count, _COLUMNS)

    @property
    def _rows(self) -> int:
        return math.ceil(self.count / self._columns)

    @property
    def _legend_columns(self) -> int:
        return max(min(int(self.inner // BAR_ROOM[0]), self.legend), 1)

    @property
    def _legend_rows(self) -> int:
        return math.ceil(self.legend / self._legend_columns)

    @property
    def _heads(self) -> float:
        return self.heads * PANEL_WORDS + _AIR

    @property
    def _width(self) -> float:
        return max(self.paper[0], self.bars)

    @property
    def _height(self) -> float:
        return self._heads + self.paper[1] + _TICKS + (BARS_HEIGHT + _AIR if self.bars else 0.0)

    @property
    def _top(self) -> float:
        return MARGIN + (self.titles - 0.3) * _TITLE_LINE + self.header * _LINE

    @property
    def _words_below(self) -> float:
        return _FOOT + _LINE * self.notes + _AIR

    @property
    def _below(self) -> float:
        return self._words_below + self._legend_rows * BAR_ROOM[1]
