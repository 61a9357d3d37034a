"""Commands that only look do not wait for what only scoring needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.results.made_cells import cell
from xai_bench.results import write_cell, write_leaderboard

RARE = {"captum", "quantus", "sklearn", "skimage", "statsmodels", "seaborn"}
DRAWING = {"matplotlib", "jinja2"}
SCORING = {"torch", "safetensors"}
READING = {"wfdb", "requests", "scipy.stats", "scipy.signal", "scipy.special"}
TABLES = {"pandas", "pyarrow"}
"""Of `show` alone: it has no other way to read a leaderboard."""

MAIN = "import sys; from xai_bench.cli.main import main; sys.argv[0] = 'xai-bench'; main()"


def imported_by(code: str, *arguments: object) -> set[str]:
    """The modules that a process imports, by what Python says of each import."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize("what", ["models", "methods", "metrics"])
def test_a_list_needs_neither_tables_nor_nets(what: str) -> None:
    imported = imported_by(MAIN, "ls", what)
    assert "xai_bench.zoo" in imported
    assert not (RARE | DRAWING | SCORING | READING | TABLES) & imported


def test_show_needs_tables_alone(tmp_path: Path) -> None:
    cells = [cell(name, [1.0, 2.0]) for name in ("ig", "random", "oracle")]
    for one in cells:
        write_cell(tmp_path, one)
    write_leaderboard(tmp_path, cells)
    imported = imported_by(MAIN, "show", tmp_path)
    assert "pandas" in imported
    assert not (RARE | DRAWING | SCORING | READING) & imported


def test_a_folder_is_checked_without_nets_and_tables(shared_data: Path) -> None:
    imported = imported_by(MAIN, "data", "check", shared_data / "challenge" / "georgia")
    assert "scipy.signal" in imported, "which looks for beats"
    assert not (RARE | DRAWING | SCORING | TABLES | {"requests"}) & imported


@pytest.mark.slow
def test_scoring_begins_without_what_few_methods_and_metrics_need() -> None:
    imported = imported_by("import xai_bench.studies.benchmark, xai_bench.report.progress_bar")
    assert "torch" in imported
    assert not (RARE | DRAWING | READING) & imported
