"""Estimates of a dose response that nobody measured, for tests of what is drawn and said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.dose_response.curve_scores import NO_UNIT
from xai_bench.studies.dose_response.dose_measures import SCHEMA

__all__ = ["DOSES", "made_up_dose_response"]

DOSES = (0.0, 0.1, 0.2, 0.5)
_FLAT = "attribution within the evidence is the same at every dose"

_TAUS = {
    ("imn", "bump"): {"": 0.95, "native": 0.9, "saliency": 0.2, "amplitude": -0.6, "random": None},
    ("imn", "hum"): {"": None, "native": 0.1, "saliency": 0.0, "amplitude": 0.9, "random": None},
    ("deaf", "bump"): {"": 0.05, "saliency": 0.4, "amplitude": 0.3, "random": None},
}
"""Mean tau by model, lesion and response; None where it is the same at every dose."""
_WIDTH = 0.3
"""Of half an interval."""


def made_up_dose_response(*, few: bool = False) -> StudyResult:
    """Two models, of which one follows; a lesion and an irrelevant change. few: four patients."""
    rows: list[dict[str, Any]] = []
    for (model, lesion), taus in _TAUS.items():
        for method, tau in taus.items():
            of = {"model": model, "method": method, "lesion": lesion, "target": "MI"}
            rows += [of | row for row in _rows(method, tau, lesion == "bump" and model == "imn")]
    table = pd.DataFrame(rows, columns=list(SCHEMA.estimates)).fillna({"reason": "", "against": ""})
    if few:
        table[["ci_low", "ci_high", "p", "p_holm"]] = np.nan
    scores = pd.DataFrame(columns=list(SCHEMA.scores)).astype(SCHEMA.scores)
    facts: dict[str, Any] = {
        **{"data": "made-up", "n": 12, "split": "test", "fold": None, "seed": 0},
        **{"models": ["imn", "deaf"], "methods": ["native", "saliency", "amplitude", "random"]},
        "lesions": {
            "bump": {"about": "a bump | in V2", "superclass": "MI", "n": 12},
            "hum": {"about": "mains", "superclass": "", "n": 12},
        },
        **{"doses": list(DOSES), "left_out": ["bump: r1: refused"], "remarks": ["said | so"]},
        "skipped": [{"model": "deaf", "method": "native", "lesion": "", "reason": "no weights"}],
        **{"packages": {"torch": "2.11"}, "device": "cpu", "threads": 1, "cores": 2},
        **{"system": "Linux", "python": "3.12.0"},
    }
    return StudyResult(
        schema=SCHEMA, table=table.astype(SCHEMA.estimates), facts=facts, scores=scores
    )


def _rows(method: str, tau: float | None, compared: bool) -> list[dict[str, Any]]:
    size = 0.0 if tau is None else tau
    rows = []
    for dose in DOSES:
        rows.append(_row("response", 1 + size * dose, dose=dose))
        if method:
            rows.append(_row("share", 0.2 + 0.1 * dose, dose=dose))
        if dose:
            rows.append(_row("change", size * dose, dose=dose))
            rows.append(_row("exceeds", 0.7 + dose, dose=dose, width=0.05))
            if method:
                rows.append(_row("outside_change", dose, dose=dose))
    flat = "the log-odds are the same at every dose" if not method else _FLAT
    reason = flat if tau is None else ""
    p = math.nan if tau is None else 0.001 if abs(size) > 0.3 else 0.4
    rows.append(_row("tau", math.nan if tau is None else tau, reason=reason, p=p))
    rows.append(_row("rises", 0.75))
    rows.append(_row("slope", size))
    limit = 0.2 if size > 0.5 else math.nan
    rows.append(_row("detection_limit", limit, width=math.nan))
    if method:
        in_unit = method == "native"
        rows.append(_row("tracks_tau", math.nan if tau is None else size, reason=reason))
        rows.append(_row("tracks_pearson", math.nan if tau is None else size, reason=reason))
        rows.append(_row("share_tau", size))
        slope = 0.6 if in_unit else math.nan
        rows.append(_row("tracks_slope", slope, reason="" if in_unit else NO_UNIT))
    else:
        rows.append(_row("evidence", 0.1))
    if compared:
        excess = {"native": 2.0, "amplitude": -2.0}.get(method, 0.0) if method else 5.0
        p = 0.002 if excess else 0.9
        rows.append(_row("excess", excess, p=p, against="hum"))
        rows.append(_row("selective", 0.8, against="hum"))
        rows.append(_row("tau_difference", 0.1, against="hum"))
    return rows


def _row(
    measure: str,
    value: float,
    *,
    dose: float = math.nan,
    reason: str = "",
    p: float = math.nan,
    against: str = "",
    width: float = _WIDTH,
) -> dict[str, Any]:
    n = 0 if math.isnan(value) else 12
    return {
        **{"measure": measure, "dose": dose, "value": value, "reason": reason, "against": against},
        **{"ci_low": value - width, "ci_high": value + width, "n": n, "n_failed": 12 - n},
        **{"p": p, "p_holm": p},
    }
