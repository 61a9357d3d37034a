"""What a comparison found, in sentences that are made of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from xai_bench.report.stability.findings.beats import of_beats
from xai_bench.report.stability.findings.finding import Finding
from xai_bench.report.stability.findings.initialisations import of_initialisations
from xai_bench.report.stability.findings.input import of_input
from xai_bench.report.stability.findings.methods import of_methods
from xai_bench.report.stability.findings.power import least_detectable
from xai_bench.report.stability.findings.weights import of_weights
from xai_bench.studies.stability.schema import QUESTIONS

__all__ = ["Finding", "findings", "least_detectable"]

_SAID: dict[str, Callable[[pd.DataFrame, pd.DataFrame, str], Iterator[str]]] = {
    "input": of_input,
    "initialisations": of_initialisations,
    "methods": of_methods,
    "weights": of_weights,
    "beats": of_beats,
}


def findings(scores: pd.DataFrame, table: pd.DataFrame) -> list[Finding]:
    """One sentence each, with its numbers; by question, then by model.

    scores, table: of a `Comparison`. Of two methods one is said to be ahead only where both the
    interval of their paired difference and Holm's p say so (`verdict`).
    """
    found = []
    for question in QUESTIONS:
        rows, estimates = (part[part["question"] == question] for part in (scores, table))
        for model in dict.fromkeys(rows["model"]):
            of_model = rows[rows["model"] == model], estimates[estimates["model"] == model]
            said = _SAID[question](*of_model, str(model))
            found += [Finding(question=question, model=str(model), text=text) for text in said]
    return found
