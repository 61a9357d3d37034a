"""Files of samples that are not what a sound WFDB header says of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.corpus.broken import Broken
from tests.corpus.broken_headers import FRAMES, RECORD, SIGNAL, lines, write_whole
from xai_bench.types import LEADS

__all__ = ["SIGNALS"]

WHOLE = SIGNAL.T.astype("<i2").tobytes()


def of_content(name: str, content: bytes, *says: str) -> Broken:
    def write(folder: Path) -> Path:
        return write_whole(folder, "\n".join(lines()), content)

    return Broken(f"signal: {name}", write, ("rec: ", *says))


def of_values(name: str, change: Callable[[np.ndarray], None], *says: str) -> Broken:
    """Values whose header states neither first samples nor checksums."""
    values = SIGNAL.copy()
    change(values)

    def write(folder: Path) -> Path:
        stated = [f"rec.dat 16 1000(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS]
        return write_whole(folder, "\n".join([RECORD, *stated]), values.T.astype("<i2").tobytes())

    return Broken(f"values: {name}", write, ("rec: ", *says))


def of_format(name: str, kind: str, content: bytes, *says: str) -> Broken:
    def write(folder: Path) -> Path:
        stated = [f"rec.dat {kind} 1000(0)/mV 16 0 0 0 0 {lead}" for lead in LEADS]
        return write_whole(folder, "\n".join([RECORD, *stated]), content)

    return Broken(f"format {name}", write, ("rec", *says))


def of_file(name: str, put: Callable[[Path], object], *says: str) -> Broken:
    def write(folder: Path) -> Path:
        header = write_whole(folder, "\n".join(lines()))
        (folder / "rec.dat").unlink()
        put(folder / "rec.dat")
        return header

    return Broken(f"file: {name}", write, ("rec", *says))


def _outside(path: Path) -> None:
    aside = path.parents[2] / f"{path.parents[1].name}-outside.dat"
    aside.write_bytes(WHOLE)
    path.symlink_to(aside)


def _fill(row: int | slice, value: int) -> Callable[[np.ndarray], None]:
    def change(values: np.ndarray) -> None:
        values[row] = value

    return change


def _one_missing(values: np.ndarray) -> None:
    values[7, 500] = -32768


def _scaled(values: np.ndarray) -> None:
    values[1] = values[1] // 3


def _turned(values: np.ndarray) -> None:
    values[4] = -values[4]


_SIZES = [0, 1, 2, 24, 23_976, 23_999]
_RANDOM = np.random.default_rng(3).integers(0, 256, 24_000).astype(np.uint8).tobytes()

SIGNALS = [
    *(
        of_content(f"{size} bytes of 24000", WHOLE[:size], "rec.dat", f"{size} bytes", "24000")
        for size in _SIZES
    ),
    of_content("a sample later", b"\0\0" + WHOLE[:-2], "rec"),
    of_content("bytes swapped", SIGNAL.T.astype(">i2").tobytes(), "lead I begins with"),
    of_content("lead by lead", SIGNAL.astype("<i2").tobytes(), "rec"),
    of_content("zeros", bytes(24_000), "lead I"),
    of_content("of another recording", _RANDOM, "begins with"),
    of_content("one sample changed", WHOLE[:12_000] + b"\x01\x02" + WHOLE[12_002:], "has checksum"),
    of_values("all missing", _fill(slice(None), -32768), "missing (NaN or infinite) samples"),
    of_values("one lead missing", _fill(7, -32768), "lead V2 has missing"),
    of_values("one sample missing", _one_missing, "lead V2 has missing"),
    of_values("all flat", _fill(slice(None), 0), "is flat"),
    of_values("one lead flat", _fill(9, 5), "lead V4 is flat"),
    of_values("beyond any ECG", _fill(slice(None), 32767), "reaches 32.77 mV"),
    of_values("one lead scaled", _scaled, "were scaled one by one"),
    of_values("one lead turned", _turned, "is off by"),
    of_format("212 of noise, too short", "212", _RANDOM[:100], "bytes"),
    of_format("80 of noise, too short", "80", _RANDOM[:100], "bytes"),
    of_format("24 of noise, too short", "24", _RANDOM, "bytes"),
    of_format("32 of noise, too short", "32", _RANDOM, "bytes"),
    of_format("61 of noise", "61", _RANDOM, "rec"),
    of_format("160 of noise", "160", _RANDOM, "rec"),
    of_format("310 of noise", "310", _RANDOM, "rec"),
    of_format("311 of noise, too short", "311", _RANDOM[:99], "rec"),
    of_format("516, no flac", "516", _RANDOM, "rec"),
    of_format("508, no flac", "508", b"", "rec"),
    of_format("524, a head of flac alone", "524", b"fLaC" + bytes(38), "rec"),
    of_file("missing", lambda path: None, "rec.dat"),
    of_file("a folder", lambda path: path.mkdir(), "rec.dat"),
    of_file("a link out of the folder", _outside, "rec.dat"),
    of_file("a link to itself", lambda path: path.symlink_to(path.name), "rec.dat"),
    of_file("a link to nothing", lambda path: path.symlink_to("none"), "rec.dat"),
    of_file("a pipe", lambda path: os.mkfifo(path), "rec.dat"),
    of_file("a device", lambda path: path.symlink_to("/dev/zero"), "rec.dat"),
]
assert len(WHOLE) == FRAMES * 24
