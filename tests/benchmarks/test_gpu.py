"""The script for a GPU: no part costs another, and on a CPU it runs to its end."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.py"
GPU = runpy.run_path(str(SCRIPT))


def _python(code: str, seconds: float = 60) -> str:
    said: str = GPU["timed"]([sys.executable, "-c", code], seconds)
    return said


def test_what_a_part_printed_stays_whatever_becomes_of_it() -> None:
    assert _python("print('a row')").startswith("a row\n")
    failed = _python("print('a row'); raise ValueError('no memory')")
    assert failed.startswith("a row\n")
    assert "**Failed (1):**" in failed
    assert "ValueError: no memory" in failed
    late = _python("import time; print('a row', flush=True); time.sleep(60)", seconds=1)
    assert late.startswith("a row\n")
    assert "**Cut off after its 1 s.**" in late


def test_all_parts_together_take_less_than_eight_minutes() -> None:
    assert sum(part.seconds for part in GPU["PARTS"].values()) <= 480


@pytest.mark.slow
@pytest.mark.long
def test_it_runs_to_its_end_on_a_cpu_and_leaves_the_tables_alone() -> None:
    results = SCRIPT.parent / "results"
    before = {path: path.read_bytes() for path in results.iterdir()}
    said = GPU["main"](["--device", "cpu", "--small"])
    assert "Failed" not in said
    assert "Cut off" not in said
    for expected in ("skipped", "of roofline", "Quantus", "| resnet1d | random | "):
        assert expected in said
    assert {path: path.read_bytes() for path in results.iterdir()} == before
