"""CSV and NPY: what was written is read, in any layout; and hostile files are refused in a line."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jaxtyping import Float64, Int16

from xai_bench.data.load import load_record
from xai_bench.data.table_record import Unit
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

Millivolt = Float64[np.ndarray, "lead time"]
Microvolt = Int16[np.ndarray, "lead time"]
ORDER = (7, 0, 11, 3, 1, 2, 10, 9, 8, 4, 5, 6)


def lines(values: np.ndarray, *, separator: str = ",") -> str:
    return "".join(separator.join(f"{v:.3f}" for v in row) + "\n" for row in values)


def by_columns(mv: Millivolt) -> str:
    return lines(mv.T)


def by_rows(mv: Millivolt) -> str:
    return lines(mv)


def with_header(mv: Millivolt) -> str:
    names = [LEADS[i] for i in ORDER]
    return ",".join(names) + "\n" + lines(mv[list(ORDER)].T)


def with_time_and_quotes(mv: Millivolt) -> str:
    names = ["time", *(f'"{LEADS[i].lower()}"' for i in ORDER)]
    times = np.arange(mv.shape[1])[None] / 100
    table = lines(np.concatenate([times, mv[list(ORDER)]]).T, separator=";")
    return "\ufeff" + " ; ".join(names) + "\r\n\r\n" + table.replace("\n", "\r\n")


def with_an_index(mv: Millivolt) -> str:
    rows = zip(range(mv.shape[1]), mv.T, strict=True)
    return ",".join(["", *LEADS]) + "\n" + "".join(f"{i},{lines(row[None])}" for i, row in rows)


def as_pandas_writes(mv: Millivolt) -> str:
    return pd.DataFrame(mv.T).to_csv()


def rows_as_pandas_writes(mv: Millivolt) -> str:
    return pd.DataFrame(mv).to_csv()


def named_rows_as_pandas_writes(mv: Millivolt) -> str:
    return pd.DataFrame(mv[list(ORDER)], index=[LEADS[i] for i in ORDER]).to_csv()


def rows_with_names(mv: Millivolt) -> str:
    return "".join(f'"{LEADS[i]}"\t{lines(mv[i][None], separator=chr(9))}' for i in ORDER)


@pytest.mark.parametrize(
    "write",
    [
        *(by_columns, by_rows, with_header, with_time_and_quotes, with_an_index, rows_with_names),
        *(as_pandas_writes, rows_as_pandas_writes, named_rows_as_pandas_writes),
    ],
)
def test_every_layout_of_a_csv(
    tmp_path: Path, microvolt: Microvolt, write: Callable[[Millivolt], str]
) -> None:
    path = tmp_path / "a.CSV"
    path.write_text(write(microvolt / 1000), encoding="utf-8")
    found = load_record(path, recorded_hz=100.0)
    np.testing.assert_array_equal(found.microvolt[0], microvolt)
    assert found.record_id == ("a",)
    assert found.name == tmp_path.name
    known = "taken to be in the order I, II" not in found.origin
    unnamed = (by_columns, by_rows, as_pandas_writes, rows_as_pandas_writes)
    assert known == (write not in unnamed)


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i2", ">i4"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("transposed", [False, True])
def test_every_layout_of_an_npy(
    tmp_path: Path, microvolt: Microvolt, dtype: str, order: str, transposed: bool
) -> None:
    integers = np.dtype(dtype).kind == "i"
    values = (microvolt if integers else microvolt / 1000).astype(dtype)
    table = np.asarray(values.T if transposed else values, order="F" if order == "F" else "C")
    np.save(tmp_path / "a.npy", table)
    unit: Unit = "uV" if integers else "mV"
    found = load_record(tmp_path / "a.npy", recorded_hz=100.0, unit=unit)
    np.testing.assert_array_equal(found.microvolt[0], microvolt)
    assert f"in {unit}." in found.origin


def test_rate_and_length_are_those_of_any_recording(tmp_path: Path) -> None:
    t = np.arange(6000) / 500
    one, two, *chest = np.sin(2 * np.pi * np.arange(1, 9)[:, None] * t)
    limb = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    values = np.stack([*limb, *chest])
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(RecordingError, match="12 s long"):
        load_record(tmp_path / "a.npy", recorded_hz=500.0)
    found = load_record(tmp_path / "a.npy", recorded_hz=500.0, length="crop")
    np.testing.assert_allclose(found.signal[0, :, 10:], values[:, 50:5000:5], atol=0.01)
    assert found.origin.endswith("resampled to 100 Hz; cut to the first 10 s.")
    with pytest.raises(RecordingError, match="upsampling"):
        load_record(tmp_path / "a.npy", recorded_hz=50.0, length="crop")


@pytest.mark.parametrize("name", ["a.csv", "a.npy"])
def test_the_rate_must_be_given(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordingError, match="does not state its sampling rate; give it: --rate"):
        load_record(tmp_path / name)
    for rate_hz in (0.0, -5.0, 1e9, float("nan")):
        with pytest.raises(RecordingError, match="not that of an ECG"):
            load_record(tmp_path / name, recorded_hz=rate_hz)
    with pytest.raises(RecordingError, match="no file"):
        load_record(tmp_path / name, recorded_hz=500.0)
    (tmp_path / name).mkdir()
    with pytest.raises(RecordingError, match="no file"):
        load_record(tmp_path / name, recorded_hz=500.0)


def test_what_states_its_rate_is_not_told(tmp_path: Path) -> None:
    for path in ("synthetic:00012", tmp_path / "a.hea", tmp_path / "a"):
        with pytest.raises(RecordingError, match="are for CSV and NPY"):
            load_record(path, recorded_hz=500.0)
        with pytest.raises(RecordingError, match="are for CSV and NPY"):
            load_record(path, unit="mV")


@pytest.mark.parametrize("name", ["a.npy", "a.csv"])
def test_eight_leads_become_twelve(tmp_path: Path, microvolt: Microvolt, name: str) -> None:
    eight = microvolt[[0, 1, *range(6, 12)]] / 1000
    if name == "a.npy":
        np.save(tmp_path / name, eight.T)
    else:
        names = ",".join(["V6", "V5", "V4", "V3", "V2", "V1", "ii", "i"])
        (tmp_path / name).write_text(f"{names}\n{lines(eight[::-1].T)}")
    found = load_record(tmp_path / name, recorded_hz=100.0)
    np.testing.assert_array_equal(found.microvolt[0], microvolt)
    taken = "leads taken to be in the order I, II, V1, V2, V3, V4, V5, V6"
    assert (taken if name == "a.npy" else "leads put in canonical order") in found.origin
    assert "III, aVR, aVL, aVF derived from I and II" in found.origin


@pytest.mark.parametrize("name", ["a.npy", "a.csv"])
def test_leads_in_another_order_than_they_are_taken_to_be(
    tmp_path: Path, microvolt: Microvolt, name: str
) -> None:
    values = microvolt[list(ORDER)] / 1000
    if name == "a.npy":
        np.save(tmp_path / name, values)
    else:
        (tmp_path / name).write_text(by_columns(values))
    with pytest.raises(RecordingError, match=r"is off by 2\.\d+ sd .* in another order than I, II"):
        load_record(tmp_path / name, recorded_hz=100.0)


def test_microvolt_taken_for_millivolt_are_suspected(tmp_path: Path, microvolt: Microvolt) -> None:
    for factor, reason in ((20, "check its unit"), (1e-6, "an ECG has 0.01 to 20: check its unit")):
        np.save(tmp_path / "a.npy", microvolt * factor)
        with pytest.raises(RecordingError, match=reason):
            load_record(tmp_path / "a.npy", recorded_hz=100.0)


class Bomb:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (Path("pickle-was-run"),)


def header(text: str) -> bytes:
    padded = text.ljust(118 - 1).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded


ARRAY = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no NPY array"),
        (b"PK\x03\x04" + bytes(200), "no NPY array"),
        (pickle.dumps(Bomb()), "no NPY array"),
        (header(ARRAY % ("|O", "(12, 1000)")) + pickle.dumps([Bomb()] * 12), "no NPY array"),
        (header(ARRAY % ("<f4", "(12, 1000)")) + bytes(47_999), "no NPY array"),
        (header(ARRAY % ("<f4", "(12, 1000000000000)")) + bytes(48), "no NPY array"),
        (header(ARRAY % ("<f4", "(12, 4611686018427387904)")) + bytes(48), "no NPY array"),
        (header(ARRAY % ("<f4", "(12, -1000)")) + bytes(48_000), "no NPY array"),
        (header("__import__('os').getcwd()") + bytes(48_000), "no NPY array"),
        (header("[" * 100) + bytes(48_000), "no NPY array"),
        (header(ARRAY % ("<f4", "(12000,)")) + bytes(48_000), r"shape \(12000,\)"),
        (header(ARRAY % ("<f4", "(1, 12, 1000)")) + bytes(48_000), r"shape \(1, 12, 1000\)"),
        (header(ARRAY % ("<c8", "(12, 1000)")) + bytes(96_000), "complex64"),
        (header(ARRAY % ("|S4", "(12, 1000)")) + bytes(48_000), r"\|S4"),
        (header(ARRAY % ("|b1", "(12, 1000)")) + bytes(12_000), "bool"),
        (header(ARRAY % ("<f4", "(11, 1000)")) + bytes(44_000), "11 x 1000"),
        (header(ARRAY % ("<f4", "(12, 12)")) + bytes(576), "12 x 12"),
        (header(ARRAY % ("<f4", "(12, 1000)")) + bytes(48_000), "is flat"),
        (header(ARRAY % ("<f4", "(12, 1000)")) + b"\xff" * 48_000, "missing"),
        (header(ARRAY % ("<f8", "(12, 1000)")) + b"\xef\x7f" * 48_000, "no millivolts"),
    ],
)
def test_hostile_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)  # where a pickle that runs leaves its mark
    path = tmp_path / "a.npy"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=reason) as refused:
        load_record(path, recorded_hz=100.0)
    assert "\n" not in str(refused.value)
    assert not Path("pickle-was-run").exists()


NAMES = ",".join(LEADS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("hello", "no numbers"),
        (NAMES, "no numbers"),
        (f"{NAMES}\n" + "1,2,3\n" * 1000, "12 names for 3 columns"),
        (f"{NAMES}\n" + f"{NAMES}\n" * 1000, "could not convert string"),
        ("I," * 11 + "II\n" + "1," * 11 + "1\n", "no lead III"),
        (f"{NAMES},V6\n" + "1," * 12 + "1\n", "V6 is there more than once"),
        (f"{'x,' * 999}y\n" + f"{'1,' * 999}1\n", r"found x, x, .*, ... \(1000 in all\)"),
        ("," * 11 + "\n" + ("1," * 11 + "1\n") * 9, r"found \(no name\), \(no name\)"),
        ("1,2\n3\n", "number of columns changed"),
        ("1,2\n" * 1000, "1000 x 2"),
        ("1 2 3\n" * 1000, "could not convert string"),
        (",".join(map(str, range(12))) + "\n" + "1," * 11 + "1\n", "numbers the columns"),
        (("0,5;" * 11 + "0,5\n") * 1000, "could not convert string"),
        ((NAMES + "\n") + ("nan," * 11 + "1\n") * 1000, "lead I, II, III, .* missing"),
        (("1," * 11 + "1e999\n") * 1000, "lead V6 has missing"),
        (("1," * 11 + "1e300\n") * 1000, "no millivolts"),
        (("1," * 11 + "\n") * 1000, "could not convert string"),
        ("\x00" * 1000, "no numbers"),
    ],
)
def test_hostile_tables(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordingError, match=reason) as refused:
        load_record(path, recorded_hz=100.0)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_nan_that_signals_is_nan_without_a_warning(tmp_path: Path, microvolt: Microvolt) -> None:
    values = (microvolt / 1000).astype(np.float64)
    values[0].view(np.uint64)[:] = 0x7FF0000000000001
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(RecordingError, match="missing"):
        load_record(tmp_path / "a.npy", recorded_hz=100.0)


def test_bytes_are_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x80" * 100)
    with pytest.raises(RecordingError, match="no text in UTF-8"):
        load_record(tmp_path / "a.csv", recorded_hz=100.0)


@pytest.mark.parametrize("name", ["a.csv", "a.npy"])
def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate((1 << 25) + 1)
    with pytest.raises(RecordingError, match="33554433 bytes"):
        load_record(tmp_path / name, recorded_hz=100.0)
