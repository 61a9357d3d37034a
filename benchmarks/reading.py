"""Reading recordings: one at a time beside `wfdb`, and all of a folder as large as PTB-XL.

The folder is made of synthetic recordings, each of its own by its first sample of V6, in PTB-XL's
layout at 100 Hz; it and its cache take 1.6 GB of the temporary folder for as long as this runs.
Seconds are of this process on one core, with files in the memory of the system. Writes
benchmarks/results/reading_cpu.md; takes two minutes of a core.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import wfdb
from jaxtyping import Float64, Int16
from threadpoolctl import threadpool_limits

import xai_bench as xb
from xai_bench.data import make_dataset
from xai_bench.data.normalise import Form
from xai_bench.data.wfdb_header import read_header
from xai_bench.data.wfdb_record import read_record
from xai_bench.data.wfdb_signal import check_files, read_units
from xai_bench.types import LEADS

RECORDINGS = 21_799
MADE = 100  # synthetic recordings, which the others are variants of
ROUNDS, AGAIN = 200, 5


def main(count: int = RECORDINGS) -> None:
    with tempfile.TemporaryDirectory() as temporary, threadpool_limits(1):
        here = Path(temporary)
        os.environ["XAI_BENCH_CACHE"] = str(here / "cache")
        lines = [
            "# Reading recordings",
            "",
            f"`python benchmarks/reading.py` on one of {os.cpu_count()} shared CPU cores, "
            f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, "
            f"wfdb {wfdb.__version__}. Milliseconds of a 12-lead recording of 10 s, median of "
            f"{ROUNDS}. Samples: header and samples, checksums verified, which is what "
            "`wfdb.rdrecord` reads without verifying; recording: brought to 100 Hz, and checked.",
            "",
            "| file | rate | wfdb.rdrecord | samples | recording |",
            "|---|---|---|---|---|",
            *(one_record(here, rate, mat=mat) for rate in (100, 500) for mat in (False, True)),
            "",
            f"All of a folder of {count} recordings at 100 Hz: "
            "`load_data(folder, n=None, split='all')`.",
            "",
            "| reading | seconds | of the program | of the system |",
            "|---|---|---|---|",
        ]
        folder = whole_folder(here / "ptbxl", count)
        lines += readings(folder, count, "PTB-XL's layout")
        for table in ("ptbxl_database.csv", "scp_statements.csv"):
            (folder / table).unlink()
        lines += readings(folder, count, "WFDB headers alone")
    text = "\n".join(lines) + "\n"
    if count == RECORDINGS:
        (Path(__file__).parent / "results" / "reading_cpu.md").write_text(text)
    print(text)


def readings(folder: Path, count: int, layout: str) -> list[str]:
    """Rows of the table: read first, and again."""
    found = [read_all(folder, count) for _ in range(1 + AGAIN)]
    ranked = sorted(found[1:], key=sum)
    return [
        f"| {layout}, {reading} | {own + system:.2f} | {own:.2f} | {system:.2f} |"
        for reading, (own, system) in (
            ("first", found[0]),
            (f"again, fastest of {AGAIN}", ranked[0]),
            (f"again, slowest of {AGAIN}", ranked[-1]),
        )
    ]


def read_all(folder: Path, count: int) -> tuple[float, float]:
    """Seconds of the program and of the system in which all recordings are read.

    The memory that they take is free again afterwards.
    """
    begun = os.times()
    found = xb.load_data(folder, n=None, split="all")
    ended = os.times()
    if len(found) != count:
        raise RuntimeError(f"{len(found)} of {count} read; {found.left_out[:1]}")
    return ended.user - begun.user, ended.system - begun.system


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.process_time()
    found = work()
    return time.process_time() - begun, found


def one_record(folder: Path, rate_hz: int, *, mat: bool) -> str:
    """A row of the table: one recording in format 16, plain or after the header of a .mat."""
    signal = xb.load_data(n=1, rate_hz=float(rate_hz)).microvolt[0]
    header = folder / f"one{rate_hz}.hea"
    write_record(header, signal, rate_hz, mat=mat)
    name = str(header.with_suffix(""))
    kind = ".mat, 16+24" if mat else ".dat, 16"
    theirs = median_ms(lambda: wfdb.rdrecord(name))
    ours = median_ms(lambda: samples(header))
    whole = median_ms(lambda: read_record(header, Form(), record_id="one"))
    return f"| {kind} | {rate_hz} Hz | {theirs:.2f} | {ours:.2f} | {whole:.2f} |"


def samples(path: Path) -> Float64[np.ndarray, "12 time"]:
    """What `wfdb.rdrecord` reads, but for the gain."""
    header = read_header(path)
    check_files(header, path.parent, path.parent)
    return read_units(header, path.parent, range(12), frames=header.frames)


def median_ms(work: Callable[[], object]) -> float:
    return 1000 * statistics.median(timed(work)[0] for _ in range(ROUNDS))


def write_record(
    header: Path, signal: Int16[np.ndarray, "12 time"], rate_hz: int, *, mat: bool = False
) -> None:
    """In format 16, 1000 units/mV, with true first samples and checksums."""
    name = f"{header.stem}.{'mat' if mat else 'dat'}"
    lines = [f"{header.stem} 12 {rate_hz} {signal.shape[1]}"]
    for lead, values in zip(LEADS, signal, strict=True):
        checksum = values.sum(dtype=np.int64).astype(np.int16)
        fmt = "16+24" if mat else "16"
        lines.append(f"{name} {fmt} 1000.0(0)/mV 16 0 {values[0]} {checksum} 0 {lead}")
    header.write_text("\n".join(lines) + "\n")
    samples = signal.T.astype("<i2").tobytes()
    header.with_name(name).write_bytes((bytes(24) if mat else b"") + samples)


def whole_folder(folder: Path, count: int) -> Path:
    """A PTB-XL folder of so many recordings at 100 Hz."""
    make_dataset(folder, n=MADE)
    made = xb.load_data(folder, split="all")
    path = folder / "ptbxl_database.csv"
    table = pd.read_csv(path, index_col="ecg_id")
    rows = []
    for ecg_id in range(1, count + 1):
        signal = made.microvolt[ecg_id % MADE].copy()
        signal[11, 0] = ecg_id % 1000
        place = f"{ecg_id // 1000:02d}000/{ecg_id:05d}"
        header = folder / f"records100/{place}_lr.hea"
        header.parent.mkdir(parents=True, exist_ok=True)
        write_record(header, signal, 100)
        row = table.iloc[ecg_id % MADE].to_dict()
        rows.append(
            row
            | {
                "ecg_id": ecg_id,
                "patient_id": float(ecg_id),
                "report": "sinusrhythmus, linkstyp, q in iii, sonst unauffällig",
                "filename_lr": f"records100/{place}_lr",
                "filename_hr": f"records500/{place}_hr",
            }
        )
    pd.DataFrame(rows).to_csv(path, index=False)
    return folder


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
