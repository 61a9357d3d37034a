"""What of an audit is shown where: shown.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from xai_bench.presets import PRESETS

__all__ = ["SHOWN", "Panel", "Series", "Shown"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Series(_Table):
    """What one colour of a panel shows."""

    label: str
    quantity: str
    method: str = "native"
    of: float = 1.0
    """What values are divided by."""


class Panel(_Table):
    title: str
    xlabel: str
    series: tuple[Series, ...] = ()
    of_methods: str = ""
    """A quantity, whose series are the methods."""
    marks: tuple[float, ...] = ()
    """Where to draw a line: chance, or what would be right."""
    limits: tuple[float, float] | None = None

    @property
    def lines(self) -> tuple[Series, ...]:
        """One for each colour."""
        if not self.of_methods:
            return self.series
        return tuple(
            Series(label=method, quantity=self.of_methods, method=method)
            for method in PRESETS.native_audit.methods
        )


class Shown(_Table):
    summary: tuple[str, ...]
    """Quantities in a terminal."""
    by_method: tuple[str, ...]
    """Quantities that are defined for more methods than the native one."""
    panel: tuple[Panel, ...]


SHOWN = Shown.model_validate(
    tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
)
