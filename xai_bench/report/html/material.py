"""What a page is made of: the folders that run, compare, dose and audit wrote, read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import pandas as pd

from xai_bench.errors import InputError
from xai_bench.report.scored_metrics import ScoredMetric, scored_metrics
from xai_bench.results import Cell, leaderboard, read_cells, stored_leaderboard
from xai_bench.results.study_tables import Schema
from xai_bench.storage import read_table
from xai_bench.studies.dose_response.dose_measures import SCHEMA as DOSE_SCHEMA
from xai_bench.studies.method_accuracy.accuracy_measures import SCHEMA as ACCURACY_SCHEMA
from xai_bench.studies.metric_audit import SCHEMA as TRUST_SCHEMA
from xai_bench.studies.metric_audit.core_choice import SCHEMA as CORE_SCHEMA
from xai_bench.studies.native_audit.quantities import QUANTITIES
from xai_bench.studies.native_audit.study import SCHEMA as AUDIT_SCHEMA
from xai_bench.studies.realism.comparison_table import SCHEMA as REALISM_SCHEMA
from xai_bench.studies.stability.schema import SCHEMA as STABILITY_SCHEMA
from xai_bench.zoo import QUESTIONS, TRUST, Zoo

__all__ = ["Material", "gather"]

_CELLS = "*/*/*/*/run.json"
_AUDIT = f"{AUDIT_SCHEMA.stem}.csv"
_STABILITY = f"{STABILITY_SCHEMA.stem}.csv"
_REALISM = f"{REALISM_SCHEMA.stem}.csv"
_DOSE = f"{DOSE_SCHEMA.stem}.csv"
_ACCURACY = f"{ACCURACY_SCHEMA.stem}.csv"
_CORE = f"{CORE_SCHEMA.stem}.csv"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Material:
    """Everything that sections read."""

    zoo: Zoo
    cells: tuple[Cell, ...]
    runs: tuple[Path, ...] = ()
    """Folders that the cells are of."""
    audits: tuple[tuple[Path, pd.DataFrame], ...]
    """Folder and table of every audit."""
    stabilities: tuple[Path, ...]
    """Folders of comparisons."""
    realisms: tuple[Path, ...] = ()
    """Folders of comparisons of made recordings with real ones."""
    dose_responses: tuple[Path, ...] = ()
    """Folders of studies of dose response."""
    method_accuracies: tuple[Path, ...] = ()
    """Folders of studies of method accuracy."""
    trust: pd.DataFrame | None
    """The audit of metrics: of a folder that holds one, or else of the zoo."""
    core: pd.DataFrame | None = None
    """Which metrics an audit of them chose, and why; the last folder's that holds one."""

    @cached_property
    def leaderboard(self) -> pd.DataFrame:
        """That of one run is read where it stands there: resampling it again takes ten seconds."""
        flags, stored = self.zoo.flags(), None
        if len(self.runs) == 1:
            stored = stored_leaderboard(self.runs[0], self.cells, flags)
        return leaderboard(list(self.cells), flags) if stored is None else stored

    @cached_property
    def metrics(self) -> dict[str, ScoredMetric]:
        """By name what cells were scored with, in the order of families; the latest cell counts."""
        return scored_metrics(self.cells, self.zoo.flags())

    @cached_property
    def models(self) -> list[str]:
        """Names of all models that anything was found of, those that were scored first."""
        named = sorted({cell.model for cell in self.cells})
        named += [str(name) for _, table in self.audits for name in table["model"]]
        return list(dict.fromkeys(named))


def gather(runs: Iterable[str | Path], zoo: Zoo) -> Material:
    """Read what the folders `runs` hold. Raises InputError for one that holds nothing.

    A folder may be a run, a comparison and an audit at once.
    """
    cells: dict[tuple[str, ...], Cell] = {}
    of_cells: list[Path] = []
    audits: list[tuple[Path, pd.DataFrame]] = []
    stabilities: list[Path] = []
    realisms: list[Path] = []
    dose_responses: list[Path] = []
    method_accuracies: list[Path] = []
    trusts: list[Path] = []
    core: pd.DataFrame | None = None
    for folder in dict.fromkeys(map(Path, runs)):
        has_cells = next(folder.glob(_CELLS), None) is not None
        studies = (_STABILITY, _REALISM, _DOSE, _ACCURACY, _AUDIT, TRUST.name, _CORE)
        found = [name for name in studies if (folder / name).is_file()]
        if not has_cells and not found:
            raise InputError(
                f"'{folder}' holds no run, comparison or audit; make one: "
                f"xai-bench run --out {folder}"
            )
        if has_cells:
            of_cells.append(folder)
            every = read_cells(folder)
            cells |= {(c.dataset, c.model, c.method, c.key): c for c in every}
        if _AUDIT in found:
            table = _estimates(folder / _AUDIT, AUDIT_SCHEMA, "quantity", QUANTITIES)
            audits.append((folder, table))
        stabilities += [folder] if _STABILITY in found else []
        realisms += [folder] if _REALISM in found else []
        dose_responses += [folder] if _DOSE in found else []
        method_accuracies += [folder] if _ACCURACY in found else []
        trusts += [folder / TRUST.name] if TRUST.name in found else []
        if _CORE in found:
            core = read_table(folder / _CORE, CORE_SCHEMA.estimates, CORE_SCHEMA.mend)
    trust = [
        _estimates(path, TRUST_SCHEMA, "question", QUESTIONS) for path in trusts or zoo.files(TRUST)
    ]
    return Material(
        zoo=zoo,
        cells=tuple(sorted(cells.values(), key=lambda c: str(c.provenance.get("started", "")))),
        runs=tuple(of_cells),
        audits=tuple(audits),
        stabilities=tuple(stabilities),
        realisms=tuple(realisms),
        dose_responses=tuple(dose_responses),
        method_accuracies=tuple(method_accuracies),
        trust=pd.concat(trust) if trust else None,
        core=core,
    )


def _estimates(path: Path, schema: Schema, column: str, known: Iterable[str]) -> pd.DataFrame:
    """The rows of a study whose `column` is known to this version."""
    table = read_table(path, schema.estimates, schema.mend)
    return table[table[column].isin(list(known))]
