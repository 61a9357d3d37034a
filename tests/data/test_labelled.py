from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data import load_data, open_source
from xai_bench.data.label_table import read_labels
from xai_bench.data.labelled import Labelled
from xai_bench.errors import DatasetError
from xai_bench.tasks import BinaryTask

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> Path:
    """Four records; the header of `d` says NORM and 40 years."""
    for name in "abcd":
        header = write_record(tmp_path / "mine" / f"{name}.hea", microvolt)
    header.write_text(header.read_text() + "#Dx: 426783006\n#Age: 40\n")
    return tmp_path / "mine"


def _labels(folder: Path, text: str) -> Path:
    path = folder.parent / "labels.csv"
    path.write_text(text)
    return path


def test_a_table_replaces_what_headers_say(folder: Path) -> None:
    text = "record_id,labels,patient_id,fold,sex\na,164865005,p,10,f\nb,NORM;AF,p,10,\nd,CD,q,1,m\n"
    found = load_data(folder, labels=_labels(folder, text), split="all")
    of = {name: row for row, name in enumerate(found.record_id)}
    assert found.labels is not None
    assert found.fold is not None
    assert found.age is not None
    assert found.sex is not None
    assert {name: set(found.labels[row]) for name, row in of.items()} == {
        "a": {"MI"}, "b": {"NORM"}, "c": set(), "d": {"CD"}
    }  # fmt: skip
    assert [found.patient_id[of[name]] for name in "abcd"] == ["p", "p", "c", "q"]
    assert [found.fold[of[name]] for name in "abcd"] == [10, 10, 0, 1]
    assert [found.sex[of[name]] for name in "abcd"] == ["female", "", "", "male"]
    assert found.age[of["d"]] == 40
    assert np.isnan(found.age[of["a"]])
    said = f"labels of 3 of 4 recordings are in {folder.parent / 'labels.csv'}; not there: c"
    assert found.remarks == (said,)
    fold_10 = load_data(folder, labels=folder.parent / "labels.csv", task="norm_vs_mi")
    assert sorted(fold_10.record_id) == ["a", "b"]
    assert "2 of 4 recordings have labels of the task norm_vs_mi" in fold_10.remarks


def test_a_column_of_neither_0_nor_1_is_no_class_and_said_to_be_none(folder: Path) -> None:
    """A likelihood of 100 or nothing, as PTB-XL states it, would else be lost without a word."""
    labels = _labels(folder, "id,NORM,MI,site\na,1,,x\nb,0,100,y\nc,1,,x\nd,0,100,y\n")
    labelled = Labelled(open_source(folder), read_labels(labels))
    assert labelled.index.labels == tuple(
        frozenset({"NORM"}) if k in (0, 2) else frozenset() for k in range(4)
    )
    assert labelled.remarks[1] == (
        f"no classes, for they hold neither 0 nor 1: the columns MI of {labels}"
    )


def test_classes_may_be_any_words(folder: Path) -> None:
    labels = _labels(folder, "id,scar,no scar\na,1,0\nb,0,1\nc,0,0\n")
    task = BinaryTask(name="scar", negative="no scar", positive="scar")
    found = load_data(folder, labels=labels, task=task)
    assert dict(zip(found.record_id, found.labels or (), strict=True)) == {
        "a": frozenset({"scar"}),
        "b": frozenset({"no scar"}),
    }
    everything = load_data(folder, labels=labels)
    assert everything.labels is not None
    assert everything.labels[everything.record_id.index("a")] == {"scar"}


def test_a_table_of_other_recordings_is_an_error(folder: Path) -> None:
    labels = _labels(folder, "id,labels\n1,NORM\n")
    with pytest.raises(DatasetError, match="none of its 1 rows .* such as 1, of recordings a"):
        load_data(folder, labels=labels)


@pytest.mark.slow
def test_the_official_superclasses_of_ptbxl_without_its_database(shared_data: Path) -> None:
    table = read_labels(shared_data / "ptbxl_real/labels")
    for folder in ("challenge", "records100", "records500"):
        source = open_source(shared_data / "ptbxl_real" / folder)
        own, official = source.index.labels, Labelled(source, table).index.labels
        assert own is not None
        assert official is not None
        assert sum(map(bool, official)) >= len(official) - 1  # one of them is not PTB-XL's
        agree = [a == b for a, b in zip(own, official, strict=True)]
        assert sum(agree) >= 0.7 * len(agree)
