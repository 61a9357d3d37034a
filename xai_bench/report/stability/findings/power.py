"""Which differences so few recordings cannot show."""

from __future__ import annotations

import math

import pandas as pd

from xai_bench.report.stability.findings.order import pairs_of
from xai_bench.studies.stability.headline_scores import HEADLINES, explaining, headline

__all__ = ["FEW", "least_detectable"]

FEW = 64
"""Patients, from which on nothing is said about how few they are."""


def least_detectable(scores: pd.DataFrame) -> str | None:
    """The largest difference, over all pairs of methods of a model, that too few patients would
    miss in one of five cases or more; None with enough patients, or nothing to compare."""
    for name, asked in HEADLINES.items():
        for model in dict.fromkeys(scores["model"]):
            wide = headline(name, scores, str(model))
            wide = wide[explaining(list(wide.scores.columns))]
            patients = len(set(wide.patients))
            if wide.scores.shape[1] < 2 or patients >= FEW:
                continue
            least = pairs_of(wide)["least"].max()
            if math.isnan(least):
                return f"{patients} patients are too few to tell methods apart"
            return (
                f"with {patients} patients, two methods of {model} that differ by less than "
                f"{least:.2g} in {asked.words} can look alike (80 % power)"
            )
    return None
