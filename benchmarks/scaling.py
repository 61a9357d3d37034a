"""What a cohort costs on one machine and on many: measured on the cores there are, then simulated.

Measures seconds of each recording with a method and its metrics, and what surrounds them (packing a
shard, putting it, reading it back, measuring models on all recordings), then weak and strong
scaling. A simulation of the queue, the network and the store says from these what larger cohorts
take on how many workers, and what holds them up. Writes benchmarks/results/scaling.md; takes some
ten minutes of two cores.

    python benchmarks/scaling.py                # executor local
    python benchmarks/scaling.py --ray          # scaling by workers of a Ray cluster too
    python benchmarks/scaling.py --gpu imn=0.004,resnet1d=0.006     # seconds measured on a GPU
"""

from __future__ import annotations

import argparse
import heapq
import math
import os
import pickle
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

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

OUT = Path(__file__).parent / "results" / "scaling.md"

MODELS = {
    "imn": ["native", "input-x-gradient", "saliency", "gradcam", "ig-16", "amplitude", "random"],
    "resnet1d": ["input-x-gradient", "saliency", "gradcam", "ig-16", "lrp-epsilon", "amplitude"],
}
TIMED = 8
"""Recordings."""
SCALED = 48
"""Recordings of strong scaling; of weak scaling a worker."""

COHORTS = {"PTB-XL": 21_837, "MIMIC-IV-ECG": 800_035, "ten million": 10_000_000}
WORKERS = (16, 64, 256, 1024, 4096)

SHARD_S = 20.0  # as studies/benchmark/shard_order.py
SPREAD = 0.2  # of the time of a shard: the standard deviation of its logarithm
NETWORK = 1.25e9  # bytes a second that leave the machine that hands out work: 10 Gbit/s
STORE = 2.5e9  # bytes a second that an object store takes of all workers
PUT_S = 0.05  # until an object is there
# Of the process that hands out work by Ray, its own time: measured with 600 empty pieces and 300 of
# 768 KB, on three nodes of two shared cores.
A_PIECE_S, A_BYTE_S = 1.0e-3, 4.6e-9


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ray", action="store_true", help="scaling by a Ray cluster too")
    parser.add_argument("--gpu", default="", help="MODEL=SECONDS of a recording, measured on a GPU")
    given = parser.parse_args()
    on_gpu = {k: float(v) for k, v in (one.split("=") for one in given.gpu.split(",") if one)}
    executors: list[Executor] = ["local", "ray"] if given.ray else ["local"]
    lines = [
        "# What cohorts cost",
        "",
        f"`python benchmarks/scaling.py` on {cores()} shared CPU cores, {platform.machine()}, "
        f"Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}; "
        f"load average {os.getloadavg()[0]:.1f} at the start. Core metrics, one thread a worker.",
    ]
    with one_thread():
        costs = [measured(model, methods) for model, methods in MODELS.items()]
        lines += by_model(costs)
        lines += by_metric(*next(iter(MODELS.items())))
        lines += scaling(executors)
    lines += predicted(costs, on_gpu)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


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
        tables.update(score_methods(model, some, chosen, metrics=metrics, forward=forward))

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
    quality = best(lambda: measure_quality(model, recordings))
    beats = best(lambda: measure_each(recordings))
    return Costs(
        model=name,
        methods=len(chosen),
        metrics=len(metrics),
        score=seconds / TIMED,
        measure=(quality + beats) / len(recordings),
        pack=best(lambda: pickle.dumps(sent)) / TIMED,
        put=put,
        read=read / TIMED,
        sent=len(pickle.dumps(sent)) // TIMED,
        kept=kept // TIMED,
    )


