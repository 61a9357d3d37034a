"""Leaderboards of a few rows, made by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xai_bench.types import is_control

__all__ = ["CARDS", "NAN", "Facts", "board", "row"]

NAN = math.nan


@dataclass(frozen=True)
class Facts:
    family: str
    label: str
    better: str = "higher"
    unit: str = ""


CARDS = {
    "mass": Facts("localisation", "relevance mass"),
    "rank": Facts("localisation", "relevance rank"),
    "sensitivity": Facts("stability", "max sensitivity", better="lower"),
    "size": Facts("complexity", "size", better="none", unit="nat"),
    "backward": Facts("runtime", "backward passes", better="lower"),
    "forward": Facts("runtime", "forward passes", better="lower"),
    "memory": Facts("runtime", "peak memory", better="lower", unit="B"),
    "p50": Facts("runtime", "seconds (median)", better="lower", unit="s"),
    "p95": Facts("runtime", "seconds (p95)", better="lower", unit="s"),
}


def row(
    method: str,
    metric: str,
    mean: float = NAN,
    low: float = NAN,
    high: float = NAN,
    *,
    model: str = "imn",
    dataset: str = "synthetic",
    n: int = 16,
    n_failed: int = 0,
    status: str = "ok",
    reason: str = "",
    protocol: str = "0a1b",
    auroc: float = NAN,
    quality: str = "ok",
    skill: float = NAN,
    ceiling: str = "",
    place: float = NAN,
    floor: str = "",
    not_better_than: str = "",
    flags: str = "",
    remark: str = "",
    recordings: str = "all",
    undetected: tuple[float, int] = (NAN, 0),
) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "model": model,
        "method": method,
        "metric": metric,
        "direction": CARDS[metric].better if metric in CARDS else "higher",
        "mean": mean,
        "ci_low": low,
        "ci_high": high,
        "n": n,
        "n_failed": n_failed,
        "recordings": recordings,
        "undetected": undetected[0],
        "undetected_low": NAN,
        "undetected_high": NAN,
        "n_undetected": undetected[1],
        "random": NAN,
        "oracle": NAN,
        "family": CARDS[metric].family if metric in CARDS else "",
        "skill": skill,
        "ceiling": ceiling,
        "place": place,
        "floor": floor,
        "not_better_than": not_better_than,
        "flags": flags,
        "remark": remark,
        "status": status,
        "reason": reason,
        "protocol": protocol,
        "auroc": auroc,
        "auroc_low": auroc - 0.1,
        "auroc_high": auroc + 0.1,
        "quality": quality,
    }


def board(*rows: dict[str, Any]) -> pd.DataFrame:
    """Made-up ranks: methods whose intervals overlap share them."""
    table = pd.DataFrame(rows).astype({"n": "Int64", "n_failed": "Int64"})
    place = ["dataset", "protocol", "model"]
    bad = {tuple(one[name] for name in place) for one in rows if one["quality"] == "unreliable"}
    ranks = []
    for one in rows:
        competes = _competes(one) and tuple(one[name] for name in place) not in bad
        ranks.append(1 + sum(_is_behind(one, other) for other in rows) if competes else pd.NA)
    return table.assign(rank=pd.array(ranks, dtype="Int64"))


def _competes(one: dict[str, Any]) -> bool:
    known = not math.isnan(one["mean"]) and one["direction"] != "none"
    return known and not is_control(one["method"])


def _is_behind(one: dict[str, Any], other: dict[str, Any]) -> bool:
    same = all(one[name] == other[name] for name in ("dataset", "protocol", "model", "metric"))
    if not same or not _competes(other):
        return False
    if one["direction"] == "higher":
        return bool(other["ci_low"] > one["ci_high"])
    return bool(other["ci_high"] < one["ci_low"])
