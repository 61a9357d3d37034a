from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.no_regular_files import NO_FILES
from xai_bench.data.normalise import Form
from xai_bench.data.ptbxl import PTBXL
from xai_bench.errors import DatasetError, RecordingError

Write = Callable[..., Path]

STATEMENTS = """,description,diagnostic,form,rhythm,diagnostic_class,diagnostic_subclass
NORM,normal,1.0,,,NORM,NORM
IMI,inferior infarction,1.0,,,MI,IMI
NDT,T abnormality,1.0,1.0,,STTC,STTC
SR,sinus rhythm,,,1.0,,
"""
DATABASE = """ecg_id,patient_id,scp_codes,strat_fold,filename_lr,filename_hr
7,15709.0,"{'NORM': 100.0, 'SR': 0.0}",3,records100/00007_lr,records500/00007_hr
9,15709.0,"{'IMI': 0.0, 'NDT': 50.0}",10,records100/00009_lr,records500/00009_hr
"""


@pytest.fixture
def folder(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> Path:
    """Recording 7 has a 100 Hz file, recording 9 a 500 Hz file only."""
    (tmp_path / "scp_statements.csv").write_text(STATEMENTS)
    (tmp_path / "ptbxl_database.csv").write_text(DATABASE)
    write_record(tmp_path / "records100" / "00007_lr.hea", microvolt)
    slow = np.repeat(microvolt, 5, axis=1)
    write_record(tmp_path / "records500" / "00009_hr.hea", slow, rate_hz=500)
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "ptbxl_database.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_index(folder: Path) -> None:
    index = PTBXL(folder, Form()).index
    assert index.record_id == ("7", "9")
    assert index.patient_id == ("15709", "15709")
    # A likelihood of 0 counts, a code that is not diagnostic does not.
    assert index.labels == (frozenset({"NORM"}), frozenset({"MI", "STTC"}))
    assert index.fold is not None
    assert index.fold.tolist() == [3, 10]


def test_data_sets_are_told_apart_by_what_their_folders_hold(
    folder: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    before = PTBXL(folder, Form()).name
    assert re.fullmatch(rf"{folder.name}-[0-9a-f]{{6}}", before)
    assert PTBXL(folder, Form(rate_hz=500.0)).name == before, "of any rate"
    write_record(folder / "records100" / "00007_lr.hea", -microvolt)
    other = PTBXL(folder, Form()).name
    edit(folder, "IMI", "NORM")
    assert len({before, other, PTBXL(folder, Form()).name}) == 3


def test_100_hz_prefers_the_100_hz_file_and_else_resamples(
    folder: Path, microvolt: np.ndarray
) -> None:
    source = PTBXL(folder, Form())
    assert np.array_equal(source.read(0).microvolt, microvolt)
    assert source.read(1).microvolt.shape == (12, 1000)


def test_500_hz_needs_the_500_hz_file(folder: Path, microvolt: np.ndarray) -> None:
    source = PTBXL(folder, Form(rate_hz=500.0))
    assert np.array_equal(source.read(1).microvolt, np.repeat(microvolt, 5, axis=1))
    with pytest.raises(RecordingError, match=r"^7: no file for a model of 500 Hz: .*00007_hr"):
        source.read(0)


@pytest.mark.parametrize(
    "name", ["../out/00007_lr", "/etc/hostname", "a/../../x", "c:x", "a\\..\\x", "n" * 5000]
)
def test_names_that_lead_out_of_the_folder_are_not_followed(
    folder: Path, write_record: Write, microvolt: np.ndarray, name: str
) -> None:
    write_record(folder.parent / "out" / "00007_lr.hea", microvolt)
    edit(folder, "records100/00007_lr", name)
    source = PTBXL(folder, Form())
    with pytest.raises(RecordingError, match=re.escape(f"no record filename_lr '{name}'")):
        source.read(0)


def test_links_that_lead_out_of_the_folder_are_not_followed(
    folder: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    outside = write_record(folder.parent / "out" / "00007_lr.hea", microvolt)
    header = folder / "records100" / "00007_lr.hea"
    for path in (header, header.with_suffix(".dat")):
        kept = path.rename(path.with_name("kept"))
        path.symlink_to(outside.with_suffix(path.suffix))
        with pytest.raises(RecordingError, match=rf"^7: {path.name} is a symbolic link out of"):
            PTBXL(folder, Form()).read(0)
        path.unlink()
        path.symlink_to(kept)  # within the folder
        assert np.array_equal(PTBXL(folder, Form()).read(0).microvolt, microvolt)
        path.unlink()
        kept.rename(path)
    header.parent.rename(folder.parent / "records")
    header.parent.symlink_to(folder.parent / "records")
    with pytest.raises(RecordingError, match="is a symbolic link out of"):
        PTBXL(folder, Form()).read(0)


def test_a_recording_without_file_names(folder: Path) -> None:
    edit(folder, "records100/00007_lr,records500/00007_hr", ",")
    with pytest.raises(RecordingError, match=r"^7: no file"):
        PTBXL(folder, Form()).read(0)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("scp_codes", "codes", "has no column scp_codes; found ecg_id, patient_id, codes"),
        ("9,15709.0", "7,15709.0", "same ecg_id more than once"),
        ("9,15709.0", "9.5,15709.0", "ecg_id in row 2 is '9.5'"),
        ("7,15709.0", "7,", "patient_id in row 1 is 'nan'"),
        ("7,15709.0", "7,inf", "patient_id in row 1 is 'inf'"),
        (",10,", ",11,", "strat_fold 11; folds are 1 to 10"),
        ("{'IMI': 0.0, 'NDT': 50.0}", "IMI", "ecg_id 9: scp_codes is 'IMI'"),
        ("{'IMI': 0.0, 'NDT': 50.0}", "__import__('os')", "ecg_id 9: scp_codes is '__import__"),
        ("{'IMI': 0.0, 'NDT': 50.0}", "(" * 5000, "ecg_id 9: scp_codes is '((("),
        ("records", "nowhere", "none of the 2 recordings"),
        (DATABASE, "", "is no CSV table"),
        (DATABASE, 'a,b\n"1,2\n', "is no CSV table"),
    ],
)
def test_a_bad_database_is_refused_in_one_line(
    folder: Path, old: str, new: str, reason: str
) -> None:
    edit(folder, old, new)
    with pytest.raises(DatasetError) as caught:
        PTBXL(folder, Form())
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text(folder: Path) -> None:
    (folder / "ptbxl_database.csv").write_bytes(b"\xff\xfe\x00\x80" * 100)
    with pytest.raises(DatasetError, match="is no CSV table"):
        PTBXL(folder, Form())


@pytest.mark.parametrize("make", NO_FILES)
def test_a_table_that_is_no_file(folder: Path, make: Callable[[Path], None]) -> None:
    (folder / "ptbxl_database.csv").unlink()
    make(folder / "ptbxl_database.csv")
    with pytest.raises(DatasetError, match=r"ptbxl_database.csv: it is no regular file$"):
        PTBXL(folder, Form())


def test_missing_statements(folder: Path) -> None:
    (folder / "scp_statements.csv").unlink()
    with pytest.raises(DatasetError, match=r"cannot read .*scp_statements.csv: No such file"):
        PTBXL(folder, Form())


def test_the_fingerprint_follows_tables_and_signals(folder: Path) -> None:
    seen = {PTBXL(folder, Form()).fingerprint(), PTBXL(folder, Form()).fingerprint()}
    assert len(seen) == 1
    signal = folder / "records100" / "00007_lr.dat"
    signal.write_bytes(signal.read_bytes() + b"\0")
    seen.add(PTBXL(folder, Form()).fingerprint())
    edit(folder, "NORM", "IMI")
    seen.add(PTBXL(folder, Form()).fingerprint())
    seen.add(PTBXL(folder, Form(rate_hz=50.0)).fingerprint())
    assert len(seen) == 4


def test_real_recordings_at_100_hz(shared_data: Path) -> None:
    source = PTBXL(shared_data / "ptbxl_mini", Form())
    index = source.index
    assert index.record_id == ("1", *map(str, range(6000, 6010)))
    assert index.labels is not None
    assert index.fold is not None
    labels = dict(zip(index.record_id, index.labels, strict=True))
    expected = dict.fromkeys(index.record_id, frozenset({"NORM"}))
    expected |= {"6001": frozenset({"STTC"}), "6002": frozenset({"NORM", "CD"})}
    assert labels == expected
    in_test = [i for i, fold in zip(index.record_id, index.fold, strict=True) if fold == 10]
    assert in_test == ["6000", "6004"]
    assert index.patient_id[0] == "15709"

    for row in range(len(index)):
        made = source.read(row).microvolt.astype(int)
        assert made.shape == (12, 1000)
        assert np.abs(made[0] + made[2] - made[1]).max() <= 2  # each lead was rounded by itself
        assert np.abs(made[3:6].sum(axis=0)).max() <= 3

    stored = np.fromfile(shared_data / "ptbxl_mini/records100/00000/00001_lr.dat", "<i2")
    assert np.array_equal(source.read(0).microvolt, stored.reshape(1000, 12).T)


def test_real_recordings_at_500_hz(shared_data: Path) -> None:
    source = PTBXL(shared_data / "ptbxl_mini", Form(rate_hz=500.0))
    with pytest.raises(RecordingError, match=r"^1: no file for a model of 500 Hz"):
        source.read(0)
    for row in range(1, 11):
        assert source.read(row).microvolt.shape == (12, 5000)


def test_our_100_hz_is_that_of_others(shared_data: Path, tmp_path: Path) -> None:
    """The 100 Hz files of 6000 to 6009 were made from the 500 Hz files elsewhere."""
    real = shared_data / "ptbxl_mini"
    for name in ("ptbxl_database.csv", "scp_statements.csv"):
        (tmp_path / name).write_bytes((real / name).read_bytes())
    shutil.copytree(real / "records500", tmp_path / "records500")  # and no records100
    resampled, stored = PTBXL(tmp_path, Form()), PTBXL(real, Form())
    for row in range(1, 11):
        ours = resampled.read(row).microvolt.astype(int)
        theirs = stored.read(row).microvolt
        assert np.abs(ours - theirs)[:, 20:-20].max() <= 3


def test_age_and_sex_are_those_of_the_database(shared_data: Path) -> None:
    index = PTBXL(shared_data / "ptbxl_mini", Form()).index
    table = pd.read_csv(shared_data / "ptbxl_mini/ptbxl_database.csv")
    assert index.age is not None
    assert index.sex is not None
    known = table["age"] < 130
    assert np.array_equal(index.age[known], table["age"][known].astype(np.float32))
    assert np.isnan(index.age[~known]).all()
    assert index.sex == tuple(table["sex"].map({0: "male", 1: "female"}))
    assert index.statements is not None
    assert any("SR" in codes for codes in index.statements)