def best(do: Callable[[], object], rounds: int = 3) -> float:
    """Seconds, of the fastest round: on a shared machine the others measure the neighbours."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        do()
        found.append(time.perf_counter() - start)
    return min(found)


def by_model(costs: list[Costs]) -> list[str]:
    lines = [
        "",
        "## A recording",
        "",
        "Milliseconds, but for bytes. Measuring is of the model's AUROC and of beats, by the "
        "process that hands out work.",
        "",
        "| model | methods | metrics | all | a method and metric | measuring | packing | reading "
        "scores | bytes sent | bytes of scores | a shard put |",
        f"|{'---|' * 11}",
    ]
    for one in costs:
        pair = one.score / one.methods / one.metrics
        seconds = [one.score, pair, one.measure, one.pack, one.read]
        cells = [*(f"{1000 * s:.3g}" for s in seconds), f"{one.sent}", f"{one.kept}"]
        head = f"| {one.model} | {one.methods} | {one.metrics} | "
        lines.append(f"{head}{' | '.join(cells)} | {1000 * one.put:.3g} |")
    return lines


def by_metric(name: str, methods: list[str]) -> list[str]:
    """Alone: metrics that share passes cost less together."""
    model = load_model(name, device="cpu")
    some = xb.load_data("synthetic", n=TIMED, task=model.task, rate_hz=model.rate_hz)
    forward, chosen = Forward(model), find_methods(methods)
    lines = [
        "",
        f"## A recording of {name}, metric by metric",
        "",
        "Milliseconds a method, its explanation among them, of each metric alone.",
        "",
        "| metric | ms |",
        "|---|---|",
    ]
    for metric in find_metrics("core", Zoo()):
        alone = [metric]

        def score(alone: Any = alone) -> None:
            score_methods(model, some, chosen, metrics=alone, forward=forward)

        score()
        lines.append(f"| {metric.name} | {1000 * best(score, 2) / TIMED / len(chosen):.3g} |")
    return lines


def scaling(executors: list[Executor]) -> list[str]:
    lines = [
        "",
        "## Scaling on the cores there are",
        "",
        f"`xb.run` of imn, native and saliency, core metrics; strong: {SCALED} recordings in all, "
        f"weak: {SCALED} a worker. Efficiency: of what the first row leads one to expect.",
        "",
        "| executor | workers | strong, s | efficiency | weak, s | efficiency |",
        f"|{'---|' * 6}",
    ]
    for executor in executors:
        first: tuple[float, float] | None = None
        for workers in range(1, cores() + 1):
            strong = run_s(SCALED, executor, workers)
            weak = run_s(SCALED * workers, executor, workers)
            first = first or (strong, weak)
            lines.append(
                f"| {executor} | {workers} | {strong:.1f} | {first[0] / strong / workers:.0%} | "
                f"{weak:.1f} | {first[1] / weak:.0%} |"
            )
    return lines


def run_s(n: int, executor: Executor, workers: int) -> float:
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        xb.run("imn", "native,saliency", n=n, executor=executor, workers=workers, out=out)
        return time.perf_counter() - start


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    hours: float
    used: float
    """Of the workers' time."""
    held_up_by: str


def simulate(costs: Costs, count: int, workers: int, score: float, seed: int = 0) -> Prediction:
    """Shards one by one: handed out by one process over one network, scored by whoever is free, put
    into one store; then read, and written as cells.

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
    gathering = count * (costs.read + costs.kept / NETWORK)
    scored = max(ended, busy["measuring models"])
    busy["writing cells"] = gathering
    total = scored + gathering
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
        f"ms until an object is there, shards of {SHARD_S:.0f} s that vary by {SPREAD:.0%}. Held "
        "up by: what is busy for longest. GB: of scores that one process reads to write the cells.",
        "",
        "| cohort | model | device | workers | hours | worker hours | used | held up by | GB |",
        f"|{'---|' * 9}",
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
                    lines.append(
                        f"| {cohort} | {one.model} | {device} | {workers} | {found.hours:.3g} | "
                        f"{found.hours * workers:.3g} | {found.used:.0%} | {found.held_up_by} | "
                        f"{count * one.kept / 1e9:.3g} |"
                    )
    if not on_gpu:
        lines += ["", "GPU hours: not predicted, since no cost was measured on a GPU (--gpu)."]
    return lines


if __name__ == "__main__":
    main()
