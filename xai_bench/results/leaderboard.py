"""The leaderboard in long form: a row for each metric of each pair, from cells and nothing else.

Its ranks know ties: a method is behind those that are better and told apart from it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from xai_bench import storage
from xai_bench.errors import InputError
from xai_bench.memo import Memo
from xai_bench.results.cells import Cell, Place, digest
from xai_bench.results.detected import is_pooled, pooled_recordings
from xai_bench.results.method_comparison import CEILINGS, MethodScores, compare_methods
from xai_bench.results.study_tables import to_csv
from xai_bench.results.wide_leaderboard import widen
from xai_bench.stats import ALPHA, RESAMPLES, floor_of, skill, statistic, statistic_interval

__all__ = [
    "COLUMNS",
    "COMPARABLE",
    "leaderboard",
    "stored_leaderboard",
    "write_leaderboard",
]

COLUMNS = (
    *("dataset", "model", "method", "family", "metric", "direction"),
    *("mean", "ci_low", "ci_high", "n", "n_failed"),
    *("random", "oracle", "ceiling", "skill", "skill_low", "skill_high"),
    *("floor", "place", "place_low", "place_high", "not_better_than"),
    *("rank", "flags", "status", "reason", "remark", "protocol"),
    *("auroc", "auroc_low", "auroc_high", "quality"),
    *("recordings", "n_undetected", "undetected", "undetected_low", "undetected_high"),
)
_NUMBERS = (
    *("auroc", "auroc_low", "auroc_high", "skill", "skill_low", "skill_high"),
    *("place", "place_low", "place_high"),
    *("undetected", "undetected_low", "undetected_high"),
)
_COUNTS = ("n", "n_failed", "n_undetected", "rank")
_KINDS = dict.fromkeys(_COUNTS, "Int64") | dict.fromkeys(_NUMBERS, "float64")
_STORED = dict.fromkeys(COLUMNS, "str") | dict.fromkeys(
    ("mean", "ci_low", "ci_high", "random", "oracle"), "float64"
)
_STORED |= _KINDS
_OF_CELL = ("dataset", "model", "method", "key", "protocol", "status", "reason")
_REFERENCES = ("random", *CEILINGS.values())
COMPARABLE = ("dataset", "protocol", "model")
"""Only rows that agree in these share a table and a rank."""

_UNDETECTED = "the model does not detect it"
_OWN_NUMBER = r"(?<=residual) \S+(?= >)"
"""What a recording's reason says of this recording alone."""


def leaderboard(
    cells: Iterable[Cell], flags: Mapping[str, str] | None = None, memo: Memo | None = None
) -> pd.DataFrame:
    """One row for each dataset, model, method, metric and protocol, with the columns COLUMNS.

    `mean` (or the card's statistic) and its 95 % bootstrap interval over patients; `random` and
    `oracle` are those controls' statistic on the same recordings. Where a control is the `ceiling`
    of a metric (`CEILINGS`), `skill` is the share of the way to it from random, see `stats.skill`.
    `floor`, `place`, `not_better_than` and `rank` are of methods, see `compare_methods`; models
    that classify too badly have none.
    When cells repeat a metric of one protocol, the latest counts. `auroc` is the model's, and
    `quality` the verdict of the gate; a cell from before there was a gate is of unknown quality.
    `recordings` says which are pooled, see `pooled_recordings`; `undetected` is the same statistic
    of the others, `n_undetected` in number, and no part of anything else.
    flags: what the metric audit found that a metric does not tell apart. memo: of a run that makes
    more than one leaderboard, so that the scores of a cell are resampled once.
    """
    flags, memo = flags or {}, memo or Memo()
    oldest_first = sorted(cells, key=lambda cell: str(cell.provenance.get("started", "")))
    latest = {place: of_place for cell in oldest_first for place, of_place in _places(cell)}
    comparisons = _comparisons(latest, memo)
    rows = []
    for place, (cell, scores) in latest.items():
        row = place._asdict() | {
            "family": cell.provenance.get("families", {}).get(place.metric, ""),
            "flags": flags.get(place.metric, ""),
            "status": cell.status,
            "reason": cell.reason,
            "remark": cell.provenance.get("remark", ""),
            "recordings": "" if scores is None else scores.of,
        }
        row |= _quality(cell) | comparisons.get(place, {})
        if scores is not None:
            card = cell.provenance["metrics"][place.metric]
            controls = {
                name: latest.get(place._replace(method=name), (None, None)) for name in _REFERENCES
            }
            keys = [control and control.key for control, _ in controls.values()]
            tables = {name: of_control for name, (_, of_control) in controls.items()}
            make = partial(_summary, scores, card, tables, CEILINGS.get(row["family"]))
            row |= memo((place, cell.key, *keys), make)
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(_KINDS)
    order = ["dataset", "protocol", "model", "method", "metric"]
    return table.sort_values(order, ignore_index=True)


