"""Memory of this process while it scores more and more recordings.

Anonymous resident memory (Linux), because recordings are read from a memory-mapped file whose pages
the kernel may drop. Writes benchmarks/results/memory_cpu.md.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import torch

import xai_bench as xb
from xai_bench.methods import find_methods
from xai_bench.models import load_model
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Zoo

METHODS = find_methods("input-x-gradient,saliency,random")
METRICS = "sparseness,complexity/complexity,roc_auc,relevance_mass"
AT = (100, 500, 1000, 2000, 5000, 10000)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else max(AT)
    recordings = xb.load_data("synthetic", split="all", n=None)[:count]
    seen: dict[int, float] = {}

    def watch(done: int, total: int) -> None:
        scored = done // len(METHODS)
        if done % len(METHODS) == 0 and scored in AT:
            seen[scored] = resident()
            print(scored, f"{seen[scored]:.0f} MB", flush=True)

    score_methods(
        load_model("resnet1d", device="cpu"),
        recordings,
        METHODS,
        metrics=Zoo().metrics(METRICS),
        progress=watch,
    )
    text = (
        "# Memory while scoring\n\n"
        f"`python benchmarks/memory.py {len(recordings)}` on a CPU, torch {torch.__version__}, "
        f"Python {platform.python_version()}: resnet1d x {', '.join(m.name for m in METHODS)}; "
        f"{METRICS}.\n\n"
        "| recordings scored | anonymous resident memory, MB |\n|---|---|\n"
    )
    text += "".join(f"| {scored} | {megabytes:.0f} |\n" for scored, megabytes in seen.items())
    (Path(__file__).parent / "results" / "memory_cpu.md").write_text(text)
    print(text)


def resident() -> float:
    """Anonymous resident memory in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("RssAnon:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
