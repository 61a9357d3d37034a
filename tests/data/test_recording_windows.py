from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data import load_data, load_record
from xai_bench.data.recording_windows import named_window
from xai_bench.errors import DatasetError, RecordingError

Write = Callable[..., Path]


@pytest.fixture
def long() -> np.ndarray:
    """Thirty-four seconds at 100 Hz."""
    return np.random.default_rng(1).integers(-900, 900, (12, 3400)).astype(np.int16)


@pytest.fixture
def folder(tmp_path: Path, write_record: Write, long: np.ndarray) -> Path:
    header = write_record(tmp_path / "mine" / "long.hea", long)
    header.write_text(header.read_text() + "#Age: 50\n#Sex: F\n#Dx: 164865005\n")
    write_record(tmp_path / "mine" / "exact.hea", long[:, 1000:2000])
    write_record(tmp_path / "mine" / "short.hea", long[:, :500])
    return tmp_path / "mine"


def test_a_longer_recording_becomes_several_of_one_patient(folder: Path, long: np.ndarray) -> None:
    found = load_data(folder, length="windows")
    at = {name: row for row, name in enumerate(found.record_id)}
    assert sorted(at) == ["exact", "long@0s", "long@10s", "long@20s"]
    for start in (0, 10, 20):
        row = at[f"long@{start}s"]
        part = long[:, start * 100 : start * 100 + 1000]
        assert np.array_equal(found.microvolt[row], part)
        assert found.patient_id[row] == "long"
        assert found.age is not None
        assert found.age[row] == 50
    assert np.array_equal(found.microvolt[at["exact"]], long[:, 1000:2000])
    assert len(found.left_out) == 1
    assert found.left_out[0].startswith("short: 5 s long")
    assert found.remarks == (
        "--length windows: 3 recordings gave 5 windows of 10 s; the ends of 1, 4 s together, "
        "were too short for another",
    )
    again = load_data(folder, length="windows")  # from the cache
    assert again.fingerprint() == found.fingerprint()


def test_labels_are_those_of_the_whole(folder: Path) -> None:
    found = load_data(folder, length="windows", task="superclass")
    assert sorted(found.record_id) == ["long@0s", "long@10s", "long@20s"]
    assert found.labels == (frozenset({"MI"}),) * 3
    table = folder.parent / "labels.csv"
    table.write_text("id,labels,patient_id,fold\nlong,CD,p,9\nexact,NORM,p,10\n")
    found = load_data(folder, length="windows", labels=table, split="all", task="superclass")
    of = dict(
        zip(found.record_id, zip(found.labels or (), found.patient_id, strict=True), strict=True)
    )
    assert of["long@20s"] == (frozenset({"CD"}), "p")
    assert of["exact"] == (frozenset({"NORM"}), "p")
    assert len(of) == 4
    assert len(load_data(folder, length="windows", labels=table, split="validation")) == 3


def test_one_window_by_its_name(folder: Path) -> None:
    found = load_data(folder, length="windows")
    one = load_record(folder / "long@20s")
    assert one.record_id == ("long@20s",)
    assert one.patient_id == ("long",)
    assert np.array_equal(one.microvolt[0], found.microvolt[found.record_id.index("long@20s")])
    assert one.origin.endswith("Done: cut to 10 s from 20 s on.")
    with pytest.raises(RecordingError, match="long: 4 s long"):
        load_record(folder / "long@30s")
    with pytest.raises(RecordingError, match=r"long@10s; --length crop takes the first"):
        load_record(folder / "long", length="windows")


def test_windows_of_a_rate_that_is_resampled_are_recordings_of_their_own(
    tmp_path: Path, write_record: Write, long: np.ndarray
) -> None:
    write_record(tmp_path / "whole" / "r.hea", long, rate_hz=170)
    write_record(tmp_path / "part" / "r.hea", long[:, 1700:], rate_hz=170)
    whole = load_data(tmp_path / "whole", length="windows")
    part = load_data(tmp_path / "part")
    assert sorted(whole.record_id) == ["r@0s", "r@10s"]
    assert np.array_equal(whole.microvolt[whole.record_id.index("r@10s")], part.microvolt[0])


def test_a_header_that_promises_too_much_makes_no_windows(
    tmp_path: Path, write_record: Write, long: np.ndarray
) -> None:
    header = write_record(tmp_path / "mine" / "a.hea", long)
    header.write_text(header.read_text().replace(" 3400\n", " 99999999999\n"))
    with pytest.raises(DatasetError, match="none of 1 recordings .* a.dat has 81600 bytes"):
        load_data(tmp_path / "mine", length="windows")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("a/b@10s", ("a/b", 10.0)),
        ("a@2.5s", ("a", 2.5)),
        ("a@b@0s", ("a@b", 0.0)),
        ("a", None),
        ("a@10", None),
        ("@10s", None),
        ("a@-1s", None),
    ],
)
def test_names_of_windows(text: str, named: tuple[str, float] | None) -> None:
    assert named_window(text) == named


def test_windows_of_real_recordings(shared_data: Path) -> None:
    found = load_data(shared_data / "challenge/ptbdb", length="windows")
    assert len(found) == 22  # two of 115.2 s
    assert len(set(found.patient_id)) == 2
    first = load_data(shared_data / "challenge/ptbdb", length="crop")
    for row, record_id in enumerate(first.record_id):
        same = found.microvolt[found.record_id.index(f"{record_id}@0s")]
        assert np.array_equal(same, first.microvolt[row])


def test_recordings_that_are_there_already_are_cut_too(folder: Path, long: np.ndarray) -> None:
    whole = load_data(folder, seconds=34.0)
    assert whole.record_id == ("long",)
    found = load_data(whole, length="windows")
    assert sorted(found.record_id) == ["long@0s", "long@10s", "long@20s"]
    assert set(found.patient_id) == {"long"}
    for row, record_id in enumerate(found.record_id):
        start = int(record_id.removeprefix("long@").removesuffix("s")) * 100
        assert np.array_equal(found.microvolt[row], long[:, start : start + 1000])
    said = "--length windows: 1 recordings gave 3 windows of 10 s"
    assert found.remarks == (f"{said}; the last 4 s of each were too short for another",)
    made = load_data("synthetic", n=2)
    parts = load_data(made, seconds=5.0, length="windows")
    assert len(parts) == 4
    assert parts.evidence is not None
    assert parts.waves is not None
    row = parts.record_id.index(f"{made.record_id[1]}@5s")
    assert made.evidence is not None
    assert np.array_equal(parts.evidence[row], made.evidence[1][:, 500:])
    assert load_data(made, length="windows").record_id == load_data(made).record_id
