"""Sentences, tables and the picture of a study of concepts that nobody made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from xai_bench.provenance import provenance
from xai_bench.report.probe.findings import ProbeFindings
from xai_bench.report.probe.page import write_probe
from xai_bench.report.probe.tables import summary_table
from xai_bench.results.study_tables import StudyResult, read_study
from xai_bench.studies.probe.concepts import CONCEPTS
from xai_bench.studies.probe.probe_measures import SCHEMA

NAN = float("nan")


def _study(*, few: bool = False) -> StudyResult:
    """heart rate is learnt, QRS passed on, axis lost, voltage unknown; the output follows QRS."""
    of = {"heart rate": (0.6, 0.2), "QRS": (0.4, 0.4), "axis": (0.3, 0.7), "PR": (-0.1, -0.1)}
    rows: list[dict[str, Any]] = []
    for concept in CONCEPTS:
        key = {"model": "net", "layer": "block", "concept": concept, "reason": "", "p": NAN}
        if concept not in of:
            rows.append(
                key
                | {"measure": "r2", "value": NAN, "ci_low": NAN, "ci_high": NAN, "n": 3}
                | {"reason": "known of 3 recordings; 30 are needed"}
            )
            continue
        r2, floor = of[concept]
        values = {"r2": r2, "r2_untrained": floor, "gain": r2 - floor}
        values |= {"sensitivity": 1.5 if concept == "QRS" else 0.1, "tcav": 0.9}
        for measure, value in values.items():
            ends = (NAN, NAN) if few else (value - 0.05, value + 0.05)
            p = (0.001 if concept == "QRS" else 0.2) if measure == "sensitivity" else NAN
            rows.append(
                key
                | {"measure": measure, "value": value, "ci_low": ends[0], "ci_high": ends[1]}
                | {"n": 50, "p": p}
            )
    table = pd.DataFrame(rows).assign(p_holm=lambda t: t["p"] * 4)
    facts = {"data": "here", "n": 50, "left_out": ["one: torn"], "target": "", "remarks": []}
    about = {"net": {"layer": "block", "features": 8, "explained": "MI"}}
    return StudyResult(
        schema=SCHEMA,
        table=table[list(SCHEMA.estimates)].astype(SCHEMA.estimates),
        facts=provenance(torch.device("cpu")) | facts | {"models": about},
    )


def test_sentences_say_what_was_learnt_passed_on_lost_and_followed() -> None:
    learnt, passed, lost, followed = ProbeFindings(_study()).sentences
    assert "predicts heart rate (R² 0.60 [0.55, 0.65]) better" in learnt
    assert "of 4 concepts, n = 50" in learnt
    assert "QRS can be read from the layer" in passed
    assert "axis" not in passed
    assert "worse than from the untrained net: axis (R² 0.30, untrained 0.70)" in lost
    assert "follow QRS 1.50 [1.45, 1.55]" in followed
    assert "native" not in followed
    assert "PR" not in " ".join((learnt, passed, lost, followed))


def test_without_intervals_nothing_is_said_of_what_is_known() -> None:
    first, _ = ProbeFindings(_study(few=True)).sentences
    assert first.endswith("n = 50: too few patients for intervals, so nothing is said.")


@pytest.mark.slow
def test_the_page_is_that_of_its_table(tmp_path: Path) -> None:
    found = ProbeFindings(_study())
    write_probe(found, tmp_path, command="xai-bench probe")
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    again = ProbeFindings(read_study(tmp_path, SCHEMA))
    assert again.sentences == found.sentences
    assert all(text.replace("|", "\\|") in page for text in found.sentences)
    assert "one: torn" in page
    assert (tmp_path / "probe.png").stat().st_size > 10_000


def test_a_concept_without_estimates_has_its_reason() -> None:
    table = summary_table(ProbeFindings(_study()))
    row = next(row for row in table.rows if row.cells[0].text == "voltage")
    assert [cell.text for cell in row.cells[1:]] == ["–", "–", "–"]
    assert row.cells[1].reason == "known of 3 recordings; 30 are needed"


@pytest.mark.parametrize("measure", ["r2", "sensitivity"])
def test_the_reader_finds_every_estimate(measure: str) -> None:
    found = ProbeFindings(_study())
    row = found.row("net", "QRS", measure)
    assert row is not None
    assert row["value"] == {"r2": 0.4, "sensitivity": 1.5}[measure]
    assert found.row("net", "voltage", measure) is None
