from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data.normalise import Form
from xai_bench.data.record_folder import RecordFolder
from xai_bench.errors import DatasetError, RecordingError
from xai_bench.tasks import BinaryTask

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> Path:
    write_record(tmp_path / "mine" / "b.hea", microvolt)
    write_record(tmp_path / "mine" / "a" / "z.hea", -microvolt)
    return tmp_path / "mine"


def test_records_of_all_folders_below_in_the_order_of_their_paths(
    folder: Path, microvolt: np.ndarray
) -> None:
    source = RecordFolder(folder, Form())
    assert not source.has_evidence
    assert source.index.record_id == source.index.patient_id == ("a/z", "b")
    assert source.index.labels is None
    assert source.index.fold is None
    assert np.array_equal(source.read(0).microvolt, -microvolt)
    assert np.array_equal(source.read(1).microvolt, microvolt)


def test_two_data_sets_in_folders_of_one_name_are_two_and_a_copy_is_the_same(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    names = []
    for place, signal in (("a", microvolt), ("b", -microvolt), ("c", microvolt)):
        write_record(tmp_path / place / "records" / "00001.hea", signal)
        names.append(RecordFolder(tmp_path / place / "records", Form()).name)
    assert re.fullmatch(r"records-[0-9a-f]{6}", names[0])
    assert names[0] == names[2] != names[1]
    (tmp_path / "a/records/00001.hea").rename(tmp_path / "a/records/00002.hea")
    assert RecordFolder(tmp_path / "a/records", Form()).name not in names


def test_a_header_that_cannot_be_read_costs_no_other_recording(folder: Path) -> None:
    (folder / "loop.hea").symlink_to("loop.hea")
    source = RecordFolder(folder, Form())
    assert source.name.startswith("mine-")
    assert source.read(source.index.record_id.index("b")).microvolt.shape == (12, 1000)


def test_a_bad_record_does_not_stop_the_others(folder: Path) -> None:
    (folder / "a" / "z.dat").unlink()
    source = RecordFolder(folder, Form())
    with pytest.raises(RecordingError, match=r"^a/z: no signal file "):
        source.read(0)
    assert source.read(1).microvolt.shape == (12, 1000)


def test_the_master_of_a_multi_segment_record_is_no_recording(folder: Path) -> None:
    (folder / "all.hea").write_text("all/1 12 100 1000\nb 1000\n")
    assert RecordFolder(folder, Form()).index.record_id == ("a/z", "b")


def test_statements_in_headers_are_labels(folder: Path) -> None:
    assert RecordFolder(folder, Form()).index.age is None
    header = folder / "b.hea"
    header.write_text(header.read_text() + "#Age: 61\n#Sex: Male\n#Dx: 164889003,713426002,99\n")
    source = RecordFolder(folder, Form())
    index = source.index
    assert index.labels == (frozenset(), frozenset({"CD"}))
    assert index.unlabelled == {0}
    assert index.statements is not None
    assert {"AF", "incomplete right bundle branch block", "99"} <= index.statements[1]
    assert index.age is not None
    assert np.isnan(index.age[0])
    assert index.age[1] == 61
    assert index.sex == ("", "male")
    (remark,) = source.remarks
    assert remark.endswith(
        "of superclasses does not know, with the number of their recordings: 99 (1)"
    )


def test_labels_for_other_classes_are_found_among_statements(folder: Path) -> None:
    for name, codes in (("b", "164889003"), ("a/z", "426783006")):
        header = folder / f"{name}.hea"
        header.write_text(header.read_text() + f"#Dx: {codes}\n")
    index = RecordFolder(folder, Form()).index
    for negative, positive in (
        ("NSR", "af"),
        ("426783006", "164889003"),
        ("NORM", "Atrial Fibrillation"),
    ):
        task = BinaryTask(name="rhythm", negative=negative, positive=positive)
        assert index.labels_for(task) == (frozenset({negative}), frozenset({positive}))
    task = BinaryTask(name="norm_vs_mi", negative="NORM", positive="MI")
    assert index.labels_for(task) == index.labels == index.labels_for(None)


def test_links_out_of_the_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("b.hea", "b.dat"):
        (folder / name).rename(outside / name)
        (folder / name).symlink_to(outside / name)
    (folder / "c").symlink_to(outside, target_is_directory=True)
    (folder / "d.hea").symlink_to(folder / "a" / "z.hea")  # stays inside
    source = RecordFolder(folder, Form())
    assert source.index.record_id == ("a/z", "b", "d")
    with pytest.raises(
        RecordingError, match=r"^b: b.hea is a symbolic link out of .*, and none is followed"
    ):
        source.read(1)
    linked = tmp_path / "linked"
    linked.symlink_to(folder)  # the folder itself may be one
    assert RecordFolder(linked, Form()).read(0).microvolt.shape == (12, 1000)


@pytest.mark.parametrize("places", [("records100", "records500"), (".", ".")])
def test_a_recording_at_two_rates_is_one(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray, places: tuple[str, str]
) -> None:
    low, high = (tmp_path / "mine" / place for place in places)
    for number in (1, 2):
        write_record(low / f"0000{number}_lr.hea", microvolt)
        write_record(high / f"0000{number}_hr.hea", microvolt, rate_hz=500)
    write_record(high / "00003_hr.hea", microvolt, rate_hz=500)
    names, data_sets = {}, set()
    for rate_hz in (100, 500):
        source = RecordFolder(tmp_path / "mine", Form(rate_hz=rate_hz))
        names[rate_hz] = [name.rpartition("/")[2] for name in source.index.record_id]
        assert source.remarks[0].endswith(
            "2 recordings that are there at 100 and at 500 Hz (_lr and _hr) one is taken"
        )
        data_sets.add(source.name)
    assert len(data_sets) == 1
    assert names[100] == ["00001_lr", "00002_lr", "00003_hr"]
    assert names[500] == ["00001_hr", "00002_hr", "00003_hr"]


def test_a_record_whose_name_has_a_folder_does_not_vanish(folder: Path) -> None:
    header = folder / "b.hea"
    header.write_text("records/" + header.read_text())
    assert RecordFolder(folder, Form()).index.record_id == ("a/z", "b")


def test_a_folder_without_records(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no recordings in .*ptbxl_database.csv nor a WFDB"):
        RecordFolder(tmp_path, Form())


def test_the_fingerprint_follows_the_files_and_the_form(folder: Path) -> None:
    before = RecordFolder(folder, Form()).fingerprint()
    assert RecordFolder(folder, Form()).fingerprint() == before
    others = {
        RecordFolder(folder, form).fingerprint()
        for form in (Form(rate_hz=50.0), Form(seconds=5.0), Form(length="crop"))
    }
    signal = folder / "b.dat"
    os.utime(signal, ns=(0, signal.stat().st_mtime_ns + 1))
    others.add(RecordFolder(folder, Form()).fingerprint())
    signal.write_bytes(signal.read_bytes() + b"\0")
    others.add(RecordFolder(folder, Form()).fingerprint())
    assert len(others - {before}) == 5


def test_the_real_mixture(shared_data: Path) -> None:
    source = RecordFolder(shared_data / "wfdb_mixed", Form(length="crop"))
    assert len(source.index) == 25
    refused = {}
    for row, record_id in enumerate(source.index.record_id):
        try:
            made = source.read(row).microvolt.astype(int)
        except RecordingError as error:
            refused[record_id] = str(error)
            continue
        # Both identities, within the rounding of the originals (steps of 5 µV at the coarsest).
        assert np.abs(made[0] + made[2] - made[1]).max() <= 10, record_id
        assert np.abs(made[3:6].sum(axis=0)).max() <= 10, record_id
    # Two recordings whose leads V2, V4 and V6 are zero from end to end.
    assert sorted(refused) == ["JS20004", "JS20008"]
    assert all("lead V2, V4, V6 is flat" in reason for reason in refused.values())


def test_fifteen_lower_case_leads_of_1000_hz_and_38_s(shared_data: Path) -> None:
    folder = shared_data / "wfdb_mixed"
    exact = RecordFolder(folder, Form())
    row = exact.index.record_id.index("s0010_re")
    with pytest.raises(RecordingError, match=r"38.4 s long .* --length crop takes the first 10 s"):
        exact.read(row)

    made = RecordFolder(folder, Form(length="crop")).read(row).microvolt
    stored = np.fromfile(folder / "s0010_re.dat", "<i2").reshape(-1, 12).T / 2000  # i ... v6
    # Every tenth sample of a moving average over one new sample is a crude, other resampling.
    smooth = np.apply_along_axis(np.convolve, 1, stored[:, :10_100], np.ones(10) / 10, "same")
    crude = smooth[:, :10_000:10]
    assert made.shape == (12, 1000)
    for lead in range(12):
        assert np.corrcoef(made[lead], crude[lead])[0, 1] > 0.99


def test_two_leads_are_not_twelve(shared_data: Path) -> None:
    source = RecordFolder(shared_data / "mitbih_mini", Form(length="crop"))
    with pytest.raises(RecordingError, match=r"^100: no lead I, .* found MLII, V5\. All of"):
        source.read(0)
