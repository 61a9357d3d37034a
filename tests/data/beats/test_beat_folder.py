"""Beats of annotated records: their windows, classes, folds, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import wfdb

import xai_bench as xb
from xai_bench.data import open_source
from xai_bench.data.beats.aami import AAMI, DS1, DS2, PACED, VALIDATION, fold_of_record
from xai_bench.data.beats.beat_folder import beats_place
from xai_bench.errors import DatasetError, LeadsError, RecordingError

Write = Callable[..., Path]
SHARED = Path("../shared/data")
NONE = pytest.mark.skipif(not (SHARED / "mitbih").exists(), reason="no real recordings here")


@pytest.fixture
def annotated(tmp_path: Path, write_record: Write) -> Callable[..., Path]:
    """`annotated("101", [(time, symbol), ...])` writes ten seconds at 100 Hz, and returns the
    folder."""

    def write(
        name: str,
        beats: list[tuple[int, str]],
        leads: tuple[str, ...] = ("MLII", "V1"),
        rate_hz: float = 100,
    ) -> Path:
        rng = np.random.default_rng(int(name))
        signal = rng.integers(-900, 900, (len(leads), 1000)).astype(np.int16)
        folder = tmp_path / "records"
        write_record(folder / f"{name}.hea", signal, leads=leads, rate_hz=rate_hz)
        wfdb.wrann(
            name,
            "atr",
            np.array([time for time, _ in beats]),
            [symbol for _, symbol in beats],
            write_dir=str(folder),
        )
        return folder

    return write


BEATS = [(100, "N"), (200, "V"), (300, "+"), (350, "A"), (500, "F"), (600, "/"), (700, "L")]


def test_a_window_is_what_lies_around_r(annotated: Callable[..., Path]) -> None:
    folder = annotated("101", BEATS)
    found = xb.load_data(
        f"mitbih:{folder}", split="all", rate_hz=100, seconds=1.0, leads=["v1", "MLII"]
    )
    stored = np.fromfile(folder / "101.dat", dtype="<i2").reshape(1000, 2).T
    assert (found.leads, found.waves, found.evidence) == (("v1", "MLII"), None, None)
    assert sorted(found.record_id) == [
        "101:000100",
        "101:000200",
        "101:000350",
        "101:000500",
        "101:000600",
        "101:000700",
    ]
    for record_id, values in zip(found.record_id, found.microvolt, strict=True):
        r = int(record_id.partition(":")[2])
        np.testing.assert_array_equal(values, stored[[1, 0], r - 40 : r + 60])
    labels = dict(zip(found.record_id, found.labels or (), strict=True))
    assert [sorted(labels[key])[0] for key in sorted(labels)] == ["N", "V", "S", "F", "Q", "N"]
    assert set(found.patient_id) == {"101"}


def test_r_is_at_the_same_place_at_every_rate(
    annotated: Callable[..., Path], tmp_path: Path
) -> None:
    """Of a record that is a parabola about R, at 100, 50 and 25 Hz."""
    folder = annotated("101", [(500, "N")], leads=("MLII",))
    time = np.arange(1000)
    bump = (800 * np.exp(-0.5 * ((time - 500) / 8) ** 2)).astype("<i2")
    (folder / "101.dat").write_bytes(bump.tobytes())
    header = (folder / "101.hea").read_text().splitlines()
    checksum = int(bump.sum(dtype=np.int64).astype(np.int16))
    (folder / "101.hea").write_text(
        f"{header[0]}\n101.dat 16 1000(0)/mV 16 0 0 {checksum} 0 MLII\n"
    )
    for rate in (100, 50, 25):
        found = xb.load_data(f"mitbih:{folder}", split="all", rate_hz=rate)
        assert found.microvolt.shape == (1, 1, rate)
        assert int(found.microvolt[0, 0].argmax()) == round(0.4 * rate)


def test_beats_at_the_ends_are_counted(annotated: Callable[..., Path]) -> None:
    beats = [(39, "N"), (40, "N"), (500, "V"), (940, "V"), (941, "V"), (960, "N")]
    source = open_source(f"mitbih:{annotated('101', beats)}", rate_hz=100)
    assert source.index.record_id == ("101:000040", "101:000500", "101:000940")
    assert source.remarks == (
        f"{source.name}: left out, beats whose window leaves the record: 2 N, 1 V",
    )


def test_records_that_cannot_be_used_are_named(annotated: Callable[..., Path]) -> None:
    annotated("101", BEATS)
    annotated("102", BEATS)
    annotated("114", BEATS, leads=("V5", "MLII"))
    annotated("232", BEATS, leads=("II", "V1"))
    folder = annotated("233", BEATS)
    (folder / "233.atr").write_bytes(b"no")
    (folder / "readme.hea").write_text("this is no record")
    source = open_source(f"mitbih:{folder}", rate_hz=100)
    assert set(source.index.patient_id) == {"101", "114"}
    assert source.remarks == (
        f"{source.name}: left out: 233: 233.atr is no whole annotation file: the mark of its end "
        "is missing",
        f"{source.name}: left out, of a pacemaker: 102",
        f"{source.name}: left out, without MLII: 232 (II, V1)",
    )
    only = open_source(f"mitbih:{folder}", rate_hz=100, leads=["II"])
    assert (only.leads, set(only.index.patient_id)) == (("II",), {"232"})
    with pytest.raises(LeadsError, match=r"the leads V9; recordings of 'records-\w+' have MLII"):
        open_source(f"mitbih:{folder}", rate_hz=100, leads=["V9"])


def test_folds_are_of_de_chazal(annotated: Callable[..., Path]) -> None:
    assert len(set(DS1)) == len(set(DS2)) == 22
    assert not set(DS1) & set(DS2)
    assert len({*DS1, *DS2, *PACED}) == 48
    assert {fold_of_record(name) for name in DS2} == {10}
    assert {name for name in DS1 if fold_of_record(name) == 9} == set(VALIDATION)
    train = Counter(fold_of_record(name) for name in DS1 if name not in VALIDATION)
    assert set(train) == set(range(1, 9))
    for name in ("101", "223", "105", "900"):
        folder = annotated(name, BEATS)
    source = open_source(f"mitbih:{folder}", rate_hz=100)
    index = source.index
    assert index.fold is not None
    folds = dict(zip(index.patient_id, index.fold.tolist(), strict=True))
    assert folds == {"101": 1, "223": 9, "105": 10, "900": 0}
    test = xb.load_data(f"mitbih:{folder}", rate_hz=100, task="pvc")
    assert set(test.patient_id) == {"105"}
    assert Counter(next(iter(one)) for one in test.labels or ()) == {"N": 2, "V": 1}
    every = xb.load_data(f"mitbih:{folder}", rate_hz=100, task="aami", split="all", n=4)
    assert sorted(next(iter(one)) for one in every.labels or ()) == ["F", "N", "S", "V"]


def test_records_that_he_does_not_know_have_no_folds(annotated: Callable[..., Path]) -> None:
    folder = annotated("900", BEATS)
    assert open_source(f"mitbih:{folder}", rate_hz=100).index.fold is None
    assert len(xb.load_data(f"mitbih:{folder}", rate_hz=100)) == 6


def test_one_beat_by_its_name(annotated: Callable[..., Path]) -> None:
    folder = annotated("101", BEATS)
    found = xb.load_record(f"mitbih:{folder}:101:000200", rate_hz=50, leads=["V1"])
    assert (found.microvolt.shape, found.leads) == ((1, 1, 50), ("V1",))
    assert found.labels == (frozenset({"V"}),)
    assert found.origin == "Read: beat V at 2.00 s of record 101, V1 at 100 Hz."
    for name, said in (
        (f"mitbih:{folder}:101:7", "no such recording; ids are 101:000100 to 101:000700"),
        ("mitbih:101", "names no beat"),
    ):
        with pytest.raises(RecordingError, match=said):
            xb.load_record(name, rate_hz=50)


def test_what_is_no_folder_of_beats(annotated: Callable[..., Path], tmp_path: Path) -> None:
    folder = annotated("101", [(5, "N")])
    (tmp_path / "empty").mkdir()
    for name, options, said in (
        (tmp_path / "nowhere", {}, "it does not exist"),
        (folder / "101.hea", {}, "it is a file, not a folder"),
        (tmp_path / "empty", {}, "no annotated records"),
        (folder, {}, "no beats in .*: "),
        (folder, {"seconds": 10.0}, r"10 s are wanted, and beats are 1 s \(0.4 s before R"),
        (folder, {"labels": "x.csv"}, "leave out --labels"),
        ("a\0b", {}, "it does not exist"),
    ):
        with pytest.raises(DatasetError, match=said) as caught:
            open_source(f"mitbih:{name}", **{"rate_hz": 100, **options})  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)
    with pytest.raises(DatasetError, match="upsampling would invent detail"):
        xb.load_data(f"mitbih:{annotated('105', BEATS).parent / 'records'}", rate_hz=360)


def test_a_link_out_of_the_folder_is_not_followed(annotated: Callable[..., Path]) -> None:
    folder = annotated("101", BEATS)
    annotated("105", BEATS)
    elsewhere = folder.parent / "elsewhere.atr"
    (folder / "101.atr").rename(elsewhere)
    (folder / "101.atr").symlink_to(elsewhere)
    source = open_source(f"mitbih:{folder}", rate_hz=100)
    assert set(source.index.patient_id) == {"105"}
    assert "101.atr is a symbolic link out of" in source.remarks[0]


def test_fingerprints_tell_files_leads_and_form(annotated: Callable[..., Path]) -> None:
    folder = annotated("101", BEATS)
    ways = [
        {"rate_hz": 100.0},
        {"rate_hz": 50.0},
        {"rate_hz": 100.0, "leads": ["V1"]},
        {"rate_hz": 100.0, "leads": ["MLII", "V1"]},
    ]
    prints = [open_source(f"mitbih:{folder}", **way).fingerprint() for way in ways]  # type: ignore[arg-type]
    assert len(set(prints)) == len(ways)
    assert open_source(f"mitbih:{folder}", rate_hz=100.0).fingerprint() == prints[0]
    annotated("105", BEATS)
    assert open_source(f"mitbih:{folder}", rate_hz=100.0).fingerprint() != prints[0]


def test_names_of_places() -> None:
    assert beats_place("mitbih:a/b") == "a/b"
    assert beats_place("a/mitbih") is None
    assert beats_place(7) is None


@NONE
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("mitbih", {"101": "N 1860 S 3 Q 2", "105": "N 2526 V 41 Q 5"}),
        ("mitbih_mini", {"100": "N 2239 S 33 V 1"}),
    ],
)
def test_real_beats_are_those_of_the_annotations(name: str, counts: dict[str, str]) -> None:
    """Numbers of beats are those that PhysioNet publishes of these records."""
    source = open_source(f"mitbih:{SHARED / name}")
    found = Counter(zip(source.index.patient_id, source.index.labels or (), strict=True))
    for record, said in counts.items():
        words = said.split()
        for kind, count in zip(words[::2], map(int, words[1::2]), strict=True):
            theirs = wfdb.rdann(str(SHARED / name / record), "atr")
            mine = [
                sample
                for sample, symbol in zip(theirs.sample, theirs.symbol, strict=True)
                if AAMI.get(symbol) == kind
            ]
            assert len(mine) == count
            whole = [sample for sample in mine if 144 <= sample <= 650_000 - 216]
            assert found[record, frozenset({kind})] == len(whole)


@NONE
def test_real_beats_peak_where_r_is_marked() -> None:
    found = xb.load_data(f"mitbih:{SHARED / 'mitbih'}", split="all", n=60, task="pvc", fold=1)
    away = np.abs(found.signal - np.median(found.signal, axis=2, keepdims=True))[:, 0]
    assert np.median(np.abs(away[:, 94:194].argmax(axis=1) + 94 - 144)) <= 8