def _comparisons(
    latest: Mapping[Place, tuple[Cell, _Scores | None]], memo: Memo
) -> dict[Place, dict[str, Any]]:
    """The columns of `compare_methods` at the places of methods; of reliable models alone."""
    tables: dict[tuple[str, str, str, str], dict[str, tuple[Cell, _Scores]]] = {}
    unreliable = set()
    for place, (cell, scores) in latest.items():
        model = (place.dataset, place.protocol, place.model)
        if cell.provenance.get("quality", {}).get("verdict") == "unreliable":
            unreliable.add(model)
        if scores is not None and scores.scored.record_id:
            tables.setdefault((*model, place.metric), {})[place.method] = (cell, scores)
    found = {}
    for (dataset, protocol, name, metric), table in tables.items():
        if (dataset, protocol, name) in unreliable:
            continue
        keys = tuple((method, cell.key) for method, (cell, _) in sorted(table.items()))
        make = partial(_compared, metric, table)
        for method, columns in memo((dataset, protocol, name, metric, keys), make).items():
            found[Place(dataset, name, method, protocol, metric)] = columns
    return found


def _compared(metric: str, table: dict[str, tuple[Cell, _Scores]]) -> dict[str, dict[str, Any]]:
    """Of one metric and model, whose methods and controls `table` has."""
    provenance = next(iter(table.values()))[0].provenance
    card = provenance["metrics"][metric]
    each = {name: scores.scored for name, (_, scores) in sorted(table.items())}
    owner = {
        record: patient
        for one in each.values()
        for record, patient in zip(one.record_id, one.patient_id, strict=True)
    }
    records = sorted(owner)
    columns = {name: pd.Series(one.score, index=one.record_id) for name, one in each.items()}
    return compare_methods(
        MethodScores(
            metric=metric,
            family=provenance.get("families", {}).get(metric, ""),
            statistic=card["statistic"],
            better=card["better"],
            scores=pd.DataFrame(columns, index=records),
            patients=[owner[record] for record in records],
        )
    )


def _quality(cell: Cell) -> dict[str, Any]:
    facts = cell.provenance.get("quality", {})
    return {
        "auroc": facts.get("auroc"),
        "auroc_low": facts.get("ci_low"),
        "auroc_high": facts.get("ci_high"),
        "quality": facts.get("verdict", "unknown"),
    }


def _places(cell: Cell) -> Iterator[tuple[Place, tuple[Cell, _Scores | None]]]:
    """Each place that a cell has scores of, or the one that it was skipped at.

    A table is cut into columns once: to slice it row by row for each metric takes pandas longer
    than all resampling.
    """
    pair = (cell.dataset, cell.model, cell.method, cell.protocol)
    table = cell.scores
    if table is None:
        yield Place(*pair, ""), (cell, None)
        return
    codes, metrics = pd.factorize(table["metric"].to_numpy(object))
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(metrics)))
    ids, patients, reasons = (
        table[name].to_numpy(object)[order].tolist()
        for name in ("record_id", "patient_id", "reason")
    )
    score = table["score"].to_numpy(np.float64)[order]
    ok = (table["status"].to_numpy(object) == "ok")[order]
    outcomes = table["outcome"].to_numpy(object)[order]
    families = cell.provenance.get("families", {})
    for metric, stop in enumerate(ends.tolist()):
        start = int(ends[metric - 1]) if metric else 0
        scored = _Scored(ids[start:stop], patients[start:stop], score[start:stop])
        of_metric = (families.get(metrics[metric], ""), outcomes[start:stop])
        scores = _Scores(
            *(scored, ok[start:stop], reasons[start:stop]),
            *(is_pooled(*of_metric), pooled_recordings(*of_metric)),
        )
        yield Place(*pair, str(metrics[metric])), (cell, scores)


