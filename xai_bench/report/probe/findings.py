"""What a study of concepts found, in sentences made of its table alone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import pandas as pd

from xai_bench.report.formats import span
from xai_bench.report.stability.wording import listed, of_row
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.stats import ALPHA, told_apart
from xai_bench.studies.probe.concepts import CONCEPTS

__all__ = ["ProbeFindings", "follows"]


@final
@dataclass(frozen=True, eq=False)
class ProbeFindings:
    """Of each net: what its features know beyond those of the untrained net, and what its log-odds
    follow."""

    result: StudyResult

    @property
    def models(self) -> list[str]:
        return list(self.result.facts["models"])

    def row(self, model: str, concept: str, measure: str) -> pd.Series | None:
        """The estimate, or None where there is none."""
        table = self.result.table
        found = select(table, model=model, concept=concept, measure=measure)
        found = found[found["value"].notna()]
        return None if found.empty else found.iloc[0]

    def why_not(self, model: str, concept: str) -> str:
        """Why a concept has no estimates, or ""."""
        reasons = select(self.result.table, model=model, concept=concept)["reason"]
        return next((str(reason) for reason in reasons if reason), "")

    @property
    def sentences(self) -> list[str]:
        return [text for model in self.models for text in (*self._known(model), self._said(model))]

    def _known(self, model: str) -> Iterator[str]:
        """By the interval of the gain, and of what is predicted at all."""
        about = self.result.facts["models"][model]
        estimates = {c: self.row(model, c, "gain") for c in CONCEPTS}
        gains = {c: row for c, row in estimates.items() if row is not None}
        where = f"{model}, layer {about['layer']} ({about['features']} features)"
        if not gains:
            yield f"{where}: no concept is known of enough recordings."
            return
        n = span(*(int(end(row["n"] for row in gains.values())) for end in (min, max)))
        if any(math.isnan(row["ci_low"]) for row in gains.values()):
            yield f"{where}, n = {n}: too few patients for intervals, so nothing is said."
            return
        learnt = [c for c, row in gains.items() if row["ci_low"] > 0 and self._is_known(model, c)]
        lost = [c for c, row in gains.items() if row["ci_high"] < 0]
        passed = [c for c in gains if c not in (*learnt, *lost) and self._is_known(model, c)]
        of = f"of {len(gains)} concepts, n = {n} recordings, each interval alone"
        text = f"{where}: a linear probe predicts {self._each(model, learnt)} better than one of "
        yield f"{text}the untrained net does; {of}."
        if passed:
            yield (
                f"{where}: {listed(passed)} can be read from the layer (interval of R² above 0), "
                "and not shown to be better than from the untrained net."
            )
        if lost:
            yield f"{where}: worse than from the untrained net: {self._against(model, lost)}."

    def _is_known(self, model: str, concept: str) -> bool:
        row = self.row(model, concept, "r2")
        return row is not None and bool(row["ci_low"] > 0)

    def _each(self, model: str, concepts: list[str]) -> str:
        rows = ((c, self.row(model, c, "r2")) for c in concepts)
        texts = [f"{c} (R² {of_row(row)})" for c, row in rows if row is not None]
        return listed(texts) if texts else "none"

    def _against(self, model: str, concepts: list[str]) -> str:
        texts = []
        for concept in concepts:
            own, floor = (self.row(model, concept, name) for name in ("r2", "r2_untrained"))
            assert own is not None
            assert floor is not None
            texts.append(f"{concept} (R² {own['value']:.2f}, untrained {floor['value']:.2f})")
        return listed(texts)

    def _said(self, model: str) -> str:
        about = self.result.facts["models"][model]
        rows = {c: self.row(model, c, "sensitivity") for c in CONCEPTS}
        tested = {c: row for c, row in rows.items() if row is not None}
        shown = {c: row for c, row in tested.items() if follows(row)}
        order = sorted(shown, key=lambda c: -abs(shown[c]["value"]))
        texts = [f"{c} {of_row(shown[c])}" for c in order]
        where = f"{model}: the log-odds of {about['explained']} follow"
        rule = f"random concepts (interval, and Holm p below {ALPHA} over all nets and concepts)"
        if not texts:
            return f"{where} none of {len(tested)} concepts more than {rule}.{self._note(model)}"
        return (
            f"{where} {listed(texts)} (log-odds per standard deviation of the concept); of "
            f"{len(tested)} concepts, more than {rule}.{self._note(model)}"
        )

    def _note(self, model: str) -> str:
        if not self.result.facts["models"][model].get("native"):
            return ""
        return (
            " A native net is hardly asked by this: what changes W by as much at all times does "
            "not change the sum of W * z in leads whose mean is zero."
        )


def follows(row: pd.Series) -> bool:
    """Whether the log-odds follow a concept, by a row of its sensitivity."""
    return told_apart(float(row["p_holm"]), float(row["ci_low"]), float(row["ci_high"]))
