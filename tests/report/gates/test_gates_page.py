"""The page of a study of gates says what its table has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.studies.gates.gated_study import gated_study
from xai_bench.report.gates.findings import gate_findings
from xai_bench.report.gates.page import render, write_gates
from xai_bench.report.gates.tables import agreement_table, gate_tables
from xai_bench.report.stability.wording import of_row
from xai_bench.results.study_tables import read_study, select
from xai_bench.studies.gates import SCHEMA
from xai_bench.studies.gates.study import SAYERS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gates")
    write_gates(gated_study(), out, command="xai-bench gates gated")
    return out


def test_the_folder_is_read_as_it_was_written(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "gates.csv",
        "gates.json",
        "gates.png",
    }
    text = (folder / "README.md").read_text()
    assert text == render(read_study(folder, SCHEMA))
    assert "Made by `xai-bench gates gated`." in text


def test_sentences_have_the_numbers_of_the_table(folder: Path) -> None:
    result = read_study(folder, SCHEMA)
    found = list(gate_findings(result))
    rows = select(result.table, measure="agreement", first="gates", second="removal")
    (row,) = (one for _, one in rows.iterrows())
    assert f"is gate {of_row(row)} (n = 16)" in found[0]
    (gain,) = (
        one for _, one in select(result.table, measure="gain", first="size of the map").iterrows()
    )
    verdict = "higher" if gain["ci_low"] > 0 else "lower" if gain["ci_high"] < 0 else "not told"
    assert f"gate {verdict}" in found[2]
    assert of_row(gain) in found[2]
    (auroc,) = (
        one for _, one in select(result.table, measure="auroc", first="own less mean").iterrows()
    )
    assert f"(difference {of_row(auroc)}, n = 16)" in found[-1]


def test_a_task_without_an_auroc_says_why(folder: Path) -> None:
    result = read_study(folder, SCHEMA)
    table = result.table.copy()
    of_auroc = table["measure"] == "auroc"
    table.loc[of_auroc, ["value", "ci_low", "ci_high"]] = np.nan
    table.loc[of_auroc, "reason"] = "the task has more than two classes"
    *_, last = gate_findings(replace(result, table=table))
    assert last.endswith("AUROC is not known: the task has more than two classes.")


def test_tables_have_every_sayer_and_class(folder: Path) -> None:
    result = read_study(folder, SCHEMA)
    said = agreement_table(result)
    assert [column.heading for column in said.columns] == ["block", *SAYERS]
    assert len(said.rows) == 1
    tables = list(gate_tables(result))
    assert len(tables) == 4
    headings = [column.heading for column in tables[2].columns]
    assert headings[2:4] == ["NORM, 10⁻³", "MI, 10⁻³"]
    assert [row.cells[1].text for row in tables[2].rows] == ["trained", "untrained"]
