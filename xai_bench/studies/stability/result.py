"""What a comparison found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import pandas as pd

__all__ = ["Comparison"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Similarities of attributions: of every recording, estimates of them, and how they came."""

    scores: pd.DataFrame
    """Long form, see `schema.SCORES`."""
    table: pd.DataFrame
    """Estimates, see `schema.TABLE`."""
    facts: dict[str, Any]
    """JSON can hold it. models: name -> names of its seeds, itself first; methods, questions, data,
    split, fold, n, target, seed, recordings (fingerprint of those of each model); left_out: a line
    for each recording that could not be used; skipped: a dict with model, method ("" for all),
    question ("" for all) and reason for each that could not be asked; and all of `provenance`."""
