"""How hard the data set is: one dial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from xai_bench.errors import DatasetError

__all__ = ["Difficulty"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """From 0 (clear disease, no mimics, no errors) to 1; 0.5 is the usual data set.

    The dial sets the mildest disease that is planted, how many of the healthy have a benign
    variant that resembles one, and how often an annotator errs.
    """

    dial: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 <= self.dial <= 1.0:
            raise DatasetError(f"synthetic: difficulty={self.dial} was asked for; use 0 to 1")

    @property
    def mildest(self) -> float:
        """Lowest severity: 0.5, 0.25 and 0.125 at 0, 0.5 and 1."""
        return float(0.5 ** (1 + 2 * self.dial))

    @property
    def mimics(self) -> float:
        """Prevalence of benign variants relative to the usual."""
        return 2 * self.dial

    @property
    def errors(self) -> float:
        """Rate of wrong labels relative to the usual."""
        return 2 * self.dial
