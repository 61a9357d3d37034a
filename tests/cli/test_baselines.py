"""`baselines`: from names to findings, a summary and a folder."""

from __future__ import annotations

import inspect
from pathlib import Path

from tests.cli.conftest import Call
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import read_study
from xai_bench.studies.baselines import baseline_dependence
from xai_bench.studies.baselines.study import SCHEMA


def test_it_ends_with_findings_a_summary_and_a_folder(xai_bench: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ("--model", "known-linear", "--method", "native,saliency", "--n", "2")
    done = xai_bench(
        "baselines", *asked, "--metrics", "deletion", "--baselines", "white-noise", "--out", out
    )
    assert done.status == 0, done.err
    text = " ".join(done.out.split())
    assert "known-linear, explained class" in text
    assert f"page, tables and figures: {out / 'README.md'}" in text
    facts = read_study(out, SCHEMA).facts
    assert (facts["n"], facts["baselines"]) == (2, ["zero", "white-noise"])


def test_defaults_are_those_of_the_python_function(xai_bench: Call) -> None:
    shown = "".join(xai_bench("baselines", "--help").out.split())
    preset = PRESETS.baselines
    for default in map(",".join, (preset.models, preset.methods, preset.metrics)):
        assert f"[default:{default}]" in shown
    options = set(inspect.signature(baseline_dependence).parameters) - {"progress"}
    assert all(f"--{name}" in shown for name in options)


def test_a_metric_that_removes_nothing_is_one_line(xai_bench: Call) -> None:
    done = xai_bench("baselines", "--metrics", "mprt", "--n", "2")
    assert done.status == 2
    assert done.err.startswith("error: mprt@twin: mprt removes no samples")
