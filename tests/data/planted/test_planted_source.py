"""planted:FOLDER: which recordings there are, what they are of, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.planted.backgrounds_made import healthy_recordings
from xai_bench.data import load_data, load_record, open_source
from xai_bench.data.delineate import delineated
from xai_bench.data.planted import one_background
from xai_bench.data.synthetic.cohort import FINDINGS
from xai_bench.errors import DatasetError, RecordingError, XaiBenchError

pytestmark = pytest.mark.usefixtures("no_second_reader")

FINDING_NAMES = [name for names in FINDINGS.values() for name in names]


@pytest.fixture
def folder(tmp_path: Path, write_record: Callable[..., Path]) -> Path:
    """Three healthy recordings and one of noise, with a table of labels; b is an infarction."""
    healthy = healthy_recordings()
    for name, microvolt in zip(("a", "b", "c"), np.asarray(healthy.microvolt), strict=True):
        write_record(tmp_path / "own" / f"{name}.hea", microvolt)
    limb = np.random.default_rng(0).integers(-400, 400, (8, 1000)) * 2
    one, two, *chest = limb
    noise = [one, two, two - one, -(one + two) // 2, one - two // 2, two - one // 2, *chest]
    write_record(tmp_path / "own" / "d.hea", np.stack(noise).astype(np.int16))
    (tmp_path / "labels.csv").write_text(
        "record_id,labels,patient_id,fold\na,NORM,P1,9\nb,MI,P2,10\nc,NORM,P1,9\nd,NORM,P3,10\n"
    )
    return tmp_path


def named(folder: Path) -> str:
    return f"planted:{folder / 'own'}"


def test_each_normal_recording_healthy_and_with_every_finding(folder: Path) -> None:
    source = open_source(named(folder), labels=folder / "labels.csv")
    index = source.index
    assert index.record_id[:14] == ("a", *(f"a+{name}" for name in FINDING_NAMES), "c")
    assert len(index) == 3 * 13
    assert index.patient_id[:14] == ("P1",) * 14
    assert index.labels is not None
    assert index.labels[:3] == (frozenset({"NORM"}), frozenset({"MI"}), frozenset({"MI"}))
    assert index.labels[12] == frozenset({"HYP"})
    assert index.fold is not None
    assert index.fold.tolist() == [9] * 26 + [10] * 13


def test_a_background_is_refused_once_for_all_findings(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look for beats in noise takes as long as in a heart, and there are thirteen rows of it."""
    looked = []

    def counting(millivolt: np.ndarray, rate_hz: float) -> Any:
        looked.append(len(millivolt))
        return delineated(millivolt, rate_hz)

    monkeypatch.setattr("xai_bench.data.planted.one_background.delineated", counting)
    one_background._fitted_or_refused.cache_clear()
    source = open_source(named(folder), labels=folder / "labels.csv")
    said = set()
    for row in range(26, 39):
        with pytest.raises(RecordingError) as error:
            source.read(row)
        said.add(str(error.value).partition(": ")[2])
    assert len(looked) == len(said) == 1


def test_the_twin_is_the_recording_and_the_healthy_one_has_no_evidence(folder: Path) -> None:
    found = load_data(named(folder), labels=folder / "labels.csv", split="all")
    own = dict(zip(("a", "b", "c"), np.asarray(healthy_recordings().microvolt), strict=True))
    assert len(found) == 26
    for row, record_id in enumerate(found.record_id):
        name, _, finding = record_id.partition("+")
        assert np.array_equal(np.asarray(found.healthy)[row], own[name])
        added = np.asarray(found.microvolt)[row].astype(int) - own[name]
        assert added.any() == bool(finding)
        assert np.array_equal(np.asarray(found.evidence)[row], np.abs(added) > 100)
        assert not (added[0] + added[2] - added[1]).any()
        assert not (added[3] + added[4] + added[5]).any()
    assert len(found.left_out) == 13  # d, healthy and planted
    assert all(line.startswith("d") for line in found.left_out)
    assert any("2 of 4" in line or "3 of 4" in line for line in found.remarks)


