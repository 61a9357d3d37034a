"""From scores of recordings to estimates with intervals, tests and detection limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from xai_bench.stats import holm, share_interval, statistic, statistic_interval
from xai_bench.stats.paired import signed_rank_p
from xai_bench.studies.dose_response.dose_measures import DETECTED_IN, MEASURES, SCHEMA
from xai_bench.studies.dose_response.response_curves import THE_MODEL

__all__ = ["estimate_table"]

_KEYS = list(SCHEMA.keys)
_TESTED = ("tau", "excess")
_FAMILY = ["model", "lesion", "target", "against", "measure"]


def estimate_table(scores: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Estimates with 95 % intervals, one row each, see `SCHEMA`."""
    rows: list[dict[str, Any]] = []
    columns = {name: scores[name].to_numpy() for name in ("score", "patient_id", "reason")}
    places = scores.assign(place=range(len(scores)))
    for names, of_names in places.groupby(_KEYS, sort=False, dropna=False)["place"]:
        key: dict[str, Any] = dict(zip(_KEYS, names, strict=True))
        at = of_names.to_numpy()
        of_key = (columns[name][at] for name in columns)
        rows.append(key | _estimate(str(key["measure"]), *of_key, seed=seed))
    rows += _detection_limits(rows)
    table = pd.DataFrame(rows, columns=list(SCHEMA.estimates)).astype(SCHEMA.estimates)
    table["p_holm"] = _adjusted(table)
    return table


def _estimate(
    measure: str, scores: np.ndarray, patient_id: np.ndarray, reason: np.ndarray, *, seed: int
) -> dict[str, Any]:
    good = ~np.isnan(scores)
    values, patients = scores[good], patient_id[good].tolist()
    reasons = Counter(reason[~good])
    value, low, high, p = (float("nan"),) * 4
    if good.any():
        kind = MEASURES[measure].statistic
        value = statistic(values, kind)
        if MEASURES[measure].yes_or_no:
            # Resamples of answers that are all the same are all the same.
            low, high = share_interval(values, patients)
        else:
            low, high = statistic_interval(values, patients, kind, seed=seed)
        if measure in _TESTED:
            p = signed_rank_p(values, patients)
    return {
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "n": int(good.sum()),
        "n_failed": int((~good).sum()),
        "reason": reasons.most_common(1)[0][0] if reasons else "",
        "p": p,
    }


def _detection_limits(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of each response the smallest dose from which on it is detected, or why there is none."""
    curves: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if row["measure"] == "exceeds":
            key = tuple(str(row[name]) for name in ("model", "method", "lesion", "target"))
            curves.setdefault(key, []).append(row)
    for curve in curves.values():
        falling = sorted(curve, key=lambda row: -float(row["dose"]))
        limit, reason = float("nan"), str(falling[0]["reason"])
        for row in falling:
            if not row["value"] >= DETECTED_IN:
                break
            limit = float(row["dose"])
        if np.isnan(limit) and falling[0]["n"]:
            first = falling[0]
            reason = (
                f"at {first['dose']:g} mV it exceeds that to dose 0 in {first['value']:.0%} of "
                f"{first['n']} recordings"
            )
        made = {"measure": "detection_limit", "dose": float("nan"), "p": float("nan")}
        unknown = {"ci_low": float("nan"), "ci_high": float("nan"), "reason": reason}
        yield falling[0] | made | unknown | {"value": limit}


def _adjusted(table: pd.DataFrame) -> np.ndarray:
    """Holm's p over the methods of one question; the model's own is alone."""
    adjusted = table["p"].to_numpy(np.float64).copy()
    methods = table[(table["method"] != THE_MODEL) & table["measure"].isin(_TESTED)]
    for places in methods.groupby(_FAMILY, sort=False).indices.values():
        at = methods.index.to_numpy()[places]
        adjusted[at] = holm(adjusted[at])
    return adjusted