def _summary(
    scores: _Scores,
    card: dict[str, Any],
    controls: dict[str, _Scores | None],
    ceiling: str | None,
) -> dict[str, Any]:
    ok = scores.scored
    causes = Counter(re.sub(_OWN_NUMBER, "", why) for why in scores.causes)
    kind, rest = card["statistic"], scores.undetected
    summary: dict[str, Any] = {
        "direction": card["better"],
        "n": len(ok.record_id),
        "n_failed": causes.total(),
        "n_undetected": len(rest.record_id),
        "reason": "; ".join(f"{k} x {why}" for why, k in causes.most_common()),
    }
    if rest.record_id:
        low, high = statistic_interval(rest.score, rest.patient_id, kind)
        summary |= {"undetected": statistic(rest.score, kind)}
        summary |= {"undetected_low": low, "undetected_high": high}
    if not ok.record_id:
        none = f"{len(rest.record_id)} x {_UNDETECTED}" if rest.record_id else ""
        return summary | {
            "status": "failed",
            "reason": "; ".join(filter(None, [summary["reason"], none])),
        }
    low, high = statistic_interval(ok.score, ok.patient_id, kind)
    summary |= {"mean": statistic(ok.score, kind), "ci_low": low, "ci_high": high}
    compared = {}
    for name, control in controls.items():
        if control is not None:
            same = control.scored.within(ok.record_id)
            if same.record_id:
                summary[name] = statistic(same.score, kind)
                compared[name] = same
    if ceiling in compared and "random" in compared and kind == "mean":
        sign = 1 if card["better"] == "higher" else -1
        summary |= _skill(ok, compared["random"], compared[ceiling], sign)
        summary |= {"ceiling": ceiling}
    return summary


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Scores of the recordings that could be scored."""

    record_id: list[str]
    patient_id: list[str]
    score: Float64[np.ndarray, " record"]

    def within(self, record_ids: Collection[str]) -> _Scored:
        if record_ids == self.record_id:
            return self
        wanted = set(record_ids)
        return self.rows([row for row, name in enumerate(self.record_id) if name in wanted])

    def sorted(self) -> _Scored:
        return self.rows(sorted(range(len(self.record_id)), key=self.record_id.__getitem__))

    def rows(self, rows: list[int]) -> _Scored:
        return _Scored(
            [self.record_id[row] for row in rows],
            [self.patient_id[row] for row in rows],
            self.score[rows],
        )


@final
@dataclass(frozen=True, eq=False)
class _Scores:
    """What a cell says of one metric, of recordings with and without a score."""

    every: _Scored
    ok: Bool[np.ndarray, " record"]
    reason: list[str]
    pooled: Bool[np.ndarray, " record"]
    of: str
    """Which are pooled, a word of POOLED."""

    @cached_property
    def scored(self) -> _Scored:
        wanted = self.ok & self.pooled
        return self.every if wanted.all() else self.every.rows(np.flatnonzero(wanted).tolist())

    @cached_property
    def undetected(self) -> _Scored:
        """Those with a score that are not pooled."""
        return self.every.rows(np.flatnonzero(self.ok & ~self.pooled).tolist())

    @property
    def causes(self) -> list[str]:
        """Why recordings have no score, of each that has none."""
        return [self.reason[row] for row in np.flatnonzero(~self.ok)]


def _skill(method: _Scored, floor: _Scored, ceiling: _Scored, sign: int) -> dict[str, float]:
    """On the recordings that all three have scores of."""
    three = [method, floor, ceiling]
    if any(one.record_id != method.record_id for one in three):
        shared = set.intersection(*(set(one.record_id) for one in three))
        three = [one.within(shared).sorted() for one in three]
    values, low, high = (sign * one.score for one in three)
    found = skill(values, low, high, three[0].patient_id)
    return dict(zip(("skill", "skill_low", "skill_high"), found, strict=True))


def write_leaderboard(
    run: Path,
    cells: Collection[Cell],
    flags: Mapping[str, str] | None = None,
    memo: Memo | None = None,
) -> pd.DataFrame:
    """Render leaderboard.csv and its wide form leaderboard_wide.csv, with what they are made of
    beside them in leaderboard.json; the table, see `leaderboard`.

    Each is written whole or not at all. Raises OutputError.
    """
    table = leaderboard(cells, flags, memo)
    texts = {"leaderboard.csv": to_csv(table), "leaderboard_wide.csv": to_csv(widen(table))}
    for name, text in texts.items():
        storage.write_file(run / name, text)
    made = {"made_of": _made_of(run, cells, flags), "sha256": {k: _sha256(texts[k]) for k in texts}}
    storage.write_file(run / "leaderboard.json", json.dumps(made, indent=1) + "\n")
    return table


def stored_leaderboard(
    run: Path, cells: Collection[Cell], flags: Mapping[str, str] | None = None
) -> pd.DataFrame | None:
    """The leaderboard of these cells as it stands in leaderboard.csv, with numbers of six digits;
    None where that is of other cells or flags, of another version, or was changed by hand."""
    try:
        made = storage.read_json(run / "leaderboard.json", "make it again")
        if made["made_of"] != _made_of(run, cells, flags):
            return None
        for name, sha256 in made["sha256"].items():
            if _sha256(storage.regular(run / name).read_text(encoding="utf-8")) != sha256:
                return None
        return storage.read_table(run / "leaderboard.csv", _STORED, "make it again")
    except (InputError, OSError, KeyError, AttributeError, ValueError):
        return None


def _made_of(run: Path, cells: Collection[Cell], flags: Mapping[str, str] | None) -> str:
    """A digest of all that a leaderboard depends on."""
    of_cells = [
        [*(str(getattr(cell, name)) for name in _OF_CELL), cell.provenance.get("started")]
        + [_sha256_of_file(cell.folder(run) / "scores.parquet")]
        + [cell.provenance.get(name) for name in ("remark", "families", "quality")]
        for cell in cells
    ]
    floors = {name: floor_of(name) for cell in cells for name in cell.provenance["metrics"]}
    return digest([ALPHA, RESAMPLES, COLUMNS, floors, sorted(of_cells, key=repr), flags or {}])


def _sha256_of_file(path: Path) -> str:
    """Empty of a file that is not there, as of a pair that was skipped."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
