"""Folders of real recordings: each once, at the right gain, with its labels; nothing else."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tools.real_folders import write_folders
from xai_bench import load_data, load_record
from xai_bench.data import open_source
from xai_bench.data.wfdb_header import read_header
from xai_bench.tasks import SUPERCLASSES

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def _recording(folder: Path, name: str, *, gain: str, seed: int = 0, rate: int = 500) -> None:
    """Format 16 with one file, as PTB-XL's own."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    samples = rng.integers(-900, 900, size=(10 * rate, 12)).astype("<i2")
    (folder / f"{name}.dat").write_bytes(samples.tobytes())
    lines = [f"{name} 12 {rate} {10 * rate}"]
    for lead, column in zip(LEADS, samples.T, strict=True):
        checksum = int(column.astype(np.int64).sum()) % 65536
        lines.append(f"{name}.dat 16 {gain} 16 0 {column[0]} {checksum} 0 {lead}")
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")


def _labels(folder: Path, name: str, rows: dict[int, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"ptbxl_{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ecg_id", "filename_lr", *SUPERCLASSES])
        for number, label in rows.items():
            writer.writerow([number, "a", *(int(label == one) for one in SUPERCLASSES)])


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    base = tmp_path / "collection"
    real = base / "ptbxl_real"
    _recording(real / "records100", "00001_lr", gain="1000.0(0)/mV", rate=100)
    _recording(real / "records500", "00001_hr", gain="200/mV", seed=1)
    _recording(real / "records500", "00002_hr", gain="200.0(0)/mV", seed=2)
    _recording(real / "challenge", "HR00003", gain="1000/mv", seed=3)
    _recording(real / "records100", "00003_lr", gain="1000.0(0)/mV", rate=100)
    _recording(real / "records500", "00099_hr", gain="1000.0(0)/mV", seed=4)
    _labels(real / "labels", "train", {1: "NORM", 2: "MI", 7: "CD"})
    _labels(real / "labels", "test", {3: "HYP"})
    _recording(base / "challenge" / "georgia" / "g1", "E00001", gain="200/mV", seed=5)
    _recording(base / "wfdb_mixed", "E00001", gain="200/mV", seed=5)
    _recording(base / "wfdb_mixed", "E00002", gain="200/mV", seed=6)
    _recording(base / "wfdb_mixed", "JS00001", gain="1000/mV", seed=7)
    return base


def test_every_recording_with_a_label_is_there_once_and_the_stated_gain_is_preferred(
    collection: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    counts = write_folders(collection, out)
    assert counts == {
        "ptbxl": 3, "ptbxl, gain mended": 1, "georgia": 2, "ningbo": 1, "cpsc2018": 0
    }  # fmt: skip
    # Of 1 the one whose header is right; of 3 the faster one; 99 has no label.
    assert sorted(p.stem for p in (out / "ptbxl").glob("*.hea")) == [
        "00001_lr", "00002_hr", "HR00003"
    ]  # fmt: skip
    assert sorted(p.stem for p in (out / "georgia").glob("*.hea")) == ["E00001", "E00002"]


def test_a_mended_recording_is_what_the_stated_gain_would_have_made(
    collection: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_folders(collection, out)
    gains = {lead.gain for lead in read_header(out / "ptbxl" / "00002_hr.hea").leads}
    assert gains == {1000.0}
    as_read = load_record(collection / "ptbxl_real" / "records500" / "00002_hr", rate_hz=500)
    mended = load_record(out / "ptbxl" / "00002_hr", rate_hz=500)
    np.testing.assert_allclose(mended.signal * 5, as_read.signal, atol=0.003)
    untouched = (out / "georgia" / "E00002.hea").read_bytes()
    assert untouched == (collection / "wfdb_mixed" / "E00002.hea").read_bytes()


def test_the_same_folder_written_again_is_known_again(collection: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = []
    for _ in range(2):
        write_folders(collection, out)
        found.append(open_source(out / "ptbxl").fingerprint())
    assert found[0] == found[1]


def test_copies_of_a_read_only_collection_can_be_written(collection: Path, tmp_path: Path) -> None:
    for path in collection.rglob("*.*"):
        path.chmod(0o444)
    write_folders(collection, tmp_path / "out")
    copies = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert copies
    assert all(path.stat().st_mode & 0o200 for path in copies)


def test_labels_and_splits_are_a_table_that_recordings_are_found_by(
    collection: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_folders(collection, out)
    write_folders(collection, out)  # again, in its place
    found = load_data(out / "ptbxl", labels=out / "ptbxl.csv", split="all", rate_hz=100)
    labels = dict(zip(found.record_id, found.labels or (), strict=True))
    assert labels == {"00001_lr": {"NORM"}, "00002_hr": {"MI"}, "HR00003": {"HYP"}}
    folds = dict(zip(found.record_id, np.asarray(found.fold).tolist(), strict=True))
    assert folds == {"00001_lr": 1, "00002_hr": 1, "HR00003": 10}


def test_the_collection_beside_the_checkout(shared_data: Path, tmp_path: Path) -> None:
    """Its 200 units per mV would make a recording five times too large."""
    counts = write_folders(shared_data, tmp_path / "out")
    assert counts["ptbxl"] > 50
    assert counts["ptbxl, gain mended"] > 0
    found = load_data(
        tmp_path / "out" / "ptbxl", labels=tmp_path / "out" / "ptbxl.csv", split="all"
    )
    assert len(found) == counts["ptbxl"]
    height = np.median(np.abs(found.signal).max(axis=2), axis=1)
    assert height.max() < 3
