from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data.header_facts import header_facts
from xai_bench.data.normalise import Form
from xai_bench.data.wfdb_record import header_of, read_record
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

Write = Callable[..., Path]


@pytest.fixture
def header(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> Path:
    return write_record(tmp_path / "rec.hea", microvolt)


def edit(header: Path, old: str, new: str, count: int = -1) -> None:
    text = header.read_text()
    assert old in text
    header.write_text(text.replace(old, new, count))


def refusal(header: Path) -> str:
    """The message with which a record is refused: one line that begins with its id."""
    with pytest.raises(RecordingError) as caught:
        read_record(header, Form(), record_id="r")
    message = str(caught.value)
    assert message.startswith("r: ")
    assert "\n" not in message
    return message


def test_what_was_written_is_read(header: Path, microvolt: np.ndarray) -> None:
    record = read_record(header, Form(), record_id="r")
    assert record.microvolt.dtype == np.int16
    assert np.array_equal(record.microvolt, microvolt)
    assert record.evidence is None
    assert record.waves is None


def test_shuffled_lower_case_and_extra_leads(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    order = [5, 3, 11, 0, 1, 2, 4, 6, 7, 8, 9, 10]
    extra = np.full((1, 1000), 7, np.int16)
    leads = ["vx", *(LEADS[i].lower() for i in order)]
    stored = np.vstack([extra, microvolt[order]])
    header = write_record(tmp_path / "rec.hea", stored, leads=leads)
    assert np.array_equal(read_record(header, Form(), record_id="r").microvolt, microvolt)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("1(0)/uV", 1), ("1000(0)/mV", 1), ("1000000(0)/V", 1), ("500(10)/MV", 2), ("1000(0)", 1)],
)
def test_units_and_gains(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray, unit: str, factor: int
) -> None:
    header = write_record(tmp_path / "rec.hea", microvolt, unit=unit)
    baseline = 10 if "(10)" in unit else 0
    expected = (microvolt - baseline) * factor
    assert np.array_equal(read_record(header, Form(), record_id="r").microvolt, expected)


def test_a_path_may_have_a_suffix(header: Path) -> None:
    stem = header.with_suffix("")
    assert header_of(stem) == header
    assert header_of(header) == header
    assert header_of(stem.with_suffix(".dat")) == header


def test_segments_are_recordings_and_their_master_and_layout_are_not(
    tmp_path: Path, header: Path
) -> None:
    master, layout = tmp_path / "all.hea", tmp_path / "all_layout.hea"
    master.write_text("# made by hand\nall/2 12 100 1000\nall_layout 0\nrec 1000\n")
    layout.write_text("all_layout 12 100 0\n" + "~ 0 1000(0)/mV 16 0 0 0 0 I\n" * 12)
    assert header_facts(header).is_recording
    assert not header_facts(master).is_recording
    assert not header_facts(layout).is_recording
    assert "2 segments; name one of its segments" in refusal(master)


def test_a_missing_header(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.hea").startswith("r: no header file ")


def test_a_missing_signal_file(header: Path) -> None:
    header.with_suffix(".dat").unlink()
    assert refusal(header) == f"r: no signal file {header.with_suffix('.dat')}"


def test_a_truncated_signal_file(header: Path) -> None:
    signal = header.with_suffix(".dat")
    signal.write_bytes(signal.read_bytes()[:-1])
    assert "rec.dat has 23999 bytes, its header promises 24000" in refusal(header)
    assert "truncated?" in refusal(header)


def test_a_signal_file_of_another_record(header: Path) -> None:
    signal = header.with_suffix(".dat")
    signal.write_bytes(signal.read_bytes() * 2)
    assert "the header belongs to another file?" in refusal(header)


def test_an_absurd_length_is_refused_before_anything_is_read(header: Path) -> None:
    edit(header, "100 1000\n", "100 99999999999999\n")
    assert "99999999999999 samples" in refusal(header)
    with pytest.raises(RecordingError, match="truncated"):
        read_record(header, Form(length="crop"), record_id="r")


@pytest.mark.parametrize(
    "name", ["../secret.dat", "/etc/passwd", "..", "a/b.dat", "s3://x.dat", "n" * 5000]
)
def test_signal_files_elsewhere_are_not_opened(header: Path, name: str) -> None:
    secret = header.parents[1] / "secret.dat"
    secret.write_bytes(header.with_suffix(".dat").read_bytes())
    edit(header, "rec.dat", name)
    assert name in refusal(header) or "no WFDB header" in refusal(header)


def test_garbage_is_no_header(header: Path) -> None:
    header.write_bytes(bytes(range(256)) * 10)
    assert "rec.hea" in refusal(header)
    header.write_text("<html>not found</html>\n")
    assert "rec.hea is no WFDB header" in refusal(header)
    header.write_text("")
    assert "rec.hea is no WFDB header" in refusal(header)
    header.write_bytes(b"#" * (2 << 20))
    assert "too large" in refusal(header)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("rec 12 ", "rec 13 ", "announces 13 leads and describes 12"),
        ("rec 12 ", "rec 0 ", "announces 0 leads"),
        ("12 100 1000", "12 0 1000", "sampling rate of 0 Hz"),
        ("12 100 1000", "12 99999999 1000", "sampling rate of 1e+08 Hz"),
        ("12 100 1000", "12 100", "does not state the number of samples"),
        ("12 100 1000", "12 100 0", "holds no samples"),
        (" 16 1000(0)", " 16:999999999999 1000(0)", "skewed"),
        (" 16 1000(0)", " 516x999999999999 1000(0)", "samples would have to be read"),
        (" 16 1000(0)", " 99 1000(0)", "format 99; known are 8, 16"),
        ("/mV", "/mmHg", "lead I is in 'mmHg'"),
        ("/mV", "/µV", "written µV instead of uV"),
        ("V6", "V7", "no lead V6"),
        ("1000(0)", "1e-308(0)", "has missing (NaN or infinite) samples"),
        ("1000(0)", "1e-300(0)", "no ECG exceeds 32: check its unit"),
        ("1000(0)/mV", "0/mV", "is not calibrated"),
    ],
)
def test_nonsense_in_the_header(header: Path, old: str, new: str, reason: str) -> None:
    edit(header, old, new)
    assert reason in refusal(header)


def test_missing_samples_are_refused(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    microvolt[4, 17] = -32768  # WFDB's mark of a missing sample in format 16
    header = write_record(tmp_path / "rec.hea", microvolt)
    assert refusal(header).startswith("r: lead aVL has missing")


def test_eleven_leads(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> None:
    header = write_record(tmp_path / "rec.hea", microvolt[:11], leads=LEADS[:11])
    assert refusal(header).startswith("r: no lead V6; found I, II, III")


@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "212", "516"])
def test_formats_that_recorders_use(tmp_path: Path, microvolt: np.ndarray, fmt: str) -> None:
    import wfdb

    units = microvolt.T.astype(np.int64) // 50
    wfdb.wrsamp(
        "rec",
        fs=100,
        units=["mV"] * 12,
        sig_name=list(LEADS),
        d_signal=units,
        fmt=[fmt] * 12,
        adc_gain=[200.0] * 12,
        baseline=[0] * 12,
        write_dir=str(tmp_path),
    )
    record = read_record(tmp_path / "rec.hea", Form(), record_id="r")
    assert np.array_equal(record.microvolt, units.T * 5)
