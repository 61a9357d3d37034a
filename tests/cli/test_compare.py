"""`compare`: from names to findings, a summary and a folder."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tests.cli.conftest import Call, own_zoo
from tests.studies.stability.seeded_zoo import seeded_zoo
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import read_study
from xai_bench.studies.stability import compare
from xai_bench.studies.stability.schema import SCHEMA


@pytest.mark.slow
def test_compare_ends_with_findings_a_summary_and_a_folder(xai_bench: Call, tmp_path: Path) -> None:
    seeded_zoo(tmp_path / "zoo")
    out = tmp_path / "out"
    asked = ("--model", "two-linear", "--method", "native,saliency", "--n", "6", "--seed", "3")
    done = xai_bench("compare", *asked, *own_zoo(tmp_path), "--out", out)
    assert done.status == 0, done.err
    text = " ".join(done.out.split())
    assert "Similarity under noise of 20 dB, two-linear: " in text
    assert "stability of explanations (Spearman)" in text
    assert "with 6 patients, two methods of" in text
    assert f"page, tables and figures: {out / 'README.md'}" in text
    study = read_study(out, SCHEMA)
    assert set(study.scores["model"]) == set(study.table["model"]) == {"two-linear"}
    assert (study.facts["n"], study.facts["seed"]) == (6, 3)
    page = (out / "README.md").read_text()
    command = "xai-bench compare --model two-linear --method native,saliency"
    assert f"`{command} --data synthetic --split test --n 6 " in page
    for name in ("input", "initialisations", "methods", "weights", "beats"):
        assert (out / f"{name}.png").stat().st_size > 10_000


def test_one_question_of_one_able_method_and_two_patients_is_answered(
    xai_bench: Call, tmp_path: Path
) -> None:
    seeded_zoo(tmp_path / "zoo")
    names = ("--model", "linear", "--method", "native,saliency")
    asked = (*names, "--n", "2", "--questions", "weights")
    done = xai_bench("compare", *asked, *own_zoo(tmp_path), "--out", tmp_path / "out")
    assert done.status == 0, done.err
    text = " ".join(done.out.split())
    assert "to the trained linear" in text
    assert "left out: linear, native: native needs a net that generates its own weights" in text
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["weights.png"]


def test_defaults_are_those_of_the_python_function(xai_bench: Call) -> None:
    shown = "".join(xai_bench("compare", "--help").out.split())
    preset = PRESETS.stability
    for default in (",".join(preset.models), ",".join(preset.methods), str(preset.n)):
        assert f"[default:{default}]" in shown
    options = set(inspect.signature(compare).parameters) - {"progress"}
    assert all(f"--{name}" in shown for name in options)


def test_unknown_questions_are_one_line(xai_bench: Call) -> None:
    done = xai_bench("compare", "--questions", "inputs", "--n", "2")
    assert done.status == 2
    assert done.err.startswith("error: no question 'inputs'. Did you mean 'input'?")
    assert done.err.count("\n") == 1


def test_a_url_where_a_folder_belongs_becomes_no_folder(
    xai_bench: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = xai_bench("compare", "--n", "2", "--out", "s3://bucket/run")
    assert done.status == 2
    assert "only xai-bench run writes to object stores; give a folder" in done.err
    assert not list(tmp_path.iterdir())
