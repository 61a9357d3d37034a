from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import wfdb

from xai_bench.data.load import open_source
from xai_bench.data.make import make_dataset
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.errors import DatasetError, OutputError
from xai_bench.types import LEADS


@pytest.mark.slow
def test_what_is_written_is_read_back_exactly(tmp_path: Path) -> None:
    to = tmp_path / "new" / "made"
    calls: list[tuple[int, int]] = []
    make_dataset(
        to,
        n=12,
        seed=5,
        rates=(100, 500),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(i, 12) for i in range(1, 13)]
    for rate_hz in (100.0, 500.0):
        source = open_source(to, rate_hz=rate_hz)
        made = SyntheticSource(rate_hz=rate_hz, seed=5, size=12)
        assert source.index.record_id == tuple(str(int(i)) for i in made.index.record_id)
        assert source.index.labels == made.index.labels
        assert source.index.fold is not None
        assert made.index.fold is not None
        assert np.array_equal(source.index.fold, made.index.fold)
        for row in range(12):
            assert np.array_equal(source.read(row).microvolt, made.read(row).microvolt)


def test_rdsamp_reads_the_same_millivolt(tmp_path: Path) -> None:
    """PhysioNet's own reader, without a line of ours: exact to the microvolt, in both files."""
    make_dataset(tmp_path, n=3, seed=2, rates=(100, 500))
    for rate, suffix in ((100, "lr"), (500, "hr")):
        made = SyntheticSource(rate_hz=float(rate), seed=2, size=3)
        for row in range(3):
            name = tmp_path / f"records{rate}" / "00000" / f"{row + 1:05d}_{suffix}"
            signal, fields = wfdb.rdsamp(str(name))
            assert fields["sig_name"] == list(LEADS)
            assert fields["fs"] == rate
            assert np.array_equal(np.rint(signal.T * 1000), made.read(row).microvolt)


def test_statements_are_those_of_ptbxl(tmp_path: Path, shared_data: Path) -> None:
    """Every SCP code that is written is one of PTB-XL's, of the same superclass."""
    make_dataset(tmp_path, n=2)
    with (shared_data / "ptbxl_mini/scp_statements.csv").open() as file:
        theirs = {row[""]: row["diagnostic_class"] for row in csv.DictReader(file)}
    with (tmp_path / "scp_statements.csv").open() as file:
        ours = {row[""]: row["diagnostic_class"] for row in csv.DictReader(file)}
    assert ours
    assert {code: theirs.get(code) for code in ours} == ours


@pytest.mark.slow
def test_patients_stay_together(tmp_path: Path) -> None:
    make_dataset(tmp_path, n=40, seed=0)
    source, made = open_source(tmp_path), SyntheticSource(size=40)
    pairs = set(zip(source.index.patient_id, made.index.patient_id, strict=True))
    assert len(pairs) == len(set(made.index.patient_id)) == len(set(source.index.patient_id))


def test_the_layout_is_that_of_ptbxl(tmp_path: Path, shared_data: Path) -> None:
    make_dataset(tmp_path, n=2, seed=0)
    real = shared_data / "ptbxl_mini"
    for name in ("ptbxl_database.csv", "scp_statements.csv"):
        with (tmp_path / name).open() as ours, (real / name).open() as theirs:
            columns, real_columns = next(csv.reader(ours)), next(csv.reader(theirs))
        assert columns == real_columns[: len(columns)]
    ours_at = tmp_path / "records100" / "00000" / "00001_lr.hea"
    theirs_at = real / "records100" / "00000" / "00001_lr.hea"
    assert ours_at.read_text().split()[:4] == theirs_at.read_text().split()[:4]


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(DatasetError, match="is not empty; name a new or an empty folder"):
        make_dataset(tmp_path, n=1, seed=0)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write .*made: Not a directory"):
        make_dataset(tmp_path / "file" / "made", n=1, seed=0)


@pytest.mark.parametrize("rates", [(), (100, 250)])
def test_rates_that_ptbxl_does_not_have(tmp_path: Path, rates: tuple[int, ...]) -> None:
    with pytest.raises(DatasetError, match="PTB-XL has 100 and 500 Hz"):
        make_dataset(tmp_path / "made", n=1, seed=0, rates=rates)


def test_a_folder_left_half_written_is_no_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_dataset(tmp_path / "made", n=5, seed=0, progress=stop)
    assert not list((tmp_path / "made").glob("*.csv"))
