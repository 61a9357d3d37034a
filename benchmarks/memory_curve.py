"""Memory of `xai-bench run` against the number of recordings, in a process of its own each time.

A run explains by a gradient and by amplitude and scores two cheap metrics, by one worker and with
an empty cache. Its recordings are synthetic, those of a folder of WFDB records of 10 s at 100 Hz
or, where moto[server] and s3fs are installed, of the same folder in a server of S3. Resident memory
is VmHWM of /proc/PID/status, the libraries among it; anonymous memory is the most of RssAnon, asked
for every 20 ms. Writes benchmarks/results/memory_curve.md; takes half an hour of a core.

    python benchmarks/memory_curve.py
    python benchmarks/memory_curve.py synthetic 64 256
"""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from reading import write_record

import xai_bench as xb

OUT = Path(__file__).parent / "results" / "memory_curve.md"

COUNTS = (64, 256, 1024, 4096)
MADE = 64  # recordings, which all others are variants of
MODEL, METHODS = "fcn", "saliency,amplitude"
METRICS = "complexity/complexity,sparseness"
SYNTHETIC, FOLDER, STORE = "synthetic", "folder", "store"


def main(which: list[str], counts: list[int]) -> None:
    lines = [
        "# Memory of a run against the number of recordings",
        "",
        f"`python benchmarks/memory_curve.py` on one of {os.cpu_count()} shared CPU cores, "
        f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}, "
        f"numpy {np.__version__}. One run each of `xai-bench run --model {MODEL} --method "
        f"{METHODS} --metrics {METRICS} --split all --workers 1` in a process of its own, the "
        "cache empty. Resident: VmHWM, libraries and mapped files among it. Anonymous: the most of "
        "RssAnon, asked for every 20 ms. Store: the folder in a server of S3 on the same machine.",
        "",
        "| data | n | resident, MB | anonymous, MB | CPU, s |",
        f"|{'---|' * 5}",
    ]
    print("\n".join(lines), flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        for name in which:
            for n in counts:
                with PLACES[name](here / f"{name}-{n}", n) as data:
                    resident, anonymous, seconds = measured(data, n, here)
                lines.append(f"| {name} | {n} | {resident:.0f} | {anonymous:.0f} | {seconds:.0f} |")
                print(lines[-1], flush=True)
    if which == list(PLACES) and counts == list(COUNTS):
        OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def measured(data: str, n: int, here: Path) -> tuple[float, float, float]:
    """The most resident and anonymous memory in MB, and seconds of the processor."""
    with tempfile.TemporaryDirectory(dir=here) as own:
        run = "from xai_bench.cli.main import main; raise SystemExit(main())"
        command = [sys.executable, "-c", run, "run", "--data", data, "--n", str(n)]
        command += ["--model", MODEL, "--method", METHODS, "--metrics", METRICS]
        command += ["--split", "all", "--workers", "1", "--out", f"{own}/out"]
        before = os.times()
        process = subprocess.Popen(
            command,
            env=os.environ | {"XAI_BENCH_CACHE": f"{own}/cache", "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        most = {"VmHWM": 0.0, "RssAnon": 0.0}
        while process.poll() is None:
            for kind, found in memory(process.pid).items():
                most[kind] = max(most[kind], found)
            time.sleep(0.02)
        said = process.communicate()[0]
        after = os.times()
        if process.returncode or "cells in" not in said:
            raise RuntimeError(said)
    seconds = after.children_user + after.children_system
    seconds -= before.children_user + before.children_system
    return most["VmHWM"], most["RssAnon"], seconds


def memory(pid: int) -> dict[str, float]:
    """In MB; nothing of a process that has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    said = dict(line.split(":", 1) for line in lines)
    return {k: int(said[k].split()[0]) / 1024 for k in ("VmHWM", "RssAnon") if k in said}


@contextmanager
def synthetic(place: Path, count: int) -> Iterator[str]:
    yield "synthetic"


@contextmanager
def folder(place: Path, count: int) -> Iterator[str]:
    yield str(made_folder(place, count))


@contextmanager
def store(place: Path, count: int) -> Iterator[str]:
    """The folder, in the memory of a server in a process of its own."""
    made = made_folder(place, count)
    fsspec = importlib.import_module("fsspec")
    port = "5123"
    command = [sys.executable, "-m", "moto.server", "-p", port]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        os.environ |= {
            "AWS_ACCESS_KEY_ID": "of-the-benchmark",
            "AWS_SECRET_ACCESS_KEY": "of-the-benchmark",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        }
        wait_for_port(int(port))
        files = fsspec.filesystem("s3")
        files.mkdir("bench")
        files.put(f"{made}/", f"bench/{made.name}", recursive=True)
        yield f"s3://bench/{made.name}"
    finally:
        server.terminate()
        server.wait()


def wait_for_port(port: int) -> None:
    socket: Any = importlib.import_module("socket")
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"no server at port {port}")


def made_folder(place: Path, count: int) -> Path:
    """Of so many WFDB records, each of its own by its first sample of V6."""
    place.mkdir()
    made = np.array(xb.load_data("synthetic", n=MADE, split="all").microvolt)
    for k in range(count):
        signal = made[k % MADE].copy()
        signal[11, 0] = k // MADE
        write_record(place / f"{k:05d}.hea", signal, 100)
    return place


PLACES: dict[str, Callable[..., Any]] = {SYNTHETIC: synthetic, FOLDER: folder, STORE: store}


if __name__ == "__main__":
    named = [name for name in sys.argv[1:] if name in PLACES]
    main(named or list(PLACES), [int(n) for n in sys.argv[1:] if n.isdecimal()] or list(COUNTS))