def test_a_table_of_labels_says_what_one_recording_may_be(folder: Path) -> None:
    table = folder / "labels.csv"
    one = load_record(f"{named(folder)}:a+AMI", labels=table)
    assert (one.record_id, one.labels) == (("a+AMI",), (frozenset({"MI"}),))
    with pytest.raises(RecordingError, match="labels goes with planted:FOLDER:RECORD_ID"):
        load_record(folder / "a.hea", labels=table)


def test_a_record_that_is_named_like_a_file_is_named_with_a_colon(folder: Path) -> None:
    table = folder / "labels.csv"
    for given, meant in (
        (f"{named(folder)}/a+AMI", f"{named(folder)}:a+AMI"),
        (f"{named(folder)}/a", f"{named(folder)}:a"),
        (named(folder), f"{named(folder)}:RECORD_ID+AMI"),
        (f"{named(folder)}:", f"{named(folder)}:RECORD_ID+AMI"),
    ):
        with pytest.raises(RecordingError, match="names no recording") as error:
            load_record(given, labels=table)
        assert str(error.value).endswith(f"; give {meant}")


def test_rows_do_not_depend_on_their_order(folder: Path) -> None:
    source, again = (open_source(named(folder), labels=folder / "labels.csv") for _ in range(2))
    rows = [1, 4, 17]
    first = [source.read(row) for row in rows]
    last = [again.read(row) for row in reversed(rows)][::-1]
    for one, other in zip(first, last, strict=True):
        assert np.array_equal(one.microvolt, other.microvolt)
        assert np.array_equal(np.asarray(one.waves), np.asarray(other.waves))


def test_fingerprint_follows_which_recordings_are_normal(folder: Path) -> None:
    other = folder / "other.csv"
    other.write_text("record_id,labels\na,NORM\nb,NORM\nc,MI\nd,MI\n")
    one, two, same = (
        open_source(named(folder), labels=table).fingerprint()
        for table in (folder / "labels.csv", other, folder / "labels.csv")
    )
    assert one == same
    assert one != two


def test_a_recording_of_the_source_by_its_id(
    folder: Path, write_record: Callable[..., Path]
) -> None:
    header = write_record(folder / "said" / "e.hea", np.asarray(healthy_recordings().microvolt[0]))
    header.write_text(header.read_text() + "# Dx: 426783006\n")
    name = f"planted:{folder / 'said'}"
    one = load_record(f"{name}:e+LBBB")
    assert one.record_id == ("e+LBBB",)
    assert one.labels == (frozenset({"CD"}),)
    whole = load_data(name, split="all")
    row = whole.record_id.index("e+LBBB")
    assert np.array_equal(np.asarray(one.microvolt)[0], np.asarray(whole.microvolt)[row])
    for wrong, said in (
        (f"{name}:e+XYZ", "there is e, e[+]AMI"),
        (f"{name}:nobody", "there is e, e[+]AMI, [.]"),
        (name, "names no recording"),
        (f"{name}:", "names no recording"),
    ):
        with pytest.raises(RecordingError, match=said):
            load_record(wrong)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("planted:", "names no recordings"),
        ("planted:synthetic", "use synthetic itself"),
        ("planted:planted:x", "use planted:x itself"),
        ("planted:/nowhere/at/all", "does not exist"),
        ("planted:../\0", "no data"),
    ],
)
def test_names_that_mean_nothing(name: str, said: str) -> None:
    with pytest.raises(XaiBenchError, match=said):
        open_source(name)


def test_folders_without_normal_recordings(folder: Path) -> None:
    with pytest.raises(DatasetError, match="has no labels.*--labels"):
        open_source(named(folder))
    table = folder / "sick.csv"
    table.write_text("record_id,labels\na,MI\nb,MI\nc,NORM;MI\nd,CD\n")
    with pytest.raises(DatasetError, match="none of the 4 recordings of .* NORM and nothing else"):
        open_source(named(folder), labels=table)
