"""What a cohort costs on one machine and on many: measured on the cores there are, then simulated.

Costs are seconds of the processor of a recording with each method and metric, and of what surrounds
them (reading recordings, packing a shard, putting it, reading it back, measuring models on all
recordings). A simulation of the queue, the network and the store says from these what larger
cohorts take on how many workers, and what holds them up. Strong and weak scaling are seconds of the
clock, which want a quiet machine: repetitions of all rows in turn, and beside them processes that
share nothing, which say what the cores could give just then. Writes benchmarks/results/scaling.md
and scaling_cores.md; takes some eight minutes of two cores.

    python benchmarks/scaling.py costs cores --ray      # --ray: workers of a Ray cluster too
    python benchmarks/scaling.py costs --gpu imn=0.004,resnet1d=0.006   # measured on a GPU
"""

from __future__ import annotations

import argparse
import heapq
import math
import os
import pickle
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from reading import write_record

import xai_bench as xb
from xai_bench.data.signal_range import measure_each
from xai_bench.executors import Executor
from xai_bench.methods import find_methods
from xai_bench.models import load_model
from xai_bench.results.shards import ShardPlace, Shards
from xai_bench.scoring import find_metrics
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.model_quality import measure_quality
from xai_bench.scoring.score import score_methods
from xai_bench.types import Recordings
from xai_bench.workers import cores, one_thread
from xai_bench.zoo import Zoo

RESULTS = Path(__file__).parent / "results"

MODELS = {
    "imn": ["native", "input-x-gradient", "saliency", "gradcam", "ig-16", "amplitude", "random"],
    "resnet1d": ["input-x-gradient", "saliency", "gradcam", "ig-16", "lrp-epsilon", "amplitude"],
}
ALONE = {
    "imn": ["native", "saliency", "gradcam", "ig-16"],
    "resnet1d": ["saliency", "gradcam", "ig-16", "lrp-epsilon"],
}
"""Methods that are measured with each metric alone."""
TIMED = 8
"""Recordings."""
LATER = 1000
"""The place in a cohort of those: metrics that are of its first recordings alone are not."""
TIMED_ALONE = 2
SCALED = 32
"""Recordings of strong scaling; of weak scaling a worker."""
SCALED_METRICS = "sensitivity_n,pixel_flipping,sufficiency,insertion_log_odds,non_sensitivity"
REPEATED = 3
LOOP = "import time; t = time.perf_counter(); sum(i * i for i in range(30_000_000)); "
LOOP += "print(time.perf_counter() - t)"
"""What processes that share nothing do."""

COHORTS = {"PTB-XL": 21_837, "MIMIC-IV-ECG": 800_035, "ten million": 10_000_000}
WORKERS = (16, 64, 256, 1024, 4096)

SHARD_S = 20.0  # as studies/benchmark/shard_order.py
SPREAD = 0.2  # of the time of a shard: the standard deviation of its logarithm
NETWORK = 1.25e9  # bytes a second that leave the machine that hands out work: 10 Gbit/s
STORE = 2.5e9  # bytes a second that an object store takes of all workers
PUT_S = 0.05  # until an object is there
GET_S, GETS = 0.05, 16  # until an object is here, and how many are asked for at once
FILES = 2  # of a recording: a header and a signal
# Of the process that hands out work by Ray, its own time: measured with 600 empty pieces and 300 of
# 768 KB, on three nodes of two shared cores.
A_PIECE_S, A_BYTE_S = 1.0e-3, 4.6e-9


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="*", help="costs, cores or both")
    parser.add_argument("--ray", action="store_true", help="scaling by a Ray cluster too")
    parser.add_argument("--gpu", default="", help="MODEL=SECONDS of a recording, measured on a GPU")
    given = parser.parse_args()
    on_gpu = {k: float(v) for k, v in (one.split("=") for one in given.gpu.split(",") if one)}
    executors: list[Executor] = ["local", "ray"] if given.ray else ["local"]
    asked = given.what or ["costs", "cores"]
    if unknown := {*asked} - {"costs", "cores"}:
        parser.error(f"{unknown.pop()}: give costs, cores or both")
    with one_thread():
        if "costs" in asked:
            costs = [measured(model, methods) for model, methods in MODELS.items()]
            lines = by_model(costs)
            for name, methods in ALONE.items():
                lines += by_metric(name, methods)
            write("scaling.md", "# What cohorts cost", "costs", lines + predicted(costs, on_gpu))
        if "cores" in asked:
            asked_for = "cores --ray" if given.ray else "cores"
            write("scaling_cores.md", "# Scaling on cores", asked_for, scaling(executors))


