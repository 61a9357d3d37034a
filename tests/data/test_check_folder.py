from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data import check_data, load_data
from xai_bench.errors import DatasetError

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> Path:
    mine = tmp_path / "mine"
    longer = np.concatenate([microvolt, microvolt], axis=1)
    said = {"a": "#Age: 40\n#Sex: F\n#Dx: 426783006,99\n", "b": "#Age: 60\n#Dx: 164889003\n"}
    for name, signal in (("a", microvolt), ("b", longer), ("c", microvolt[:, :300])):
        header = write_record(mine / f"{name}.hea", signal)
        header.write_text(header.read_text() + said.get(name, ""))
    for name, lead in (("d", 3), ("e", 7)):
        flat = microvolt.copy()
        flat[lead] = 0
        write_record(mine / f"{name}.hea", flat)
    return mine


def test_recordings_of_any_length_are_read_and_what_they_need_is_said(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XAI_BENCH_CACHE", str(cache))
    counted: list[tuple[int, int]] = []
    found = check_data(folder, progress=lambda done, total: counted.append((done, total)))
    assert [one.record_id for one in found.recordings] == ["a", "b", "c", "d", "e"]
    assert [one.length for one in found.recordings] == ["exact", "crop", "pad", "exact", "exact"]
    assert [one.seconds for one in found.recordings] == [10.0, 20.0, 3.0, 10.0, 10.0]
    assert len(found.problems) == 2
    assert counted == [(k, 5) for k in range(1, 6)]
    assert not cache.exists()


def test_the_summary(folder: Path) -> None:
    assert dict(check_data(folder).summary()) == {
        "read": "3",
        "refused: a lead is flat": "2",
        "of more than 10 s": "1: --length crop or windows",
        "of less than 10 s": "1: --length pad",
        "rates": "100 Hz 5",
        "lengths": "3 to 20 s",
        "labels": "",
        "of none of them": "2",
        "not labelled": "3",
        "statements outside the table": "99 1",
        "age": "of 2: 40 to 60, median 50",
        "sex": "female 1",
    }


def test_labels_of_a_table(folder: Path) -> None:
    table = folder.parent / "labels.csv"
    table.write_text("id,labels,patient_id\na,NORM,p\nb,MI,p\nc,MI,q\nd,,q\n")
    found = check_data(folder, labels=table)
    summary = dict(found.summary())
    assert summary["labels"] == "MI 2, NORM 1"
    assert (summary["of none of them"], summary["not labelled"]) == ("1", "1")
    assert summary["patients"] == "3"
    assert "statements outside the table" not in summary
    assert found.remarks[0].endswith("; not there: e")


def test_reasons_are_counted_together(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    for name in ("a", "b"):
        header = write_record(tmp_path / f"{name}.hea", microvolt)
        header.with_suffix(".dat").unlink()
    write_record(tmp_path / "c.hea", microvolt[:2], leads=["I", "V1"])
    write_record(tmp_path / "d.hea", microvolt[:2], leads=["MLII", "V5"])
    summary = dict(check_data(tmp_path).summary())
    assert summary["refused: no signal file"] == "2"
    assert summary["refused: leads are missing"] == "2"
    assert summary["labels"] == "none; a table gives them: --labels"


def test_synthetic_recordings_and_folders_without_any(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no recordings in"):
        check_data(tmp_path)


@pytest.mark.slow
def test_every_real_recording_is_read_or_refused_with_its_reason(shared_data: Path) -> None:
    """More of each source exist; what is refused here is so for what it holds."""
    refused: dict[str, set[str]] = {
        "challenge/georgia": set(),
        "challenge/cpsc2018": set(),
        "challenge/ptbdb": set(),
        "challenge/chapman_ningbo": {"a lead is flat"},
        "ptbxl_real/challenge": set(),
        "ptbxl_real/records100": set(),
        "ptbxl_real/records500": set(),
        "wfdb_mixed": {"a lead is flat"},
        "mitbih": {"leads are missing"},
    }
    for folder, reasons in refused.items():
        found = check_data(shared_data / folder)
        said = {what for what, _ in found.summary() if what.startswith("refused: ")}
        assert said == {f"refused: {reason}" for reason in reasons}, folder


def test_a_gain_that_makes_no_ecg_is_remarked_on(tmp_path: Path, write_record: Write) -> None:
    beats = load_data("synthetic", n=1).microvolt[0]
    for name, times in (("right", 1), ("wrong", 5)):
        write_record(tmp_path / f"{name}.hea", (beats * times).astype(np.int16))
    (line,) = check_data(tmp_path).remarks
    assert line.startswith("1 of 2 recordings are unlike most ECGs: wrong (spans ")
