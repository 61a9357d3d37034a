"""`dose`: from names to findings, a summary and a folder."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tests.cli.conftest import Call, own_zoo
from tests.studies.dose_response.stand_in_lesions import use_stand_ins
from tests.tiny_zoo import tiny_zoo
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import read_study
from xai_bench.studies.dose_response import dose_response
from xai_bench.studies.dose_response.dose_measures import SCHEMA


def test_dose_ends_with_findings_a_summary_and_a_folder(
    xai_bench: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_stand_ins(monkeypatch)
    tiny_zoo(tmp_path / "zoo")
    out = tmp_path / "out"
    asked = ("--model", "linear", "--method", "native,saliency", "--lesion", "bump,hum")
    more = ("--doses", "0.1,0.5", "--n", "2", "--seed", "3", "--out", out)
    done = xai_bench("dose", *asked, *more, *own_zoo(tmp_path))
    assert done.status == 0, done.err
    text = " ".join(done.out.split())
    assert "Too few patients to say whether linear follows bump: tau of its log-odds of MI" in text
    assert "does it follow the dose?" in text
    assert "left out: linear, native: native needs a net that generates its own weights" in text
    assert f"page, tables and figures: {out / 'README.md'}" in text
    study = read_study(out, SCHEMA)
    assert study.facts["doses"] == [0, 0.1, 0.5]
    assert (study.facts["n"], study.facts["seed"]) == (2, 3)
    command = "xai-bench dose --model linear --method native,saliency --data synthetic"
    assert f"Made by `{command}" in (out / "README.md").read_text()
    assert "--doses 0.1,0.5" in (out / "README.md").read_text()


def test_defaults_are_those_of_the_python_function(xai_bench: Call) -> None:
    shown = "".join(xai_bench("dose", "--help").out.split())
    preset = PRESETS.dose_response
    doses = ",".join(f"{dose:g}" for dose in preset.doses)
    for default in (*map(",".join, (preset.models, preset.methods, preset.lesions)), doses):
        assert f"[default:{default}]" in shown
    options = set(inspect.signature(dose_response).parameters) - {"progress"}
    assert all(f"--{name}" in shown for name in options)


def test_doses_that_are_no_numbers_are_one_line(xai_bench: Call) -> None:
    done = xai_bench("dose", "--doses", "0.1,much")
    assert (done.status, done.err) == (2, "error: --doses wants numbers in mV, not '0.1,much'\n")
