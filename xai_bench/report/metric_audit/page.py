"""The folder of an audit of metrics: README.md, its tables, facts and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xai_bench import storage
from xai_bench.data import SYNTHETIC
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.markdown import code, escaped_sentence, markdown_table
from xai_bench.report.metric_audit.figures import draw_redundancy, draw_trust
from xai_bench.report.metric_audit.own_p import UNCORRECTED, left_after_holm
from xai_bench.report.metric_audit.tables import (
    CLUSTER_RULE,
    CORE_RULE,
    alike_table,
    core_table,
    trust_table,
)
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.stats import RESAMPLES, share_interval
from xai_bench.studies.metric_audit import MetricAudit
from xai_bench.studies.metric_audit.audit_comparisons import MOVED
from xai_bench.studies.metric_audit.trust_verdict import NOTICED, USEFUL
from xai_bench.zoo import QUESTIONS

__all__ = ["REDUNDANCY", "TRUST_PICTURE", "draw_pictures", "render", "write_metric_audit"]

TRUST_PICTURE, REDUNDANCY = "trust.png", "redundancy.png"


def write_metric_audit(audit: MetricAudit, folder: Path, *, command: str) -> None:
    """Write tables and facts, and of what was written the page and the pictures.

    Raises OutputError.
    """
    studies = {"trust": audit.trust, "redundancy": audit.redundancy, "core": audit.core}
    for result in studies.values():
        write_study(result, folder)
    written = MetricAudit(  # whose numbers are rounded
        **{name: read_study(folder, result.schema) for name, result in studies.items()}
    )
    storage.write_file(folder / "README.md", render(written, command=command))
    draw_pictures(written, folder)


def draw_pictures(written: MetricAudit, folder: Path) -> None:
    """What was read again. Raises OutputError."""
    save_picture(draw_trust(written.trust.table), folder / TRUST_PICTURE)
    if len(written.redundancy.table):
        picture = draw_redundancy(written.redundancy.table)
        save_picture(picture, folder / REDUNDANCY)


def render(audit: MetricAudit, *, command: str) -> str:
    """A page of Markdown. command: that made the audit."""
    together = ""
    if len(audit.redundancy.table):
        together = (
            "\n## Which metrics ask the same?\n\n"
            f"{CLUSTER_RULE}\n\n"
            f"![Correlation of metrics]({REDUNDANCY})\n\n"
            f"{markdown_table(alike_table(audit.redundancy.table))}"
        )
    return "".join(
        (
            "# Audit of metrics\n\n"
            "Which metrics notice what they should, which ask the same, and which are the "
            "core?\n\n",
            *(f"- {line}\n" for line in _facts(audit.trust, command)),
            "\n## In short\n\n",
            *(f"- {line}\n" for line in _in_short(audit.trust.table)),
            "\n## What does each metric tell apart?\n\n",
            f"![What each metric tells apart]({TRUST_PICTURE})\n\n",
            *(f"- `{name}`: {words}.\n" for name, words in QUESTIONS.items()),
            f"\n{markdown_table(trust_table(audit.trust.table))}",
            together,
            "\n## Which are the core, and why?\n\n",
            f"{CORE_RULE}\n\n",
            markdown_table(core_table(audit.core.table)),
        )
    )


def _in_short(table: pd.DataFrame) -> Iterator[str]:
    """How many metrics have which verdict on each question."""
    for question, rows in table.groupby("question", sort=False):
        counts = rows["verdict"].value_counts()
        said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        yield f"`{question}`: {said}"


def _facts(result: StudyResult, command: str) -> Iterator[str]:
    facts: Mapping[str, Any] = result.facts
    repeats = facts["repeats"]
    yield f"Made by {code(command)}."
    yield escaped_sentence(
        f"{facts['n']} recordings, {_where(facts)}, seed {facts['seed']}. Trained models: "
        f"{', '.join(facts['models']) or 'none'}; methods: {', '.join(facts['methods'])}. Known "
        f"nets: {', '.join(facts['known_nets']) or 'none, so that nothing is asked of the truth'}."
    )
    yield (
        "Every comparison is of two maps of the same recording. Intervals: 95 %, over "
        f"patients: Wilson's with the effective sample size; of reliability {RESAMPLES} resamples. "
        "Untrained nets: each recording has one with random weights of its own, so that intervals "
        "of `training` are over draws too."
    )
    yield (
        "A metric tells where the interval of the share is above 0.5, and has it reversed where "
        f"it is below; it does not tell where the interval holds 0.5 and excludes {USEFUL:g}, or "
        "where it has one of the maps reversed, whatever the others; "
        "otherwise recordings are too few. By construction: the answer follows from a definition, "
        f"or all scores are tied. A resolution is the smallest share of moved mass that "
        f"{NOTICED:.0%} of recordings notice, and each larger one too; a metric tells where the "
        f"interval of that ends at a share that was tried ({', '.join(MOVED.values())}), and "
        "where only its estimate or the upper ends of shares do, recordings are too few."
    )
    yield f"{UNCORRECTED} {left_after_holm(result.table)}"
    all_notice, _ = share_interval(np.ones(facts["n"]), list(map(str, range(facts["n"]))))
    if all_notice < NOTICED:
        yield (
            f"Where all {facts['n']} recordings notice on every net, the effective sample size is "
            f"that of patients and the interval begins at {all_notice:.0%}, below "
            f"{NOTICED:.0%}: such a resolution is undecided."
        )
    yield (
        f"Reliability: scores of the first {repeats['n']} recordings with the seeds "
        f"{', '.join(map(str, [facts['seed'], *repeats['seeds']]))}."
    )
    for model, recordings in facts["speaks_for"].items():
        yield escaped_sentence(
            f"Evidence is asked of {model} in the {len(recordings)} recordings in which its truth "
            "within the evidence has the sign that the control oracle gives it."
        )
    yield from map(escaped_sentence, facts.get("remarks", []))
    if not facts["speaks_for"]:
        yield (
            "Nothing was planted in these recordings, or no known net reads it: what needs planted "
            "evidence, and all of localisation, is not asked."
        )
    yield escaped_sentence(
        f"Of {facts.get('data', SYNTHETIC)}; for research on explanations, not for diagnosis."
    )


def _where(facts: Mapping[str, Any]) -> str:
    """Such as "fold 10 of synthetic", or the split of a data set that may have no folds."""
    data, fold = facts.get("data", SYNTHETIC), facts.get("fold")
    if fold is not None:
        folds = [fold] if isinstance(fold, int) else fold
        return f"fold {' and '.join(map(str, folds))} of {data}"
    return {"test": f"fold 10 of {data}", "all": f"all of {data}"}.get(
        facts.get("split", "test"), f"split {facts.get('split')} of {data}"
    )