LOAD = os.getloadavg()[0]
"""At the start."""


def write(name: str, title: str, asked: str, lines: list[str]) -> None:
    said = (
        f"`python benchmarks/scaling.py {asked}` on {cores()} shared CPU cores, "
        f"{platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}, "
        f"numpy {np.__version__}; load average {LOAD:.1f} at the start, {os.getloadavg()[0]:.1f} "
        "at the end. One thread a worker."
    )
    text = "\n".join([title, "", said, *lines]) + "\n"
    (RESULTS / name).write_text(text, encoding="utf-8")
    print(text, flush=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Of one model, in seconds and bytes a recording where nothing else is said."""

    model: str
    methods: int
    metrics: int
    score: float
    """By all methods and metrics."""
    measure: float
    """What the process that hands out work measures of the model on all recordings."""
    read_in: float
    """A recording of its files, brought to the rate of the model, into the cache."""
    files: int
    """Bytes of its files."""
    pack: float
    put: float
    """Seconds a shard, to the local disk."""
    read: float
    """Of the scores of all methods, when all shards are there."""
    sent: int
    kept: int

    @property
    def blocks(self) -> int:
        """Recordings of a shard."""
        return max(2, 2 * int(SHARD_S / self.score / 2))


def measured(name: str, methods: list[str]) -> Costs:
    model = load_model(name, device="cpu")
    recordings = xb.load_data("synthetic", n=64, task=model.task, rate_hz=model.rate_hz)
    some = recordings[:TIMED]
    chosen, metrics = find_methods(methods), find_metrics("core", Zoo())
    forward = Forward(model)
    tables: dict[str, Any] = {}

    def score() -> None:
        tables.update(
            score_methods(model, some, chosen, metrics=metrics, forward=forward, first=LATER)
        )

    score()  # what is made once
    seconds = best(score)
    sent = Recordings(
        name=some.name, microvolt=np.asarray(some.microvolt), rate_hz=some.rate_hz,
        record_id=some.record_id, patient_id=some.patient_id, labels=some.labels,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        place = ShardPlace(Path(folder))
        put = best(lambda: place.put(range(TIMED), tables))
        kept = place.path(range(TIMED)).stat().st_size
        shards = Shards(Path(folder))
        read = best(lambda: [shards.table(method.name) for method in chosen])
    read_in, files = reading(recordings)
    quality = best(lambda: measure_quality(model, recordings))
    beats = best(lambda: measure_each(recordings))
    return Costs(
        model=name,
        methods=len(chosen),
        metrics=len(metrics),
        score=seconds / TIMED,
        measure=(quality + beats) / len(recordings),
        read_in=read_in,
        files=files,
        pack=best(lambda: pickle.dumps(sent)) / TIMED,
        put=put,
        read=read / TIMED,
        sent=len(pickle.dumps(sent)) // TIMED,
        kept=kept // TIMED,
    )


def reading(recordings: Recordings) -> tuple[float, int]:
    """Seconds and bytes a recording, of a folder of WFDB records whose cache is empty."""
    with tempfile.TemporaryDirectory() as temporary, temporary_cache():
        folder = Path(temporary, "records")
        folder.mkdir()
        for row, signal in enumerate(np.asarray(recordings.microvolt)):
            write_record(folder / f"{row:05d}.hea", signal, int(recordings.rate_hz))
        count = len(recordings)
        size = sum(path.stat().st_size for path in folder.iterdir()) // count
        caches = (str(Path(temporary, f"cache-{k}")) for k in range(100))

        def read() -> None:
            os.environ["XAI_BENCH_CACHE"] = next(caches)
            xb.load_data(folder, split="all", rate_hz=recordings.rate_hz)

        return best(read) / count, size


@contextmanager
def temporary_cache() -> Iterator[None]:
    """Another cache may be named until the block ends."""
    before = os.environ.get("XAI_BENCH_CACHE")
    try:
        yield
    finally:
        del os.environ["XAI_BENCH_CACHE"]
        if before is not None:
            os.environ["XAI_BENCH_CACHE"] = before


def best(do: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of the processor, of the fastest round: the others measure the neighbours too."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        do()
        found.append(time.process_time() - start)
    return min(found)


def by_model(costs: list[Costs]) -> list[str]:
    (mprt,) = find_metrics("mprt", Zoo())
    first = mprt.card.recordings
    lines = [
        "",
        "## A recording",
        "",
        "Core metrics. Milliseconds of the processor, but for bytes. Measuring is of the model's "
        "AUROC and of beats, by the process that hands out work; reading in is of WFDB files at "
        "the rate of the model into the cache. Best of 3, of "
        f"{TIMED} recordings; measuring and reading in of 64. Of recordings after the first ones "
        f"of a cohort, on which alone MPRT is measured: {first} for cheap methods.",
        "",
        "| model | methods | metrics | all | a method and metric | measuring | reading in "
        "| packing | reading scores | bytes of files | bytes sent | bytes of scores "
        "| a shard put |",
        f"|{'---|' * 13}",
    ]
    for one in costs:
        pair = one.score / one.methods / one.metrics
        seconds = [one.score, pair, one.measure, one.read_in, one.pack, one.read]
        cells = [f"{1000 * s:.3g}" for s in seconds]
        cells += [f"{count}" for count in (one.files, one.sent, one.kept)]
        head = f"| {one.model} | {one.methods} | {one.metrics} | "
        lines.append(f"{head}{' | '.join(cells)} | {1000 * one.put:.3g} |")
    return lines


def by_metric(name: str, methods: list[str]) -> list[str]:
    """Alone: metrics that share passes cost less together."""
    model = load_model(name, device="cpu")
    some = xb.load_data("synthetic", n=TIMED_ALONE, task=model.task, rate_hz=model.rate_hz)
    forward, chosen = Forward(model), find_methods(methods)
    lines = [
        "",
        f"## A recording of {name} with a method and a metric",
        "",
        "Milliseconds of the processor, the explanation among them, of each metric alone: together "
        f"they share passes. Best of 2, of {TIMED_ALONE} recordings.",
        "",
        f"| metric of {name} | {' | '.join(methods)} |",
        f"|{'---|' * (1 + len(methods))}",
    ]
    for metric in find_metrics("core", Zoo()):
        cells = []
        for method in chosen:

            def score(metric: Any = metric, method: Any = method) -> None:
                score_methods(model, some, [method], metrics=[metric], forward=forward)

            cells.append(f"{1000 * best(score, 2) / TIMED_ALONE:.3g}")
        lines.append(f"| {metric.name} | {' | '.join(cells)} |")
    return lines


def scaling(executors: list[Executor]) -> list[str]:
    """Medians of repetitions, in which each row is measured in turn."""
    counts = range(1, cores() + 1)
    rows = [(executor, workers) for executor in executors for workers in counts]
    strong: dict[tuple[str, int], list[float]] = {row: [] for row in rows}
    weak: dict[tuple[str, int], list[float]] = {row: [] for row in rows}
    alone: dict[int, list[float]] = {workers: [] for workers in counts}
    for executor in executors:  # what is made once
        run_s(2, executor, 1)
    for _ in range(REPEATED):
        for workers in counts:
            alone[workers].append(nothing_shared(workers))
        for executor, workers in rows:
            strong[executor, workers].append(run_s(SCALED, executor, workers))
            if workers > 1:
                weak[executor, workers].append(run_s(SCALED * workers, executor, workers))
    lines = [
        "",
        f"`xb.run` of resnet1d, saliency and lrp-epsilon, {SCALED_METRICS}; strong: {SCALED} "
        f"recordings in all, weak: {SCALED} a worker. Medians of {REPEATED}, each row in turn, "
        "least and most in brackets. Efficiency: of what one worker leads one to expect. Nothing "
        "shared: processes that count and share nothing, as many as workers, seconds of the "
        "slowest; what the cores give.",
        "",
        "| who | workers | strong, s | strong efficiency, % | weak, s | weak efficiency, % |",
        f"|{'---|' * 6}",
    ]
    for workers in counts:
        ratio = statistics.median(alone[1]) / statistics.median(alone[workers])
        cells = f"{said(alone[workers])} | {100 * ratio:.0f}"
        lines.append(f"| nothing shared | {workers} | | | {cells} |")
    for executor, workers in rows:
        first = statistics.median(strong[executor, 1])
        own = strong[executor, workers]
        most = weak[executor, workers] or own  # one worker has the same to do
        lines.append(
            f"| {executor} | {workers} | {said(own)} | "
            f"{100 * first / statistics.median(own) / workers:.0f} | {said(most)} | "
            f"{100 * first / statistics.median(most):.0f} |"
        )
    return lines


def said(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.1f} [{min(seconds):.1f}, {max(seconds):.1f}]"


def nothing_shared(workers: int) -> float:
    started = [
        subprocess.Popen([sys.executable, "-c", LOOP], stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    return max(float(one.communicate()[0]) for one in started)


def run_s(n: int, executor: Executor, workers: int) -> float:
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        xb.run(
            "resnet1d", "saliency,lrp-epsilon", metrics=SCALED_METRICS, n=n,
            executor=executor, workers=workers, out=out,
        )  # fmt: skip
        return time.perf_counter() - start


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    hours: float
    used: float
    """Of the workers' time."""
    held_up_by: str


def simulate(costs: Costs, count: int, workers: int, score: float, seed: int = 0) -> Prediction:
    """Recordings are fetched from a store and read by one process; then shards, one by one, are
    handed out by it over one network, scored by whoever is free, and put into one store; then
    scores are read, and written as cells.

    score: seconds a recording. The process that hands out work, its network and the store each do
    one thing at a time; models are measured beside all that.
    """
    rng = np.random.default_rng(seed)
    size = max(2, min(2 * int(SHARD_S / score / 2), count // (2 * workers) // 2 * 2))
    shards = math.ceil(count / size)
    takes = size * score * rng.lognormal(-(SPREAD**2) / 2, SPREAD, shards)
    handing = A_PIECE_S + size * (costs.pack + A_BYTE_S * costs.sent)
    sending, keeping = size * costs.sent / NETWORK, size * costs.kept / STORE
    driver = network = store = 0.0
    in_hand: list[float] = []
    """When each shard that is being scored will be done."""
    left = iter(takes.tolist())

    def hand_out(at: float) -> None:
        nonlocal driver, network
        if (seconds := next(left, None)) is not None:
            driver = max(driver, at) + handing
            network = max(network, driver) + sending
            heapq.heappush(in_hand, network + seconds)

    for _ in range(workers):
        hand_out(0.0)
    ended = 0.0
    while in_hand:
        store = max(store, heapq.heappop(in_hand)) + keeping
        ended = store + PUT_S
        hand_out(ended)
    busy = {
        "handing out": shards * handing,
        "network": shards * sending,
        "store": shards * keeping,
        "measuring models": count * costs.measure,
        "workers": shards * size * score / workers,
    }
    busy["writing cells"] = count * (costs.read + costs.kept / NETWORK)
    busy["reading in"] = count * (costs.read_in + costs.files / NETWORK + FILES * GET_S / GETS)
    scored = max(ended, busy["measuring models"])
    total = busy["reading in"] + scored + busy["writing cells"]
    return Prediction(
        hours=total / 3600,
        used=count * score / workers / total,
        held_up_by=max(busy, key=lambda name: busy[name]),
    )


def predicted(costs: list[Costs], on_gpu: dict[str, float]) -> list[str]:
    lines = [
        "",
        "## Cohorts",
        "",
        f"Simulated with the costs above; assumed: {NETWORK / 1.25e8:.0f} Gbit/s out of the "
        f"machine that hands out work, {STORE / 1e9:.1f} GB/s into the store, {1000 * PUT_S:.0f} "
        f"ms until an object is there or here, of which {GETS} are asked for at once, shards of "
        f"{SHARD_S:.0f} s that vary by {SPREAD:.0%}. All is begun with an empty cache. Held up by: "
        "what is busy for longest. Worker hours: of all workers, until the last cell is written. "
        "Used: of those, in %. GB: of scores that one process reads to write the cells.",
        "",
        "| cohort | recordings | model | device | workers | hours | worker hours | used | held up "
        "by | GB |",
        f"|{'---|' * 10}",
    ]
    for cohort, count in COHORTS.items():
        for one in costs:
            devices = {"CPU core": one.score}
            if one.model in on_gpu:
                devices["GPU"] = on_gpu[one.model]
            for device, score in devices.items():
                for workers in WORKERS:
                    if workers * 2 * SHARD_S > count * score:
                        continue  # not worth so many
                    found = simulate(one, count, workers, score)
                    cells = [cohort, count, one.model, device, workers, f"{found.hours:.3g}"]
                    cells += [f"{found.hours * workers:.3g}", f"{100 * found.used:.0f}"]
                    cells += [found.held_up_by, f"{count * one.kept / 1e9:.3g}"]
                    lines.append(f"| {' | '.join(map(str, cells))} |")
    if not on_gpu:
        lines += ["", "GPU hours: not predicted, since no cost was measured on a GPU (--gpu)."]
    return lines


if __name__ == "__main__":
    main()
