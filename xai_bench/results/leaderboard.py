"""The leaderboard in long form: a row for each metric of each pair, from cells and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench import storage
from xai_bench.memo import Memo
from xai_bench.results.cells import Cell
from xai_bench.results.latest_scores import latest_scores
from xai_bench.results.ranking import rank_rows
from xai_bench.results.wide_leaderboard import widen
from xai_bench.stats import skill, statistic, statistic_interval

__all__ = ["COLUMNS", "leaderboard", "leaderboard_is_current", "to_csv", "write_leaderboard"]

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
    ok = scores[scores["status"] == "ok"]
    failed = scores[scores["status"] != "ok"]
    summary: dict[str, Any] = {
        "direction": card["better"],
        "n": len(ok),
        "n_failed": len(failed),
        "reason": "; ".join(f"{k} x {why}" for why, k in failed["reason"].value_counts().items()),
    }
    if ok.empty:
        return summary | {"status": "failed"}
    kind = card["statistic"]
    low, high = statistic_interval(ok["score"].to_numpy(), list(ok["patient_id"]), kind)
    summary |= {
        "mean": statistic(ok["score"].to_numpy(), kind),
        "ci_low": low,
        "ci_high": high,
    }
    compared = {}
    for name, control in controls.items():
        if control is not None:
            same = control[control["record_id"].isin(ok["record_id"]) & (control["status"] == "ok")]
            if not same.empty:
                summary[name] = statistic(same["score"].to_numpy(), kind)
                compared[name] = same.set_index("record_id")["score"]
    # Seconds and bytes, and percentiles, have no share to be had between floor and ceiling.
    if len(compared) == 2 and kind == "mean" and not is_cost:
        sign = 1 if card["better"] == "higher" else -1
        summary |= _skill(ok, compared["random"], compared["oracle"], sign)
    return summary


def _skill(ok: pd.DataFrame, floor: pd.Series, ceiling: pd.Series, sign: int) -> dict[str, float]:
    table = pd.DataFrame(
        {"value": ok.set_index("record_id")["score"], "floor": floor, "ceiling": ceiling}
    ).dropna()
    patients = list(ok.set_index("record_id")["patient_id"].loc[table.index])
    value, low, high = (sign * table[name].to_numpy() for name in ("value", "floor", "ceiling"))
    found = skill(value, low, high, patients)
    return dict(zip(("skill", "skill_low", "skill_high"), found, strict=True))


def to_csv(table: pd.DataFrame) -> str:
    """Plain numbers, six significant digits."""
    return str(table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def write_leaderboard(run: Path, table: pd.DataFrame) -> Path:
    """Render leaderboard.csv, and its wide form leaderboard_wide.csv beside it.

    Each is written whole or not at all. Raises OutputError.
    """
    path = run / "leaderboard.csv"
    storage.write_file(path, to_csv(table))
    storage.write_file(run / "leaderboard_wide.csv", to_csv(widen(table)))
    return path


def leaderboard_is_current(run: Path, more: Iterable[Path]) -> bool:
    """Whether leaderboard.csv is younger than all cells of a run, and than the files `more`."""
    path = run / "leaderboard.csv"
    made_of = [*run.glob("*/*/*/*/run.json"), *more]
    return path.is_file() and path.stat().st_mtime_ns >= max(
        file.stat().st_mtime_ns for file in made_of
    )
