"""The leaderboard in long form: a row for each metric of each pair, from cells and nothing else.

Its ranks know ties: a method is behind those whose intervals are apart from its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd
from jaxtyping import Float64

from xai_bench import storage
from xai_bench.errors import InputError
from xai_bench.memo import Memo
from xai_bench.results.cells import Cell, Place, latest_scores
from xai_bench.results.study_tables import to_csv
from xai_bench.results.wide_leaderboard import widen
from xai_bench.stats import skill, statistic, statistic_interval
from xai_bench.types import is_control

__all__ = [
    "COLUMNS",
    "COMPARABLE",
    "leaderboard",
    "leaderboard_is_current",
    "rank_rows",
    "write_leaderboard",
]

COLUMNS = (
    *("dataset", "model", "method", "family", "metric", "direction"),
    *("mean", "ci_low", "ci_high", "n", "n_failed"),
    *("random", "oracle", "skill", "skill_low", "skill_high"),
    *("rank", "flags", "status", "reason", "remark", "protocol"),
    *("auroc", "auroc_low", "auroc_high", "quality"),
)
_NUMBERS = ("auroc", "auroc_low", "auroc_high", "skill", "skill_low", "skill_high")
_KINDS = {"n": "Int64", "n_failed": "Int64"} | dict.fromkeys(_NUMBERS, "float64")
_REFERENCES = ("random", "oracle")
COMPARABLE = ("dataset", "protocol", "model")
"""Only rows that agree in these share a table and a rank."""
_SIGN = {"higher": 1.0, "lower": -1.0}

_OWN_NUMBER = r"(?<=residual) \S+(?= >)"
"""What a recording's reason says of this recording alone."""


def leaderboard(
    cells: Iterable[Cell], flags: Mapping[str, str] | None = None, memo: Memo | None = None
) -> pd.DataFrame:
    """One row for each dataset, model, method, metric and protocol, with the columns COLUMNS.

    `mean` (or the card's statistic) and its 95 % bootstrap interval over patients; `random` and
    `oracle` are those controls' statistic on the same recordings, and `skill` is what is left of a
    mean score when chance is taken away, see `stats.skill`. `rank` knows ties, see `rank_rows`.
    When cells repeat a metric of one protocol, the latest counts. `auroc` is the model's, and
    `quality` the verdict of the gate; a cell from before there was a gate is of unknown quality.
    flags: what the metric audit found that a metric does not tell apart. memo: of a run that makes
    more than one leaderboard, so that the scores of a cell are resampled once.
    """
    flags, memo = flags or {}, memo or Memo()
    latest = latest_scores(cells)
    rows = []
    for place, (cell, scores) in latest.items():
        row = place._asdict() | {
            "family": cell.provenance.get("families", {}).get(place.metric, ""),
            "flags": flags.get(place.metric, ""),
            "status": cell.status,
            "reason": cell.reason,
            "remark": cell.provenance.get("remark", ""),
        }
        row |= _quality(cell)
        if scores is not None:
            card = cell.provenance["metrics"][place.metric]
            controls = {
                name: latest.get(place._replace(method=name), (None, None)) for name in _REFERENCES
            }
            keys = [control and control.key for control, _ in controls.values()]
            tables = {name: of_control for name, (_, of_control) in controls.items()}
            make = partial(_summary, scores, card, tables, is_cost=row["family"] == "runtime")
            row |= memo((place, cell.key, *keys), make)
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(_KINDS)
    table["rank"] = rank_rows(table)
    order = ["dataset", "protocol", "model", "method", "metric"]
    return table.sort_values(order, ignore_index=True)


def _quality(cell: Cell) -> dict[str, Any]:
    facts = cell.provenance.get("quality", {})
    return {
        "auroc": facts.get("auroc"),
        "auroc_low": facts.get("ci_low"),
        "auroc_high": facts.get("ci_high"),
        "quality": facts.get("verdict", "unknown"),
    }


