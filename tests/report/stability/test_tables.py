"""The summary in a terminal, and the estimates of a question."""

from __future__ import annotations

import re

import pytest
from rich.console import Console

from tests.studies.stability.made_up import made_up
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.report.stability.tables import estimates_table, summary_table
from xai_bench.report.terminal import terminal_table
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.stability.headline_scores import headline_scores

METHODS = ["native", "input-x-gradient", "saliency", "gradcam", "ig-16", "amplitude"]


def _lines(study: StudyResult) -> list[str]:
    console = Console(width=160)
    with console.capture() as captured:
        console.print(terminal_table(summary_table(study)))
    return captured.get().splitlines()


def test_every_method_of_every_model_has_a_row_controls_last(found: StabilityFindings) -> None:
    lines = _lines(found.result)
    names = [line.split()[0] for line in lines if line.split()]
    rows = [name for name in names if name in ("imn", "resnet1d", *METHODS)]
    assert rows == ["imn", *METHODS, "resnet1d", *METHODS[1:]]
    head = " ".join(lines[:4])
    for column in ("noise, 20 dB", "lead swap", "other seeds", "in evidence", "next beat"):
        assert column in head
    assert "seeds of" in head
    assert "all layers" in head


def test_numbers_are_those_of_the_recordings_and_of_the_table() -> None:
    study = made_up(n=8, quality={"native": 0.8, "gradcam": 0.9}, questions="input,beats,weights")
    text = "\n".join(_lines(study))
    for question in ("input", "beats"):
        mean = headline_scores(question, study.scores, "imn").scores["native"].mean()
        assert re.search(rf"native.*{mean:.2f} \d", text)
    similar = study.table[
        (study.table["method"] == "native")
        & (study.table["measure"] == "spearman")
        & (study.table["given"] == "all")
    ]
    for condition in ("lead swap", "cascade"):
        row = similar[similar["condition"] == condition].iloc[-1]
        assert f"{row['value']:.2f} {row['ci_low']:.2f}–{row['ci_high']:.2f}" in text
    assert "other seeds" not in text, "was not asked"


def test_an_estimate_has_its_level_its_number_and_its_reason(found: StabilityFindings) -> None:
    table = found.result.table.copy()
    table.loc[table["condition"] == "muscle", ["value", "ci_low", "ci_high"]] = float("nan")
    table.loc[table["condition"] == "muscle", "reason"] = "no reason"
    shown = estimates_table("input", table)
    assert shown.title == (
        "Does the explanation stay when the recording is disturbed? Mean over recordings and 95 % "
        "interval"
    )
    rows = {
        tuple(cell.text for cell in row.cells[:6] if cell.text != "spearman"): row.cells
        for row in shown.rows
    }
    noise = rows["imn", "native", "white noise", "20", ""]
    row = table[
        (table["model"] == "imn")
        & (table["method"] == "native")
        & (table["condition"] == "white noise")
        & (table["level"] == 20)
        & (table["measure"] == "spearman")
        & (table["given"] == "all")
    ].iloc[0]
    assert noise[6].value == pytest.approx(row["value"])
    assert noise[7].value == row["n"] == 24
    assert noise[6].bar is not None
    unknown = rows["imn", "native", "muscle", "20", ""][6]
    assert (unknown.text, unknown.reason, unknown.bar) == ("–", "no reason", None)
    assert ("imn", "the prediction", "white noise", "20", "", "flipped") in rows
    assert rows["imn", "native", "lead swap", "", ""][3].value is None
