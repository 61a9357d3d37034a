"""The whole report on recordings of a folder."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xai_bench.data import make_dataset
from xai_bench.errors import InputError, OutputError, UnknownNameError
from xai_bench.studies.realism.study import make_report


def test_another_seed_of_the_generator_is_not_told_apart(tmp_path: Path) -> None:
    make_dataset(tmp_path / "clinic", n=30, seed=5)
    told: list[str] = []
    report = make_report(
        tmp_path / "clinic",
        out=tmp_path / "out",
        n=40,
        rate_hz=100.0,
        models=[],
        progress=lambda what, done, total: told.append(what),
    )
    assert report.findings == []
    page = (tmp_path / "out" / "realism.md").read_text(encoding="utf-8")
    assert re.match(r"# Synthetic NORM beside clinic-\w+\n\n- Real: ", page)
    assert "No feature differs" in page
    assert "Models on the real recordings" not in page
    everything = report.test.table[report.test.table["group"] == "everything"]
    assert everything["ci_low"].max() < 0.6
    assert len(set(told)) == 6


def test_a_folder_of_another_kind_is_told_apart(tmp_path: Path, shared_data: Path) -> None:
    out = tmp_path / "out"
    report = make_report(shared_data / "ptbxl_mini", out=out, n=24, models=["conv2d"])
    said = r"Real: 8 recordings of ptbxl_mini-\w+ \(those labelled NORM alone, of 10\)\."
    assert re.fullmatch(said, report.facts[0])
    assert any("1: no file for a model of 500 Hz" in fact for fact in report.facts)
    # What a recorder does to its samples is seen at any number of recordings.
    assert any("unchanged samples" in line for line in report.findings)

    table = pd.read_csv(out / "realism.csv", keep_default_na=False)
    hr = table[table["feature"] == "heart rate"].iloc[0]
    assert 54 < hr["real_q10"] < hr["real_q50"] < hr["real_q90"] < 124
    qrs = table[table["feature"] == "QRS"].iloc[0]
    assert 75 < qrs["real_q50"] < 100
    assert len(pd.read_csv(out / "models.csv")) == 11
    names = sorted(path.name for path in out.iterdir())
    pairs = [name for name in names if name.startswith("pair-600")]
    assert len(pairs) == 5
    assert names == sorted(
        ["amplitudes.png", "models.csv", "realism.csv", "realism.md", "spectra.png", *pairs]
    )
    page = (out / "realism.md").read_text(encoding="utf-8")
    for path in out.glob("*.png"):
        assert path.stat().st_size < 500_000
        assert f"({path.name})" in page
    assert np.isfinite(report.test.table["auroc"]).all()


def test_what_cannot_be_done_is_said_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="conv2d"):
        make_report(tmp_path, models=["conv2e"])
    with pytest.raises(InputError, match="0 synthetic recordings"):
        make_report(tmp_path, n=0)


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    make_dataset(tmp_path / "clinic", n=2, seed=5)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="cannot write the report to"):
        make_report(tmp_path / "clinic", out=tmp_path / "out", n=2, rate_hz=100.0, models=[])
