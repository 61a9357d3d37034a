"""The audit of metrics as people see it."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from xai_bench.errors import OutputError
from xai_bench.report.metric_audit.figures import draw_redundancy, draw_trust
from xai_bench.report.metric_audit.page import write_metric_audit
from xai_bench.report.metric_audit.tables import alike_table, core_table, trust_table
from xai_bench.report.terminal import terminal_table
from xai_bench.results.study_tables import StudyResult, read_study
from xai_bench.studies.metric_audit import SCHEMA, MetricAudit
from xai_bench.studies.metric_audit.core_choice import SCHEMA as CORE
from xai_bench.studies.metric_audit.core_choice import choose_core
from xai_bench.studies.metric_audit.redundancy import SCHEMA as REDUNDANCY
from xai_bench.zoo import QUESTIONS

ANSWERS = {
    ("sufficiency", "noise"): (0.55, 0.5, 0.6, "does not tell"),
    ("sufficiency", "slope"): (0.91, 0.86, 0.96, "tells"),
    ("sufficiency", "amplitude"): (0.1, 0.05, 0.2, "reversed"),
    ("sufficiency", "training"): (0.8, 0.45, 0.95, "too few recordings"),
    ("sufficiency", "resolution"): (0.25, 0.1, math.nan, "too few recordings"),
    ("sufficiency", "sign"): (math.nan, math.nan, math.nan, "not asked"),
    ("max_sensitivity", "noise"): (1.0, 0.9, 1.0, "by construction"),
    ("max_sensitivity", "resolution"): (math.nan, math.nan, math.nan, "does not tell"),
}
FACTS = {
    "models": ["imn"],
    "known_nets": ["known-linear"],
    "methods": ["native"],
    "n": 32,
    "seed": 0,
    "speaks_for": {"known-morphology": ["00003"]},
    "repeats": {"seeds": [1, 2], "n": 16},
}


def _found() -> pd.DataFrame:
    rows = [
        {
            "metric": metric,
            "family": "stability" if metric == "max_sensitivity" else "faithfulness",
            "question": question,
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "n": 32,
            "pairs": 2,
            "least": value,
            "p": 0.5,
            "verdict": verdict,
            "reason": "no recording has both scores" if verdict == "not asked" else "",
        }
        for (metric, question), (value, low, high, verdict) in ANSWERS.items()
    ]
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates))


def _pairs() -> pd.DataFrame:
    rows = [("sufficiency", "insertion", 0.2), ("sufficiency", "flipping", -0.995)]
    rows += [("insertion", "flipping", 0.1)]
    return pd.DataFrame(
        [
            {"first": a, "second": b, "value": value, "low": value, "high": value}
            | {"n": 9, "reason": "", "models": 1, "maps": 4}
            for a, b, value in rows
        ],
        columns=list(REDUNDANCY.estimates),
    )


def _audit() -> MetricAudit:
    core = choose_core(_found(), {"sufficiency": 1, "max_sensitivity": 2}, {"sufficiency": 0.123})
    tables = {"trust": (SCHEMA, _found()), "redundancy": (REDUNDANCY, _pairs())}
    tables |= {"core": (CORE, core)}
    return MetricAudit(
        **{
            name: StudyResult(schema=schema, table=table, facts=dict(FACTS))
            for name, (schema, table) in tables.items()
        }
    )


def test_each_share_stands_with_its_interval_and_its_verdict() -> None:
    rows = trust_table(_found()).rows
    assert [row.group for row in rows] == ["faithfulness", "stability"]
    deletion, sensitivity = (dict(zip(QUESTIONS, row.cells[1:], strict=True)) for row in rows)
    assert (deletion["noise"].text, deletion["noise"].interval) == ("0.55†", "0.50 – 0.60")
    assert deletion["slope"].text == "0.91"
    assert deletion["amplitude"].text == "0.10‡"
    assert deletion["training"].text == "0.80?"
    assert (deletion["resolution"].text, deletion["resolution"].interval) == ("25%?", "10% – –")
    assert (deletion["sign"].text, deletion["sign"].reason) == (
        "–",
        "no recording has both scores",
    )
    assert deletion["used"].text == "–", "was not asked"
    assert sensitivity["noise"].text == "1.00="
    assert sensitivity["resolution"].text == "†", "no corruption is noticed"
    assert deletion["slope"].heat == pytest.approx(0.82)
    assert deletion["resolution"].heat == pytest.approx(0.5)
    assert sensitivity["noise"].heat is None, "what is settled is no merit"


def test_a_terminal_has_room_for_marks_and_intervals() -> None:
    console = Console(file=io.StringIO(), width=160)
    console.print(terminal_table(trust_table(_found())))
    assert isinstance(console.file, io.StringIO)
    (deletion,) = (
        line for line in console.file.getvalue().splitlines() if line.strip(" │").startswith("suff")
    )
    assert "0.55† 0.50 – 0.60" in deletion


def test_the_picture_says_the_same() -> None:
    (axes,) = draw_trust(_found()).axes
    written = {text.get_text() for text in axes.texts}
    assert written == {"0.55†", "0.91", "0.10‡", "0.80?", "25%?", "1.00=", "†", "–"}
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "sufficiency",
        "max_sensitivity",
    ]
    assert len(axes.lines) == 1, "a gap between families"


def test_metrics_that_ask_the_same_are_framed_and_listed() -> None:
    (axes,) = draw_redundancy(_pairs()).axes
    assert len(axes.lines) == 1
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert abs(names.index("sufficiency") - names.index("flipping")) == 1
    rows = alike_table(_pairs()).rows
    assert [cell.text for cell in rows[0].cells[:3]] == ["sufficiency", "flipping", "-0.995"]
    assert len(rows) == 1
    assert not alike_table(_pairs().assign(value=0.1)).rows


def test_every_metric_is_in_or_out_for_a_reason() -> None:
    deletion, sensitivity = core_table(_audit().core.table).rows
    assert [cell.text for cell in deletion.cells] == [
        *("sufficiency", "in", "0.33", "25%?", "–", "1", "0.1"),
        "best of a family in which none passes; fails noise, amplitude; in, though training and "
        "resolution are undecided",
    ]
    assert sensitivity.cells[1].text == "in"


def test_files_are_written_or_one_line_says_why_not(tmp_path: Path) -> None:
    write_metric_audit(_audit(), tmp_path / "out", command="xai-bench audit metrics")
    back = read_study(tmp_path / "out", SCHEMA)
    pd.testing.assert_frame_equal(back.table, _found(), check_dtype=False)
    assert back.facts == FACTS
    page = (tmp_path / "out" / "README.md").read_text()
    assert "Made by `xai-bench audit metrics`." in page
    assert "- `resolution`: 1 too few recordings, 1 does not tell" in page
    assert "ends at a share that was tried (5%, 10%, 25%, 50%)" in page
    assert "Where all 32 recordings notice on every net" in page
    assert "the interval begins at 88%, below 90%: such a resolution is undecided." in page
    assert "average linkage of 1 − |correlation|, cut at 0.1" in page
    assert "fails noise, amplitude" in page
    assert "nothing is corrected over the questions. Of 2 verdicts of tells or reversed" in page
    assert "Evidence is asked of known-morphology in the 1 recordings" in page
    for name in ("trust.png", "redundancy.png"):
        assert (tmp_path / "out" / name).read_bytes().startswith(b"\x89PNG")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write .*file/trust.json: Not a directory"):
        write_metric_audit(_audit(), tmp_path / "file", command="")
