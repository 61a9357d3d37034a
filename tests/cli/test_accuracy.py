"""`accuracy`: from names to findings, a summary and a folder."""

from __future__ import annotations

import inspect
from pathlib import Path

from tests.cli.conftest import Call
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import read_study
from xai_bench.studies.method_accuracy import method_accuracy
from xai_bench.studies.method_accuracy.accuracy_measures import SCHEMA


def test_accuracy_ends_with_findings_a_summary_and_a_folder(
    xai_bench: Call, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = ("--model", "known-linear", "--method", "native,saliency,gradcam", "--n", "2")
    done = xai_bench("accuracy", *asked, "--seed", "3", "--out", out)
    assert done.status == 0, done.err
    text = " ".join(done.out.split())
    assert "known-linear, single samples: too few patients for intervals" in text
    assert "Cosine ↑, tenths of a lead" in text
    assert "left out: known-linear: gradcam needs a cam_layer" in text
    assert f"page, tables and figures: {out / 'README.md'}" in text
    study = read_study(out, SCHEMA)
    assert (study.facts["n"], study.facts["seed"]) == (2, 3)
    command = "xai-bench accuracy --model known-linear --method native,saliency,gradcam"
    assert f"Made by `{command}" in (out / "README.md").read_text()


def test_defaults_are_those_of_the_python_function(xai_bench: Call) -> None:
    shown = "".join(xai_bench("accuracy", "--help").out.split())
    preset = PRESETS.method_accuracy
    for default in map(",".join, (preset.models, preset.methods)):
        assert f"[default:{default}]" in shown
    options = set(inspect.signature(method_accuracy).parameters) - {"progress"}
    assert all(f"--{name}" in shown for name in options)


def test_a_model_that_is_not_known_is_one_line(xai_bench: Call) -> None:
    done = xai_bench("accuracy", "--model", "imn", "--n", "2")
    assert done.status == 2
    assert done.err.startswith("error: model 'imn': the exact attribution of its net is not known")
