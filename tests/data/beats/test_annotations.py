"""Annotation files: what wfdb reads in them, and every file that is none."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import wfdb

from xai_bench.data.beats.annotations import SYMBOLS, read_annotations
from xai_bench.errors import RecordingError

SHARED = Path("../shared/data")
REAL = ["mitbih/101", "mitbih/105", "mitbih/208", "mitbih_mini/100"]


def write(path: Path, *words: int) -> Path:
    path.write_bytes(struct.pack(f"<{len(words)}H", *words))
    return path


def test_codes_are_those_of_wfdb() -> None:
    table = wfdb.io.annotation.ann_label_table
    theirs = dict(zip(table["label_store"], table["symbol"], strict=True))
    assert {code: theirs[code] for code in SYMBOLS} == SYMBOLS


def test_what_wfdb_writes_is_read(tmp_path: Path) -> None:
    """With gaps of more than 1023 samples, comments of odd length, numbers and channels."""
    sample = np.array([5, 5, 900, 2000, 90_000, 90_001, 400_000])
    symbol = ["N", "+", "V", "F", "A", "~", "/"]
    wfdb.wrann(
        "made",
        "atr",
        sample,
        symbol,
        aux_note=["", "(AFIB", "", "odd", "", "", "x"],
        chan=np.array([0, 0, 1, 0, 1, 0, 0]),
        num=np.array([0, 3, 0, 0, 2, 0, 0]),
        subtype=np.array([0, 1, 0, 0, 0, 2, 0]),
        write_dir=str(tmp_path),
    )
    found = read_annotations(tmp_path / "made.atr", 400_001)
    assert found.sample.tolist() == [5, 900, 2000, 90_000, 400_000]
    assert found.symbol == ("N", "V", "F", "A", "/")


@pytest.mark.parametrize("name", REAL)
def test_real_annotations_are_read_as_wfdb_reads_them(name: str) -> None:
    path = SHARED / f"{name}.atr"
    if not path.exists():
        pytest.skip("no real recordings here")
    found = read_annotations(path, 650_000)
    theirs = wfdb.rdann(str(path.with_suffix("")), "atr")
    beats = [i for i, symbol in enumerate(theirs.symbol) if symbol in SYMBOLS.values()]
    np.testing.assert_array_equal(found.sample, theirs.sample[beats])
    assert list(found.symbol) == [theirs.symbol[i] for i in beats]


BEAT, END, SKIP = (1 << 10) + 10, 0, 59 << 10


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "the mark of its end is missing"),
        ((BEAT,), "the mark of its end is missing"),
        ((BEAT, SKIP, 0), "the mark of its end is missing"),
        (((63 << 10) + 1000, BEAT, END), "the mark of its end is missing"),
        ((END,), "marks no beats"),
        (((28 << 10) + 10, END), "marks no beats"),
        ((BEAT, SKIP, 0xFFFF, 0xFFF0, BEAT, END), "its times go back"),
        ((SKIP, 0xFFFF, 0xFF00, BEAT, END), "it belongs to another record"),
        ((BEAT, SKIP, 1, 0, BEAT, END), "marks samples 10 to 65556, and the record has 100"),
    ],
)
def test_files_that_are_none(tmp_path: Path, words: tuple[int, ...], said: str) -> None:
    with pytest.raises(RecordingError, match=said) as caught:
        read_annotations(write(tmp_path / "x.atr", *words), 100)
    assert "\n" not in str(caught.value)


def test_no_file_and_a_large_one(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no annotations"):
        read_annotations(tmp_path / "x.atr", 100)
    with (tmp_path / "x.atr").open("wb") as file:
        file.truncate(1 << 25)
    with pytest.raises(RecordingError, match="too large"):
        read_annotations(tmp_path / "x.atr", 100)


def test_any_bytes_are_read_or_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for length in range(200):
        path = tmp_path / "x.atr"
        path.write_bytes(rng.bytes(length))
        try:
            read_annotations(path, 1 << 40)
        except RecordingError:
            refused += 1
    assert refused > 100
