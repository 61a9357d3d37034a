"""Rows of a study of dose response, as tables, figures and sentences take them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import pandas as pd

from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.dose_response.curve_scores import NO_UNIT
from xai_bench.studies.dose_response.response_curves import THE_MODEL
from xai_bench.types import is_control

__all__ = ["Asked", "asked_of"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """One lesion that a model was asked about, for one class."""

    model: str
    lesion: str
    target: str
    irrelevant: bool
    """Whether the lesion is a control that says nothing about the class."""
    table: pd.DataFrame
    """Estimates of these three."""

    @property
    def methods(self) -> list[str]:
        """In their order, controls last; the model is none."""
        names = dict.fromkeys(str(name) for name in self.table["method"] if name != THE_MODEL)
        return sorted(names, key=is_control)

    def row(
        self, method: str, measure: str, *, dose: float | None = None, against: str = ""
    ) -> pd.Series | None:
        """One estimate; of a measure that each dose has, at that dose."""
        known = self._row_numbers.get((method, measure, against), [])
        if dose is not None:
            known = [row for row in known if self.table["dose"].iat[row] == dose]
        return self.table.iloc[known[0]] if known else None

    @cached_property
    def _row_numbers(self) -> dict[tuple[str, str, str], list[int]]:
        """Of each method, measure and control: a page asks a thousand times."""
        found: dict[tuple[str, str, str], list[int]] = {}
        names = (self.table[name] for name in ("method", "measure", "against"))
        for row, (method, measure, against) in enumerate(zip(*names, strict=True)):
            found.setdefault((method, measure, against), []).append(row)
        return found

    def curve(self, method: str, measure: str) -> pd.DataFrame:
        """Estimates at every dose, rising; of a change also that at dose 0, which is none."""
        rows = select(self.table, method=method, measure=measure, against="").sort_values("dose")
        if measure != "change":
            return rows
        start = {"dose": 0.0, "value": 0.0, "ci_low": 0.0, "ci_high": 0.0}
        return pd.concat([pd.DataFrame([start]), rows[list(start)]], ignore_index=True)

    @property
    def against(self) -> list[str]:
        """Controls that it is compared with; a control is compared with none."""
        names = () if self.irrelevant else dict.fromkeys(self.table["against"])
        return [str(name) for name in names if name]

    def in_log_odds(self, method: str) -> bool:
        """Whether the response of a method has the unit of log-odds."""
        row = self.row(method, "tracks_slope")
        return row is not None and row["reason"] != NO_UNIT


def asked_of(result: StudyResult) -> Iterator[Asked]:
    """By model, and then in the order in which lesions were asked for."""
    lesions = result.facts["lesions"]
    for names, table in result.table.groupby(["model", "lesion", "target"], sort=False):
        model, lesion, target = map(str, names)
        irrelevant = not lesions[lesion]["superclass"]
        yield Asked(model=model, lesion=lesion, target=target, irrelevant=irrelevant, table=table)
