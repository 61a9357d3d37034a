"""Numbers of the command line: what no computer counts, and what is no number, is refused."""

from __future__ import annotations

import math
from typing import Any

import click

__all__ = ["Amount", "Whole", "shortened"]

_MOST_DIGITS = 18
_SHOWN = 40


class Whole(click.IntRange):
    """A whole number of at most 18 digits."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and len(value) > _MOST_DIGITS + 1:
            self.fail(f"'{shortened(value)}' is no whole number of up to {_MOST_DIGITS} digits")
        return super().convert(value, param, ctx)

    def _describe_range(self) -> str:
        """Nothing where there are no ends, of which click would say "x<=None"."""
        return "" if self.min is self.max is None else super()._describe_range()


class Amount(click.FloatRange):
    """A number that is neither infinite nor NaN, which a comparison lets pass."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"'{shortened(str(value))}' is no number to reckon with")
        return found


def shortened(text: str) -> str:
    """What somebody gave, for a message of one line."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
