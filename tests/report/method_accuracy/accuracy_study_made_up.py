"""Estimates of method accuracy that nobody measured, for tests of what is drawn and said."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.method_accuracy.accuracy_measures import MEASURES, PARTS, SCHEMA

__all__ = ["made_up_method_accuracy"]

_COSINES = {
    ("plain", "good"): 0.99,
    ("plain", "fair"): 0.6,
    ("plain", "truth"): 1.0,
    ("plain", "random"): 0.0,
    ("rule", "good"): 0.97,
    ("rule", "blind"): -0.4,
    ("rule", "truth"): 1.0,
    ("rule", "random"): 0.01,
}
"""By net and method, at all parts; no estimate of a pair that was skipped."""
_OTHERS = {"good": 0.3, "fair": 0.2, "blind": -0.1, "truth": 0.5, "random": -0.3}
"""Mass overlap above that of |z|."""
_SHARES = {"good": 0.4, "blind": 0.05, "truth": 0.42, "random": 0.08}
"""Of the map in the suspect lead."""
_WIDTH = 0.012
"""Of half an interval."""


def made_up_method_accuracy(*, few: bool = False) -> StudyResult:
    """Two nets: of one the truth is unique for samples, of the other for leads, and it has a
    suspect lead. few: patients, so that there are no intervals."""
    rows: list[dict[str, Any]] = []
    for (model, method), cosine in _COSINES.items():
        values = dict.fromkeys(MEASURES, 0.5) | {"cosine": cosine}
        values |= {"above_amplitude": _OTHERS[method], "size": 2.0 if method == "good" else 1.02}
        for parts in PARTS:
            for measure, value in values.items():
                if measure.startswith("shortcut"):
                    if model != "rule" or parts != "lead":
                        continue
                    value = _SHARES[method]
                    value -= _SHARES["truth"] if measure == "shortcut_excess" else 0
                rows.append(_row(model, method, parts, measure, value))
    table = pd.DataFrame(rows, columns=list(SCHEMA.estimates))
    failed = (table["method"] == "fair") & (table["parts"] == "region")
    table.loc[failed, "n"], table.loc[failed, "n_failed"] = 10, 2
    table.loc[failed, "reason"] = "completeness residual 0.1 > 0.05"
    if few:
        table[["ci_low", "ci_high"]] = math.nan
    facts: dict[str, Any] = {
        **{"data": "made-up", "n": 12, "split": "test", "fold": None, "seed": 0},
        "models": {
            "plain": _net("sample", "", "", "a plain | net"),
            "rule": _net("lead", "by terms", "aVR", "a rule"),
        },
        "methods": ["good", "fair", "blind", "never", "truth", "random"],
        **{"left_out": ["r1: too short"], "remarks": ["said | so"], "target": "MI"},
        "skipped": [
            {"model": "plain", "method": "blind", "reason": "blind needs eyes"},
            {"model": "rule", "method": "fair", "reason": "no rule for it"},
            {"model": "rule", "method": "never", "reason": "no rule for it"},
            {"model": "plain", "method": "never", "reason": "no rule for it"},
        ],
        **{"packages": {"torch": "2.11"}, "device": "cpu", "threads": 1, "cores": 2},
        **{"system": "Linux", "python": "3.12.0"},
    }
    scores = pd.DataFrame(columns=list(SCHEMA.scores)).astype(SCHEMA.scores)
    return StudyResult(
        schema=SCHEMA, table=table.astype(SCHEMA.estimates), facts=facts, scores=scores
    )


def _row(model: str, method: str, parts: str, measure: str, value: float) -> dict[str, Any]:
    return {
        **{"model": model, "method": method, "parts": parts, "measure": measure, "value": value},
        **{"ci_low": value - _WIDTH, "ci_high": value + _WIDTH},
        **{"n": 12, "n_failed": 0, "reason": ""},
    }


def _net(unique_for: str, convention: str, suspect_lead: str, summary: str) -> dict[str, str]:
    return {
        **{"unique_for": unique_for, "convention": convention},
        **{"suspect_lead": suspect_lead, "summary": summary},
    }
