"""Signals: our reading of format 16 against that of `wfdb`, sample by sample, and what is refused.

`wfdb` is asked for the record as it lies there, so that our header parser is compared as well.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jaxtyping import Float64

from xai_bench.data.normalise import Form
from xai_bench.data.wfdb_header import read_header
from xai_bench.data.wfdb_record import read_record
from xai_bench.data.wfdb_signal import check_files, read_units
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

Write = Callable[..., Path]


def physical(
    path: Path, rows: list[int], frames: int, *, first: int = 0
) -> Float64[np.ndarray, "row frame"]:
    """What the product makes of a record before it scales units to millivolt."""
    header = read_header(path)
    check_files(header, path.parent, path.parent)
    units = read_units(header, path.parent, rows, first=first, frames=frames)
    baseline = np.array([header.leads[row].baseline for row in rows], dtype=np.float64)
    gain = np.array([header.leads[row].gain for row in rows], dtype=np.float64)
    return (units - baseline[:, None]) / gain[:, None]


def generated(path: Path, rng: np.random.Generator) -> tuple[int, int]:
    """A random record of one to three files of format 16; its leads and its frames."""
    frames, files = int(rng.integers(1, 300)), int(rng.integers(1, 4))
    lines: list[str] = []
    for i in range(files):
        count = int(rng.integers(1, 6))
        name = f"{path.stem}_{i}.{'mat' if rng.random() < 0.5 else 'dat'}"
        offset = int(rng.choice([0, 24, 37]))
        values = rng.integers(-32768, 32768, size=(frames, count)).astype("<i2")
        values[rng.random(values.shape) < 0.05] = -32768
        padding = rng.bytes(int(rng.choice([0, 100])))
        (path.parent / name).write_bytes(rng.bytes(offset) + values.tobytes() + padding)
        for lead in range(count):
            of_unit = rng.choice(["200", "1000.5(-12)/uV", "1e3/mV", "4880(7)/mV", "-3.5/V"])
            first, checksum = values[0, lead], int(values[:, lead].sum(dtype=np.int64)) % 65536
            lines.append(
                f"{name} 16{'x1' if rng.random() < 0.5 else ''}{f'+{offset}' if offset else ''} "
                f"{of_unit} 16 {rng.integers(-9, 9)} {first} {checksum} 0 lead {lead}"
            )
    path.write_text("\n".join([f"{path.stem} {len(lines)} 500 {frames}", *lines]) + "\n")
    return len(lines), frames


@pytest.mark.parametrize("seed", range(40))
def test_format_16_is_what_wfdb_reads(tmp_path: Path, seed: int) -> None:
    import wfdb

    rng = np.random.default_rng(seed)
    path = tmp_path / "rec.hea"
    leads, frames = generated(path, rng)
    rows = [int(row) for row in rng.permutation(leads)[: rng.integers(1, leads + 1)]]
    begin = int(rng.integers(frames))
    count = int(rng.integers(1, frames - begin + 1))
    theirs = wfdb.rdrecord(
        str(path.with_suffix("")), channels=rows, sampfrom=begin, sampto=begin + count
    )
    found = physical(path, rows, count, first=begin)
    np.testing.assert_array_equal(found, theirs.p_signal.T)


@pytest.mark.parametrize(
    ("fmt", "per_frame"),
    [("16", [1, 2, 4]), ("212", [1, 1, 1]), ("80", [2, 1, 1]), ("24", [3] * 3)],
)
def test_other_formats_are_what_wfdb_reads(tmp_path: Path, fmt: str, per_frame: list[int]) -> None:
    import wfdb

    rng = np.random.default_rng(0)
    wfdb.wrsamp(
        "rec",
        fs=100,
        units=["mV", "uV", "mV"],
        sig_name=["a", "b", "c"],
        e_d_signal=[rng.integers(-100, 100, size=50 * n) for n in per_frame],
        fmt=[fmt] * 3,
        adc_gain=[200.0, 17.3, 1000.0],
        baseline=[0, 12, -5],
        samps_per_frame=per_frame,
        write_dir=str(tmp_path),
    )
    theirs = wfdb.rdrecord(str(tmp_path / "rec"), sampto=30).p_signal.T
    for first in (0, 7):
        found = physical(tmp_path / "rec.hea", [0, 1, 2], 30 - first, first=first)
        np.testing.assert_allclose(found, theirs[:, first:], rtol=1e-12, atol=1e-12)


def test_skewed_leads_are_aligned_as_wfdb_does(tmp_path: Path) -> None:
    import wfdb

    values = np.random.default_rng(0).integers(-900, 900, size=(100, 2)).astype("<i2")
    (tmp_path / "rec.dat").write_bytes(values.tobytes())
    stated = [f"{values[0, i]} {values[:, i].sum()}" for i in (0, 1)]
    (tmp_path / "rec.hea").write_text(
        f"rec 2 100 100\nrec.dat 16:3 200 16 0 {stated[0]} 0 a\n"
        f"rec.dat 16 200 16 0 {stated[1]} 0 b\n"
    )
    theirs = wfdb.rdrecord(str(tmp_path / "rec")).p_signal.T
    ours = physical(tmp_path / "rec.hea", [0, 1], 100)
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(ours[0, :97], values[3:, 0] / 200)
    assert np.isnan(ours[0, 97:]).all()


def test_the_real_records_of_format_212(shared_data: Path) -> None:
    import wfdb

    for path in sorted((shared_data / "mitbih").glob("*.hea")):
        theirs = wfdb.rdrecord(str(path.with_suffix("")), sampto=5000).p_signal.T
        np.testing.assert_array_equal(physical(path, [0, 1], 5000), theirs)


def test_every_real_record_is_what_wfdb_reads_and_what_its_header_states(
    shared_data: Path,
) -> None:
    import wfdb

    compared = 0
    for path in sorted((shared_data / "challenge").rglob("*.hea"))[::6]:
        header = read_header(path)
        assert all(lead.checksum is not None for lead in header.leads)
        rows = list(range(len(header.leads)))
        ours = physical(path, rows, header.frames)
        if path.read_text().split()[0] == path.stem:  # others are refused by wfdb
            theirs = wfdb.rdrecord(str(path.with_suffix(""))).p_signal.T
            np.testing.assert_array_equal(ours, theirs)
            compared += 1
    assert compared > 10


@pytest.mark.parametrize("place", ["challenge", "ptbxl_real", "wfdb_mixed", "ptbxl_mini"])
def test_every_real_recording_is_read_or_has_a_flat_lead(shared_data: Path, place: str) -> None:
    """Whatever is there: no checksum, identity or header of real recordings is found wanting."""
    read, refused = 0, []
    for path in sorted((shared_data / place).rglob("*.hea")):
        try:
            read_record(path, Form(length="crop"), record_id=path.stem)
        except RecordingError as error:
            refused.append(str(error))
        else:
            read += 1
    assert read > 9 * len(refused)
    assert all(" is flat: " in reason for reason in refused)


def test_of_a_day_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    """A file of 24 hours at 1000 Hz that holds almost nothing but a hole."""
    frames, leads, first = 86_400_000, 2, 86_000_000
    values = np.random.default_rng(0).integers(-900, 900, size=(50, leads)).astype("<i2")
    with (tmp_path / "rec.dat").open("wb") as file:
        file.write(b"\5\0\6\0")
        file.seek(2 * leads * first)
        file.write(values.tobytes())
        file.truncate(2 * leads * frames)
    text = f"rec 2 1000 {frames}\nrec.dat 16 200 16 0 5 1 0 a\nrec.dat 16 200 16 0 6 1 0 b\n"
    path = tmp_path / "rec.hea"
    path.write_text(text)
    np.testing.assert_array_equal(physical(path, [0, 1], 50, first=first), values.T / 200)
    path.write_text(text.replace(" 0 6 1 ", " 0 7 1 "))
    with pytest.raises(RecordingError, match="lead b begins with 6, its header states 7"):
        physical(path, [0, 1], 50, first=first)
    path.write_text(text.replace("16 200", "212 200").replace(str(frames), "115200000"))
    with pytest.raises(RecordingError, match="172000100 samples would have to be read at once"):
        physical(path, [0, 1], 50, first=first)


@pytest.fixture
def header(tmp_path: Path, write_record: Write, microvolt: np.ndarray) -> Path:
    return write_record(tmp_path / "rec.hea", microvolt)


def refusal(header: Path, **form: Any) -> str:
    with pytest.raises(RecordingError) as caught:
        read_record(header, Form(**form), record_id="r")
    return str(caught.value)


@pytest.mark.parametrize("form", [{}, {"seconds": 2.0, "length": "crop"}])
def test_a_damaged_signal_file_is_found_out(
    header: Path, microvolt: np.ndarray, form: dict[str, Any]
) -> None:
    signal = header.with_suffix(".dat")
    content = bytearray(signal.read_bytes())
    content[700 * 24 + 14] ^= 1  # V2, beyond what a crop to 2 s needs
    signal.write_bytes(content)
    stated = int(microvolt[7].sum(dtype=np.int64).astype(np.int16))
    found = stated + (1 if int(microvolt[7, 700]) % 2 == 0 else -1)
    assert refusal(header, **form) == (
        f"r: lead V2 has checksum {found}, its header states {stated}: the signal file is damaged"
    )


def test_a_first_sample_that_is_not_the_stated_one(header: Path, microvolt: np.ndarray) -> None:
    text = header.read_text()
    header.write_text(text.replace(f" {microvolt[3, 0]} ", " 12345 ", 1))
    assert refusal(header).startswith(
        f"r: lead aVR begins with {microvolt[3, 0]}, its header states 12345: "
    )


def test_a_checksum_may_be_signed_or_not(header: Path, microvolt: np.ndarray) -> None:
    for lead, values in zip(LEADS, microvolt, strict=True):
        total = int(values.sum(dtype=np.int64))
        signed, unsigned = (total + 32768) % 65536 - 32768, total % 65536
        header.write_text(
            header.read_text().replace(f" {signed} 0 {lead}\n", f" {unsigned} 0 {lead}\n")
        )
    assert np.array_equal(read_record(header, Form(), record_id="r").microvolt, microvolt)


def test_what_nobody_filled_in_is_not_verified(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    path = write_record(tmp_path / "rec.hea", microvolt, stated="0 0")
    assert np.array_equal(read_record(path, Form(), record_id="r").microvolt, microvolt)


def test_damage_in_a_lead_that_is_not_needed_does_not_matter(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    leads = [*LEADS, "vx"]
    path = write_record(tmp_path / "rec.hea", np.vstack([microvolt, microvolt[:1]]), leads=leads)
    *kept, last = path.read_text().splitlines()
    path.write_text("\n".join([*kept, last.replace(" 0 vx", "1 0 vx")]))
    assert np.array_equal(read_record(path, Form(), record_id="r").microvolt, microvolt)


def test_a_checksum_of_another_format_is_verified_too(shared_data: Path, tmp_path: Path) -> None:
    for suffix in (".hea", ".dat"):
        (tmp_path / f"100{suffix}").write_bytes(
            (shared_data / "mitbih_mini" / f"100{suffix}").read_bytes()
        )
    path = tmp_path / "100.hea"
    physical(path, [0, 1], 3600)
    content = bytearray(path.with_suffix(".dat").read_bytes())
    content[-7] ^= 2
    path.with_suffix(".dat").write_bytes(content)
    with pytest.raises(RecordingError, match=r"lead (MLII|V5) has checksum .* damaged"):
        physical(path, [0, 1], 3600)


def test_an_uncalibrated_lead_needs_a_gain(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    path = write_record(tmp_path / "rec.hea", microvolt, unit="0/mV")
    assert refusal(path) == (
        "r: lead I is not calibrated: its header states no gain, or 0; "
        "give it in units per mV: --gain 200"
    )
    found = read_record(path, Form(gain=500.0), record_id="r")
    assert np.array_equal(found.microvolt, microvolt * 2)
    assert "10 s at 100 Hz in units. Done: converted to mV" in found.origin
    calibrated = write_record(tmp_path / "rec.hea", microvolt)
    assert np.array_equal(
        read_record(calibrated, Form(gain=500.0), record_id="r").microvolt, microvolt
    )


def test_signal_files_of_two_names(tmp_path: Path, microvolt: np.ndarray) -> None:
    lines = ["rec 12 100 1000"]
    lines += [f"{'ab'[row >= 6]}.dat 16 1000/mV 16 0 0 0 0 {LEADS[row]}" for row in range(12)]
    (tmp_path / "rec.hea").write_text("\n".join(lines))
    (tmp_path / "a.dat").write_bytes(microvolt[:6].T.astype("<i2").tobytes())
    (tmp_path / "b.dat").write_bytes(microvolt[6:].T.astype("<i2").tobytes())
    found = read_record(tmp_path / "rec.hea", Form(), record_id="r")
    assert np.array_equal(found.microvolt, microvolt)
    (tmp_path / "b.dat").unlink()
    assert refusal(tmp_path / "rec.hea").startswith("r: no signal file ")


def test_eight_leads_become_twelve_and_the_origin_says_it(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    rows = [0, 1, *range(6, 12)]
    path = write_record(tmp_path / "rec.hea", microvolt[rows], leads=[LEADS[row] for row in rows])
    found = read_record(path, Form(), record_id="r")
    assert np.array_equal(found.microvolt, microvolt)
    assert found.origin.endswith("Done: III, aVR, aVL, aVF derived from I and II.")


def test_leads_with_wrong_names_are_found_out(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray
) -> None:
    names = [*LEADS[:4], "aVF", "aVL", *LEADS[6:]]
    path = write_record(tmp_path / "rec.hea", microvolt, leads=names)
    assert "is off by" in refusal(path)
    assert "wrong names" in refusal(path)


def test_mutations_of_a_record_are_read_or_refused(tmp_path: Path, microvolt: np.ndarray) -> None:
    """Header and signal are damaged in every way that some hundred draws find."""
    rng = np.random.default_rng(0)
    path, signal = tmp_path / "rec.hea", tmp_path / "rec.dat"
    short = microvolt[:, :100]
    lines = ["rec 12 100 100", *(f"rec.dat 16 1000/mV 16 0 0 0 0 {lead}" for lead in LEADS)]
    good, samples = "\n".join(lines).encode(), short.T.astype("<i2").tobytes()
    parts = ["0", "212", "24", "8", "310", "61", "516", "x3", ":2", "+7", "/uV", "9" * 25, " "]
    parts += ["-1", "1e999", "../a", "rec.hea", "~", "\n", "#", "/2", "aVR", "(5)", "1e-300"]
    read, refused = 0, list[str]()
    signal.write_bytes(samples)
    for turn in range(400):
        content = bytearray(good)
        for _ in range(rng.integers(1, 4)):
            at = int(rng.integers(len(content)))
            length = int(rng.integers(0, 6))
            content[at : at + length] = parts[rng.integers(len(parts))].encode()
        path.write_bytes(content)
        if turn % 10 == 0:
            signal.write_bytes(rng.bytes(int(rng.integers(0, 2500))))
        elif turn % 10 == 1:
            signal.write_bytes(samples)
        try:
            record = read_record(path, Form(seconds=1.0), record_id="r")
        except RecordingError as error:
            refused.append(str(error))
        else:
            assert record.microvolt.shape == (12, 100)
            read += 1
    assert all(map(str.isprintable, refused))
    assert min(read, len(refused)) > 10


@pytest.mark.parametrize("fmt", ["8", "61", "160", "212", "310", "311", "24", "32", "80", "516"])
def test_random_bytes_in_any_format_are_read_or_refused(tmp_path: Path, fmt: str) -> None:
    rng = np.random.default_rng(0)
    lines = ["rec 12 100 100", *(f"rec.dat {fmt} 1000/mV 0 0 0 0 0 {lead}" for lead in LEADS)]
    (tmp_path / "rec.hea").write_text("\n".join(lines))
    for size in (0, 1, 1200, 1800, 2400, 4800, 3600):
        (tmp_path / "rec.dat").write_bytes(rng.bytes(size))
        with suppress(RecordingError):
            read_record(tmp_path / "rec.hea", Form(seconds=1.0), record_id="r")
