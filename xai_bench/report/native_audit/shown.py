"""What of an audit is shown where: shown.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from xai_bench.cards import Facts, read_card
from xai_bench.presets import PRESETS

__all__ = ["METHODS", "SHOWN", "Look", "Panel", "Series", "Shown"]

METHODS = 0
"""In place of the number of a question: native against post-hoc methods."""

Look = Literal["whole", "map", "other", "third", "faint"]
"""whole: the net as it is; map: what W z shows; faint: what does not compete."""


class Series(Facts):
    """What one colour of a panel shows."""

    label: str
    quantity: str
    look: Look = "whole"
    method: str = "native"
    of: float = 1.0
    """What values are divided by."""


class Panel(Facts):
    question: int
    """Its number, or METHODS."""
    title: str
    xlabel: str
    series: list[Series] = Field(default=[])
    of_methods: str = ""
    """A quantity, whose series are the methods."""
    marks: list[float] = Field(default=[])
    """Where to draw a line: chance, or what would be right."""

    @property
    def lines(self) -> list[Series]:
        """One for each colour."""
        if not self.of_methods:
            return self.series
        return [
            Series(label=method, quantity=self.of_methods, method=method)
            for method in PRESETS.native_audit.methods
        ]


class Shown(Facts):
    summary: list[str]
    """Quantities in a terminal."""
    by_method: list[str]
    """Quantities that are defined for more methods than the native one."""
    panel: list[Panel]

    def panels(self, question: int) -> list[Panel]:
        """Those of one figure."""
        return [panel for panel in self.panel if panel.question == question]


SHOWN = read_card(Path(__file__).with_suffix(".toml"), Shown)
