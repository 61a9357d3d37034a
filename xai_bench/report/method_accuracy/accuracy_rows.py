"""Rows of a study of method accuracy, as tables, figures and sentences take them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import final

import pandas as pd

from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.method_accuracy.accuracy_measures import PARTS
from xai_bench.types import is_control

__all__ = ["AccuracyRows"]


@final
@dataclass(frozen=True, eq=False)
class AccuracyRows:
    """Estimates by what they are of."""

    result: StudyResult

    @property
    def models(self) -> list[str]:
        return list(self.result.facts["models"])

    @property
    def methods(self) -> list[str]:
        """That explain any of the nets, in their order, controls last."""
        found = dict.fromkeys(str(name) for name in self.result.table["method"])
        wanted = [name for name in self.result.facts["methods"] if name in found]
        return sorted(wanted, key=is_control)

    @cached_property
    def _by_key(self) -> dict[tuple[str, ...], pd.Series]:
        keys = ["model", "method", "parts", "measure"]
        rows = self.result.table
        places = zip(*(rows[key] for key in keys), strict=True)
        return {tuple(map(str, key)): rows.iloc[place] for place, key in enumerate(places)}

    def row(self, model: str, method: str, parts: str, measure: str) -> pd.Series | None:
        return self._by_key.get((model, method, parts, measure))

    def why_skipped(self, model: str, method: str) -> str:
        """Why a method did not explain a net, or ""."""
        skipped = self.result.facts["skipped"]
        found = (
            one["reason"] for one in skipped if (one["model"], one["method"]) == (model, method)
        )
        return str(next(found, ""))

    def finest(self, model: str) -> str:
        """The finest parts whose truth is unique."""
        return str(self.result.facts["models"][model]["unique_for"])

    def is_unique(self, model: str, parts: str) -> bool:
        """Whether the truth of these parts is no convention."""
        order = list(PARTS)
        return order.index(parts) >= order.index(self.finest(model))
