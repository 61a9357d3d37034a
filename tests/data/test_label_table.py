from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.no_regular_files import NO_FILES
from xai_bench.data.label_table import LabelTable, read_labels
from xai_bench.errors import DatasetError


def _table(tmp_path: Path, text: str, name: str = "labels.csv") -> LabelTable:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_labels(path)


def test_names_in_one_column(tmp_path: Path) -> None:
    table = _table(tmp_path, 'record_id,labels,patient_id\na,NORM,p\nb,"MI, CD;AF|x y",q\nc,,q\n')
    assert [row.labels for row in table.rows] == [("NORM",), ("MI", "CD", "AF", "x y"), ()]
    assert [row.patient for row in table.rows] == ["p", "q", "q"]
    assert (table.has_patients, table.has_folds) == (True, False)


def test_a_column_a_class(tmp_path: Path) -> None:
    text = "\ufeffecg_id;age;sex;NORM;MI;strat_fold;device\n1;50;M;1;0;3;x\n2;;;0;1.0;10.0;y\n"
    table = _table(tmp_path, text)
    assert [row.labels for row in table.rows] == [("NORM",), ("MI",)]
    assert [row.fold for row in table.rows] == [3, 10]
    assert [(row.age, row.sex) for row in table.rows] == [(50.0, "male"), (None, None)]


def test_a_split_is_a_column_or_the_end_of_the_files_name(tmp_path: Path) -> None:
    table = _table(tmp_path, "id,labels,split\na,x,train\nb,x,Validation\nc,x,test\n")
    assert [row.fold for row in table.rows] == [1, 9, 10]
    (tmp_path / "labels.csv").unlink()
    for split in ("train", "val", "test"):
        _table(tmp_path, f"id,labels\n{split},x\n", f"own_{split}.csv")
    table = read_labels(tmp_path)
    assert {row.names[0]: row.fold for row in table.rows} == {"train": 1, "val": 9, "test": 10}


def test_records_are_found_by_id_then_by_file_then_by_number(tmp_path: Path) -> None:
    text = "ecg_id,filename_hr,filename_lr,labels\n9,r5/00009_hr,r1/00009_lr,MI\n12,,,CD\n"
    table = _table(tmp_path, text)
    ids = ["r1/00009_lr", "00009_hr", "9", "HR00009", "HR00012", "00012_lr", "HR00013"]
    rows, example = table.match(ids[:2])
    assert [row and row.labels for row in rows] == [("MI",), ("MI",)]
    assert example == ""
    for record_id, labels in zip(ids, ["MI"] * 4 + ["CD"] * 2 + [None], strict=True):
        rows, example = table.match([record_id])
        assert [row and row.labels for row in rows] == [(labels,) if labels else None]
    rows, example = table.match(["a/HR00012"])
    assert example == "a/HR00012 is 12"


def test_only_a_number_is_matched_as_a_number(tmp_path: Path) -> None:
    table = _table(tmp_path, "record_id,labels\nHR00002,MI\n")
    assert table.match(["E00002", "00002", "HR2"])[0] == [None, None, None]


def test_matches_that_are_not_certain_are_errors(tmp_path: Path) -> None:
    table = _table(tmp_path, "id,labels\n2,MI\n")
    with pytest.raises(DatasetError, match="2 could be HR00002 or E00002; name the files"):
        table.match(["HR00002", "E00002"])
    assert len(table.match(["x/HR00002", "y/HR00002"])[0]) == 2  # one record at two rates
    table = _table(tmp_path, "id,labels\n2,MI\n02,CD\n")
    with pytest.raises(DatasetError, match="has 2 rows for HR00002: 2, 02"):
        table.match(["HR00002"])
    table = _table(tmp_path, "id,labels\na/r,MI\nb/r,CD\n")
    assert table.match(["a/r", "b/r"])[0] == list(table.rows)
    with pytest.raises(DatasetError, match="has 2 rows for c/r"):
        table.match(["c/r"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no column of ids, such as record_id; its columns are none"),
        ("a,labels\n1,x\n", "no column of ids, such as record_id; its columns are a, labels"),
        ("id,labels\n", "has no rows"),
        ("id,height\n1,180\n", "neither a column labels nor .* its columns are id, height"),
        ("id,labels\n1\n", "row 2 has 1 cells for 2 columns"),
        ("id,labels,fold\n1,x,first\n", "row 2: fold 'first' is no number"),
        ("id,labels,fold\n1,x,0\n", "row 2: fold '0' is no number"),
        ("id,labels,split\n1,x,dev\n", "row 2: split 'dev' is none of"),
        ("id,MI\na,1\nb,0\nc,2\n", "row 4, column MI: '2' is neither 0 nor 1; write one of"),
        ("id,NORM,MI\na,1,0.0\nb,0,100.0\n", "row 3, column MI: '100.0' is neither 0 nor 1"),
        ("id,NORM,MI\na,yes,0\nb,0,1\n", "row 2, column NORM: 'yes' is neither 0 nor 1"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(DatasetError, match=problem):
        _table(tmp_path, text)


def test_what_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no table of labels \(\*.csv\) in"):
        read_labels(tmp_path)
    with pytest.raises(DatasetError, match="cannot read the labels in .*: No such file"):
        read_labels(tmp_path / "absent.csv")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="no text in UTF-8"):
        read_labels(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text("id,labels\n" + "a" * 200_000 + ",x\n")
    with pytest.raises(DatasetError, match="is no table of labels: field larger"):
        read_labels(tmp_path / "x.csv")


@pytest.mark.parametrize("make", NO_FILES)
def test_a_pipe_and_a_device_are_no_tables(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "x.csv")
    for path in (tmp_path / "x.csv", tmp_path):
        with pytest.raises(DatasetError, match=r"labels in .*: it is no regular file$"):
            read_labels(path)


def test_numbers_as_tables_write_them(tmp_path: Path) -> None:
    for number in ("7", "07", "7.0"):
        rows, _ = _table(tmp_path, f"id,labels\n{number},MI\n").match(["HR00007", "HR00070"])
        assert [row is not None for row in rows] == [True, False]
    rows, _ = _table(tmp_path, f"id,labels\n{'9' * 5000},MI\n0,CD\n").match(["x" + "9" * 5000, "0"])
    assert [row and row.labels for row in rows] == [("MI",), ("CD",)]
    rows, _ = _table(tmp_path, "id,labels\n٧,MI\n").match(["HR7"])
    assert rows == [None]
