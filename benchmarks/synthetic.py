"""Recordings made per second of processor time, each with its twin, evidence and waves.

Seconds of this process on one core, not of the clock, so that a shared machine disturbs little.
Writes benchmarks/results/synthetic.md.
"""

from __future__ import annotations

import platform
import statistics
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from xai_bench.data.synthetic import SyntheticSource

ROUNDS, RECORDINGS = 5, 100


def main() -> None:
    sources = {rate: SyntheticSource(rate_hz=rate) for rate in (100.0, 500.0)}
    speed: dict[float, list[float]] = {rate: [] for rate in sources}
    with threadpool_limits(1):
        for source in sources.values():
            source.read(0)
        for turn in range(ROUNDS):
            for rate, source in sources.items():
                begun = time.process_time()
                for row in range(turn * RECORDINGS, (turn + 1) * RECORDINGS):
                    source.read(row)
                speed[rate].append(RECORDINGS / (time.process_time() - begun))
    lines = [
        "# Synthetic recordings per second of one core",
        "",
        f"Median of {ROUNDS} rounds of {RECORDINGS} recordings of 10 s, each with twin, evidence",
        f"and waves; Python {platform.python_version()}, numpy {np.__version__}, "
        f"{platform.machine()}.",
        "`python benchmarks/synthetic.py`",
        "",
        "| rate | recordings/s | lowest, highest round |",
        "| --- | --- | --- |",
    ]
    for rate, found in speed.items():
        lines.append(
            f"| {rate:g} Hz | {statistics.median(found):.0f} | {min(found):.0f}, {max(found):.0f} |"
        )
    text = "\n".join(lines) + "\n"
    (Path(__file__).parent / "results" / "synthetic.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
