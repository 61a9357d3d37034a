"""What a study of stability found, in sentences that are made once, of its tables alone.

The terminal, the Markdown page and the HTML section all show `StabilityFindings`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

from xai_bench.report.stability.agreement_findings import agreement_findings
from xai_bench.report.stability.beat_findings import beat_findings
from xai_bench.report.stability.input_findings import input_findings
from xai_bench.report.stability.model_rows import ModelRows, Said
from xai_bench.report.stability.seed_findings import seed_findings
from xai_bench.report.stability.weight_findings import weight_findings
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.stability.headline_scores import HEADLINES
from xai_bench.studies.stability.schema import QUESTIONS

__all__ = ["FEW_PATIENTS", "Finding", "StabilityFindings"]

FEW_PATIENTS = 64
"""From which on nothing is said about how few they are."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence of what was found."""

    question: str
    model: str
    text: str
    """Plain, without markup; it names its model."""
    folded: bool
    """A detail, which pages fold away and a terminal leaves out."""


@final
@dataclass(frozen=True, eq=False)
class StabilityFindings:
    """What a study of stability found. Of two methods one is said to be ahead only where both the
    interval of their paired difference and Holm's p say so (`verdict`)."""

    result: StudyResult

    @cached_property
    def questions(self) -> list[str]:
        """Those that have estimates, in their order."""
        answered = set(self.result.table["question"])
        return [question for question in QUESTIONS if question in answered]

    @cached_property
    def rules(self) -> list[str]:
        """What every sentence means, to stand before them."""
        rules = [
            "A similarity is Spearman's correlation of two explanations of a recording: its mean "
            "over recordings, n of them, with the 95 % interval over patients in brackets; 1 is "
            "the same explanation.",
            "A method is called ahead of another only where the interval of their paired "
            "difference excludes 0 and p is below 0.05: signed-rank test over patients, after Holm "
            "over all pairs of methods.",
        ]
        if self.result.facts.get("protocol", 1) > 1:
            rules.append(
                "Random and untrained nets are drawn anew for each recording, so that "
                "intervals over patients are over draws too."
            )
        if "initialisations" in self.questions:
            rules.append(
                "Between nets, tests are over patients and not over trainings: they are of these "
                "nets alone."
            )
        return rules

    @cached_property
    def sentences(self) -> list[Finding]:
        """By question, then by model."""
        return [
            Finding(question=rows.question, model=rows.model, text=said.text, folded=said.folded)
            for rows in self._parts
            for said in _SENTENCES[rows.question](rows)
        ]

    def texts(self, question: str, *, folded: bool = False) -> list[str]:
        """The sentences of a question that pages show, or those that they fold away."""
        return [
            one.text for one in self.sentences if one.question == question and one.folded == folded
        ]

    @cached_property
    def few_patients(self) -> str | None:
        """The largest difference, over all pairs of methods of a model, that too few patients would
        miss in one of five cases or more; None with enough patients, or nothing to compare."""
        for rows in self._parts:
            if rows.question not in HEADLINES:
                continue
            scores, words = rows.headline, HEADLINES[rows.question].words
            patients = len(set(scores.patients))
            if len(scores.names) < 2 or patients >= FEW_PATIENTS:
                continue
            least = scores.pairs["least"].max()
            if not math.isfinite(least):
                return f"{patients} patients are too few to tell methods apart"
            return (
                f"with {patients} patients, two methods of {rows.model} that differ by less than "
                f"{least:.2g} in {words} can look alike "
                "(nominal power 80 %)"
            )
        return None

    @cached_property
    def left_out(self) -> list[str]:
        """Recordings, methods and parts of questions, one line each, and why."""
        lines = list(self.result.facts["left_out"])
        for one in self.result.facts["skipped"]:
            named = ", ".join(one[key] for key in ("model", "method", "question") if one[key])
            lines.append(f"{named}: {one['reason']}")
        return lines

    @cached_property
    def _parts(self) -> list[ModelRows]:
        parts = []
        for question in QUESTIONS:
            answers = [
                select(one, question=question) for one in (self.result.scores, self.result.table)
            ]
            for model in map(str, dict.fromkeys(answers[0]["model"])):
                scores, table = (select(one, model=model) for one in answers)
                parts.append(
                    ModelRows(
                        question=question,
                        model=model,
                        scores=scores,
                        table=table,
                        protocol=self.result.facts.get("protocol", 1),
                    )
                )
        return parts


_SENTENCES: dict[str, Callable[[ModelRows], Iterator[Said]]] = {
    "input": input_findings,
    "initialisations": seed_findings,
    "methods": agreement_findings,
    "weights": weight_findings,
    "beats": beat_findings,
}
