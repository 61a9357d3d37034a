"""The folder of a comparison, and the page that is in it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.studies.realism.realism_results import of_another_seed, of_real_recordings
from xai_bench.errors import OutputError
from xai_bench.report.realism.page import render, write_realism
from xai_bench.results.study_tables import read_study
from xai_bench.studies.realism.comparison_table import SCHEMA, comparison_rows, feature_rows


def test_the_page_of_recordings_that_are_alike() -> None:
    page = render(of_another_seed()[0].result)
    assert re.match(r"# synthetic beside clinic-\w+: NORM\n\n- Real: ", page)
    assert "No feature differs at a false discovery rate of 5%" in page
    assert "Models on the real recordings" not in page
    assert "Pictures" not in page


def test_what_was_not_asked_has_its_reason() -> None:
    alike, _ = of_another_seed()
    (compared,) = alike.result.facts["comparisons"]
    keys = {name: compared[name] for name in ("real", "made", "class")}
    compared = compared | {
        "left_out": ["a.dat: it is gone"],
        "not_made": ["a: 3 of 4 beats are few", "b: 2 of 9 beats are few", "c: no T wave"],
    }
    features = feature_rows(alike.result.table)
    found = replace(
        alike.result,
        table=comparison_rows(keys, pd.DataFrame(), features, "there are 3 patients"),
        facts={"comparisons": [compared]},
    )
    page = render(found, replace(alike.models, skipped=("imn5: several log-odds",)))
    assert "- Left out: a.dat: it is gone." in page
    assert "- Could not be made: 3 (N of N beats are few (2); no T wave (1))." in page
    assert "Not asked: there are 3 patients." in page
    assert "Skipped: imn5: several log-odds." in page


@pytest.mark.slow
def test_the_folder_holds_page_tables_and_pictures(tmp_path: Path, shared_data: Path) -> None:
    out = tmp_path / "out"
    told: list[tuple[str, int, int]] = []
    found = of_real_recordings(shared_data / "ptbxl_mini")
    write_realism(found, out, progress=lambda *step: told.append(step))
    assert told == [("drawing", k, 5) for k in range(5)]
    read = read_study(out, SCHEMA)
    pd.testing.assert_frame_equal(read.table, found.result.table, rtol=1e-5)
    models = pd.read_csv(out / "models.csv", dtype={"record_id": str})
    pd.testing.assert_frame_equal(models, found.models.table)
    names = sorted(path.name for path in out.iterdir())
    pairs = [name for name in names if name.startswith("pair-600")]
    assert len(pairs) == 5
    assert names == sorted(
        ["amplitudes.png", "models.csv", "spectra.png", *pairs]
        + [f"realism.{suffix}" for suffix in ("csv", "json", "md")]
    )
    page = (out / "realism.md").read_text(encoding="utf-8")
    for path in out.glob("*.png"):
        assert path.stat().st_size < 500_000
        assert f"({path.name})" in page
    real = r"- Real: 8 recordings of ptbxl\\_mini-\w+ \(those labelled NORM alone, of 10\)\.\n"
    assert re.search(real, page)
    assert "1: no file for a model of 500 Hz" in page
    assert "1. **" in page
    assert "| conv2d | ptbxl" in page


@pytest.mark.slow
def test_the_folder_of_recordings_that_are_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xai_bench.report.realism.page._PAIRS", 1)
    found, out = of_another_seed()[0], tmp_path / "out"
    write_realism(found, out)
    read = read_study(out, SCHEMA)
    pd.testing.assert_frame_equal(read.table, found.result.table, rtol=1e-5)
    page = (out / "realism.md").read_text(encoding="utf-8")
    pictures = {path.name for path in out.glob("*.png")}
    assert {"amplitudes.png", "spectra.png"} < pictures
    assert len(pictures) == 3
    assert all(f"({name})" in page for name in pictures)


@pytest.mark.slow
def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xai_bench.report.realism.page._PAIRS", 1)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match=r"cannot write .*realism\.json"):
        write_realism(of_another_seed()[0], tmp_path / "out")
