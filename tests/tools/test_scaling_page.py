"""The page on large cohorts says what the tables of the benchmarks say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.scaling_page import scaling_page

BLOCKS = ("cost", "cohorts", "cores", "memory")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "benchmarks/results").mkdir(parents=True)
    page = "".join(f"# {name}\n\n<!-- {name} -->\nold\n<!-- /{name} -->\n" for name in BLOCKS)
    (tmp_path / "docs/scaling.md").write_text(page)
    return tmp_path


def test_what_was_not_measured_is_said(root: Path) -> None:
    said = scaling_page(root)
    assert said.count("Not measured yet.\n") == len(BLOCKS)
    assert "old" not in said


def test_tables_are_those_of_the_benchmarks(root: Path) -> None:
    results = root / "benchmarks/results"
    (results / "scaling.md").write_text(
        "# Costs\n\nOn 2 cores.\n\n## A recording\n\n| model | packing |\n|---|---|\n| imn | 7 |\n"
        "\n## Alone\n\n| metric | saliency |\n|---|---|\n| deletion | 9 |\n\n## Cohorts\n\n"
        "| cohort | recordings | model | device | workers | hours |\n|---|---|---|---|---|---|\n"
        "| small | 5 | imn | CPU core | 16 | 4 |\n| small | 5 | imn | CPU core | 64 | 3 |\n"
        "| small | 5 | imn | CPU core | 256 | 2 |\n| small | 5 | imn | CPU core | 1024 | 1 |\n"
    )
    (results / "memory_curve.md").write_text(
        "# Memory\n\nOn 2 cores.\n\n| data | n | resident, MB |\n|---|---|---|\n"
        "| folder | 64 | 400 |\n| folder | 256 | 410 |\n| folder | 1024 | 420 |\n"
    )
    said = scaling_page(root)
    assert "On 2 cores.\n\n| model | packing |\n| --- | --- |\n| imn | 7 |\n<!-- /cost -->" in said
    assert "deletion" not in said
    assert "| CPU core | 64 | 3 |\n| small | 5 | imn | CPU core | 1024 | 1 |\n" in said
    assert "| 16 |" not in said
    assert "no cost was measured on a GPU" in said
    assert "- folder: 400 MB of 64 recordings, 420 MB of 1024\n" in said
    assert said.count("Not measured yet.\n") == 1
    (results / "scaling.md").write_text(
        (results / "scaling.md").read_text() + "| small | 5 | imn | GPU | 64 | 0.1 |\n"
    )
    assert "GPU hours are not predicted" not in scaling_page(root)