def _summary(
    scores: pd.DataFrame,
    card: dict[str, Any],
    controls: dict[str, pd.DataFrame | None],
    *,
    is_cost: bool,
) -> dict[str, Any]:
    ok = _Scored.of(scores)
    failed = scores["reason"][scores["status"] != "ok"]
    causes = failed.str.replace(_OWN_NUMBER, "", regex=True).value_counts()
    summary: dict[str, Any] = {
        "direction": card["better"],
        "n": len(ok.record_id),
        "n_failed": len(failed),
        "reason": "; ".join(f"{k} x {why}" for why, k in causes.items()),
    }
    if not ok.record_id:
        return summary | {"status": "failed"}
    kind = card["statistic"]
    low, high = statistic_interval(ok.score, ok.patient_id, kind)
    summary |= {"mean": statistic(ok.score, kind), "ci_low": low, "ci_high": high}
    compared = {}
    for name, control in controls.items():
        if control is not None:
            same = _Scored.of(control).within(ok.record_id)
            if same.record_id:
                summary[name] = statistic(same.score, kind)
                compared[name] = same
    # Seconds and bytes, and percentiles, have no share to be had between floor and ceiling.
    if len(compared) == 2 and kind == "mean" and not is_cost:
        sign = 1 if card["better"] == "higher" else -1
        summary |= _skill(ok, compared["random"], compared["oracle"], sign)
    return summary


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Scores of the recordings that could be scored."""

    record_id: list[str]
    patient_id: list[str]
    score: Float64[np.ndarray, " record"]

    @classmethod
    def of(cls, scores: pd.DataFrame) -> _Scored:
        ok = scores[scores["status"] == "ok"]
        return cls(ok["record_id"].tolist(), ok["patient_id"].tolist(), ok["score"].to_numpy())

    def within(self, record_ids: Collection[str]) -> _Scored:
        wanted = set(record_ids)
        return self._rows([row for row, name in enumerate(self.record_id) if name in wanted])

    def sorted(self) -> _Scored:
        return self._rows(sorted(range(len(self.record_id)), key=self.record_id.__getitem__))

    def _rows(self, rows: list[int]) -> _Scored:
        return _Scored(
            [self.record_id[row] for row in rows],
            [self.patient_id[row] for row in rows],
            self.score[rows],
        )


def _skill(method: _Scored, floor: _Scored, ceiling: _Scored, sign: int) -> dict[str, float]:
    """On the recordings that all three have scores of."""
    three = [method, floor, ceiling]
    if any(one.record_id != method.record_id for one in three):
        shared = set.intersection(*(set(one.record_id) for one in three))
        three = [one.within(shared).sorted() for one in three]
    values, low, high = (sign * one.score for one in three)
    found = skill(values, low, high, three[0].patient_id)
    return dict(zip(("skill", "skill_low", "skill_high"), found, strict=True))


def write_leaderboard(run: Path, table: pd.DataFrame) -> Path:
    """Render leaderboard.csv, and its wide form leaderboard_wide.csv beside it.

    Each is written whole or not at all. Raises OutputError.
    """
    path = run / "leaderboard.csv"
    storage.write_file(path, to_csv(table))
    storage.write_file(run / "leaderboard_wide.csv", to_csv(widen(table)))
    return path


def leaderboard_is_current(run: Path, cells: Iterable[Cell], more: Iterable[Path]) -> bool:
    """Whether leaderboard.csv has a row for each metric of these cells of a run and no other, and
    is younger than the cells and the files `more`; and its wide form is there."""
    path, wide = run / "leaderboard.csv", run / "leaderboard_wide.csv"
    try:
        places = storage.read_table(path, dict.fromkeys(Place._fields, "str"), "make it again")
    except InputError:
        return False
    of_cells = {
        Place(cell.dataset, cell.model, cell.method, cell.protocol, metric)
        for cell in cells
        for metric in (cell.provenance["metrics"] if cell.status == "ok" else [""])
    }
    made_of = [*run.glob("*/*/*/*/run.json"), *more]
    return (
        set(places.itertuples(index=False, name=None)) == of_cells
        and wide.is_file()
        and path.stat().st_mtime_ns >= max(file.stat().st_mtime_ns for file in made_of)
    )


def rank_rows(table: pd.DataFrame) -> pd.Series:
    """The rank of each row of a leaderboard among the methods of its model and metric.

    rank = 1 + the number of methods whose interval is apart from this one's and better. Methods
    whose intervals overlap are not told apart by it, so that several may be first, and a method
    without an interval is behind none. Rows without a mean, controls, and models that classify too
    badly have no rank.
    """
    ranks = pd.Series(pd.NA, index=table.index, dtype="Int64")
    sign = table["direction"].map(_SIGN).astype(float)
    unreliable = (table["quality"] == "unreliable").groupby(
        [table[name] for name in COMPARABLE], sort=False
    )
    ranked = (
        table["mean"].notna()
        & sign.notna()
        & ~table["method"].map(is_control).astype(bool)
        & ~unreliable.transform("any")
    )
    for _, rows in table[ranked].groupby([*COMPARABLE, "metric"], sort=False):
        ends = pd.concat([rows["ci_low"], rows["ci_high"]], axis=1).mul(sign[rows.index], axis=0)
        worst, best = ends.min(axis=1, skipna=False), ends.max(axis=1, skipna=False)
        for row in rows.index:
            ranks[row] = 1 + int((worst > best[row]).sum())
    return ranks
