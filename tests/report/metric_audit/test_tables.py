"""The audit of metrics as people see it."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from xai_bench.errors import OutputError
from xai_bench.report.metric_audit.figures import draw_trust
from xai_bench.report.metric_audit.tables import trust_table, write_trust
from xai_bench.report.terminal import terminal_table
from xai_bench.results.study_tables import StudyResult, read_study
from xai_bench.studies.metric_audit import SCHEMA
from xai_bench.zoo import SEPARATIONS

AREAS = {
    "deletion": (0.55, 0.91, 0.98, 1.0),
    "max_sensitivity": (1.0, 0.7, 0.69, math.nan),
}


def _found() -> pd.DataFrame:
    rows = [
        {
            "metric": metric,
            "family": "stability" if metric == "max_sensitivity" else "faithfulness",
            "separation": separation,
            "value": area,
            "ci_low": area - 0.05,
            "ci_high": min(area + 0.05, 1.0),
            "n": 32,
            "pairs": 2,
            "reason": "takes no notice of signs" if math.isnan(area) else "",
        }
        for metric, areas in AREAS.items()
        for separation, area in zip(SEPARATIONS, areas, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates))


def test_each_area_stands_with_its_interval_and_low_ones_are_marked() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(terminal_table(trust_table(_found())))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    (deletion,) = (line for line in lines if "deletion" in line)
    assert "0.55† 0.50 – 0.60" in deletion
    assert "0.91 0.86 – 0.96" in deletion
    (sensitivity,) = (line for line in lines if "max_sensitivity" in line)
    assert "0.70 " in sensitivity
    assert "0.69†" in sensitivity
    assert sensitivity.rstrip().endswith("–")


def test_the_picture_says_the_same() -> None:
    figure = draw_trust(_found())
    (axes,) = figure.axes
    written = {text.get_text() for text in axes.texts}
    assert written == {"0.55†", "0.91", "0.98", "1.00", "0.70", "0.69†", "–"}
    assert [label.get_text() for label in axes.get_yticklabels()] == list(AREAS)
    assert len(axes.lines) == 1, "a gap between families"


def test_colours_are_those_of_the_picture_and_reasons_are_kept() -> None:
    rows = trust_table(_found()).rows
    assert [row.group for row in rows] == ["faithfulness", "stability"]
    deletion, sensitivity = ({c.text: c for c in row.cells[1:]} for row in rows)
    assert deletion["1.00"].heat == 1
    assert deletion["0.55†"].heat == pytest.approx(0.1)
    assert sensitivity["–"].heat is None
    assert sensitivity["–"].reason == "takes no notice of signs"
    found = _found()
    part = found[found["separation"] != "sign"]
    assert trust_table(part).rows[0].cells[-1].text == "–", "was not asked"


def test_files_are_written_or_one_line_says_why_not(tmp_path: Path) -> None:
    result = StudyResult(schema=SCHEMA, table=_found(), facts={"n": 32})
    write_trust(result, tmp_path / "out")
    back = read_study(tmp_path / "out", SCHEMA)
    pd.testing.assert_frame_equal(back.table, _found(), check_dtype=False)
    assert back.facts == {"n": 32}
    assert (tmp_path / "out/trust.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write .*file/trust.csv: Not a directory"):
        write_trust(result, tmp_path / "file")
