"""Memory of a process that reads a cohort and scores it, against the number of recordings.

Anonymous memory is what a process holds for itself (RssAnon of /proc/self/status, asked for every
20 ms); the peak of all resident memory (VmHWM of the same) counts pages of mapped files too. The
folder holds 20,000 WFDB records of 10 s at 500 Hz, each of its own by its first sample of V6; it,
its cache and attributions take 10 GB of the temporary folder for as long as this runs. Writes
benchmarks/results/memory_cpu.md; takes half an hour of a core.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from reading import write_record
from torch import nn

import xai_bench as xb

COUNTS = (100, 1000, 5000, 20_000)
SYNTHETIC = (100, 1000, 10_000)
MADE = 50  # recordings, which all others are variants of
METHODS, METRICS = "saliency", "complexity/complexity,roc_auc"

BEFORE = [
    "",
    "Before recordings stayed in the cache (commit 6fe4143; sparseness was scored too):",
    "",
    "| data | n | first reading, MB | s | again, MB | s | run, MB | s | anonymous, MB | "
    "resident, MB |",
    f"|{'---|' * 10}",
    "| made folder, 500 Hz | 100 | 26 | 2.2 | 28 | 2.3 | 123 | 8.7 | 362 | 564 |",
    "| made folder, 500 Hz | 1000 | 130 | 4.1 | 130 | 2.9 | 208 | 30.8 | 446 | 648 |",
    "| made folder, 500 Hz | 5000 | 584 | 11.3 | 583 | 5.6 | | | | |",
    "| made folder, 500 Hz | 20000 | 2303 | 41.0 | 2303 | 18.1 | | | | |",
]


def main(*counts: int) -> None:
    counts = counts or COUNTS
    lines = [
        "# Memory against the number of recordings",
        "",
        f"`python benchmarks/memory.py` on one of {os.cpu_count()} shared CPU cores, "
        f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}, "
        f"numpy {np.__version__}. Reading is `xb.load_data`; the run is `xb.run` of a small net at "
        f"the rate of the recordings, with one worker, {METHODS}, random and, where evidence is "
        f"known, oracle; {METRICS}; explaining is `xb.attribute` of {METHODS} to a file. First: "
        "recordings are read from their files, or made, and written to the cache; again: they are "
        "there, as in all that follows. Each is a process of its own. MB: anonymous "
        "memory at its peak, less what the process had before; for the run also all anonymous "
        "memory, and the peak of all resident memory, in which mapped files count too. Seconds of "
        "the process.",
        "",
        "| data | n | first reading, MB | s | again, MB | s | explaining, MB | s | run, MB | s | "
        "anonymous, MB | resident, MB |",
        f"|{'---|' * 12}",
    ]
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        folder = whole_folder(here / "cohort", max(counts))
        for data, rate_hz, some in ((str(folder), 500, counts), ("synthetic", 100, SYNTHETIC)):
            os.environ["XAI_BENCH_CACHE"] = str(here / f"cache-{rate_hz}")
            for n in some:
                lines.append(measured(data, rate_hz, n))
                print(lines[-1], flush=True)
                for file in (here / f"cache-{rate_hz}").iterdir():
                    file.unlink()
    text = "\n".join([*lines, *BEFORE]) + "\n"
    if counts == COUNTS:
        (Path(__file__).parent / "results" / "memory_cpu.md").write_text(text)
    print(text)


def measured(data: str, rate_hz: int, n: int) -> str:
    """A row of the table; the cache is empty."""
    asked = ("read", "read", "explain", "run")
    *others, run = (in_a_process(what, data, rate_hz, n) for what in asked)
    name = data if data == "synthetic" else "made folder"
    cells = [f"{name}, {rate_hz} Hz", n]
    for found in (*others, run):
        cells += [round(found["anonymous"] - found["idle"]), f"{found['seconds']:.1f}"]
    return f"| {' | '.join(map(str, (*cells, round(run['anonymous']), round(run['resident']))))} |"


def in_a_process(what: str, data: str, rate_hz: int, n: int) -> dict[str, float]:
    command = [sys.executable, __file__, what, data, str(rate_hz), str(n)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def one(what: str, data: str, rate_hz: int, n: int) -> None:
    """Prints the memory of this process as it reads, explains or runs, and the seconds it takes."""
    torch.set_num_threads(1)
    model = small_net(rate_hz)
    idle = resident("RssAnon")
    begun = time.process_time()
    with peak() as most, tempfile.TemporaryDirectory() as out:
        if what == "read":
            found = len(xb.load_data(data, n=n, split="all", rate_hz=rate_hz))
        elif what == "explain":
            recordings = xb.load_data(data, n=n, split="all", rate_hz=rate_hz)
            found = len(xb.attribute(model, recordings, METHODS, out=f"{out}/a.npy").target)
        else:
            xb.run(model, METHODS, data=data, n=n, split="all", metrics=METRICS, out=out, workers=1)
            found = n
    seconds = time.process_time() - begun
    if found != n:
        raise RuntimeError(f"{found} of {n} read")
    memory = {"idle": idle, "anonymous": most[0], "resident": resident("VmHWM")}
    print(json.dumps({**memory, "seconds": seconds}))


def small_net(rate_hz: int) -> xb.Model:
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv1d(12, 8, 25, stride=rate_hz // 20),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(8, 2),
    )
    return xb.wrap(net, ["NORM", "MI"], rate_hz=rate_hz, name="small", device="cpu")


@contextmanager
def peak() -> Iterator[list[float]]:
    """The most anonymous memory that this process has at any time inside."""
    most, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            most[0] = max(most[0], resident("RssAnon"))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        ended.set()
        watching.join()
    most[0] = max(most[0], resident("RssAnon"))


def resident(kind: str) -> float:
    """Memory of this process in MB, as /proc/self/status calls it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{kind}:"))
    return int(line.split()[1]) / 1024


def whole_folder(folder: Path, count: int) -> Path:
    """A folder of so many WFDB records at 500 Hz."""
    folder.mkdir()
    made = np.array(xb.load_data("synthetic", n=MADE, rate_hz=500.0).microvolt)
    for k in range(count):
        signal = made[k % MADE].copy()
        signal[11, 0] = k // MADE
        write_record(folder / f"{k:05d}.hea", signal, 500)
    return folder


if __name__ == "__main__":
    if sys.argv[1:2] in (["read"], ["explain"], ["run"]):
        one(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(*map(int, sys.argv[1:]))
