"""Windows set to zero: full forwards of the changed recordings against local recomputation.

Both sides run in this process on one core, interleaved, and the table holds ratios of the medians
of processor time. Full forwards go through the fastest form of the net in batches of 8. Writes
benchmarks/results/local_cpu.md.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

import xai_bench as xb
from xai_bench.methods.perturbation.windows import grid_windows, sliding_windows
from xai_bench.nets.frozen import fastest
from xai_bench.nets.local import LocalForward

ROUNDS, BATCH, RECORDINGS = 3, 8, 1
MODELS = ("resnet1d", "imn", "fcn", "xresnet1d", "inception1d")

Workload = tuple[str, Tensor, int]
"""What it is called, its windows (chain, window, 4), and after how many of them logits are read."""


def main() -> None:
    torch.set_num_threads(1)
    recordings = xb.load_data("synthetic", split="validation", n=RECORDINGS)
    lines = [
        "# Windows set to zero: full forwards / local recomputation",
        "",
        "`OMP_NUM_THREADS=1 python benchmarks/local.py`",
        "",
        f"One core of {platform.machine()}, torch {torch.__version__}, Python "
        f"{platform.python_version()}; {RECORDINGS} recording of",
        f"{recordings.signal.shape[-1]} samples, {ROUNDS} interleaved rounds after a warm-up, "
        "medians of processor time. Local",
        "recomputation includes its full pass over the recording. A row-equivalent is the time of",
        "one row of a full pass. In use: whether metrics and methods take it, see",
        "`LocalForward.saves`, which decides from shapes alone.",
        "An LSTM has no local recomputation: each of its steps depends on all before it.",
        "",
        "| model | windows | rows, full | row-equivalents, local | time, full / local "
        "| lowest, highest round | share of work | in use | largest difference of logits |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in MODELS:
        model = xb.load_model(name, device="cpu")
        z = model.normalise(torch.from_numpy(recordings.signal))
        for load in workloads(z):
            lines.append(f"| {name} | {row(model.net, z, load)} |")
            print(lines[-1], flush=True)
    text = "\n".join(lines) + "\n"
    (Path(__file__).parent / "results" / "local_cpu.md").write_text(text)


def workloads(z: Tensor) -> list[Workload]:
    """Those of occlusion, non-sensitivity and feature ablation, region perturbation, infidelity and
    IROF."""
    leads, samples = z.shape[1:]
    generator = torch.Generator().manual_seed(0)

    def shuffled(windows: Tensor) -> Tensor:
        return windows[torch.randperm(len(windows), generator=generator)]

    occlusion = sliding_windows(leads, samples, width=samples // 20, stride=samples // 40)
    all_leads = grid_windows(1, samples, segments=20)
    all_leads[:, 1] = leads
    second, half = (grid_windows(leads, samples, segments=count) for count in (10, 20))
    return [
        ("occlusion: 12 leads x 39, one at a time", occlusion[:, None], 1),
        ("non-sensitivity: 12 leads x 10, one at a time", second[:, None], 1),
        ("region perturbation: 20 of all leads, cumulative", shuffled(all_leads)[None], 1),
        ("infidelity: 48 sets of 5", shuffled(half).view(48, 5, 4), 5),
        ("IROF: 120, 6 at a time, cumulative", shuffled(second)[None], 6),
    ]


def row(net: nn.Module, z: Tensor, load: Workload) -> str:
    title, chains, together = load
    changed = without(z, chains, together)
    size = tuple((chains[..., 1::2] - chains[..., ::2]).flatten(0, 1).amax(0).tolist())
    probe = torch.randn(2, *z.shape[1:], generator=torch.Generator().manual_seed(0))
    whole, forward = fastest(net, z), LocalForward(net, probe)
    windows = chains.expand(len(z), -1, -1, -1)

    def full() -> Tensor:
        with torch.no_grad():
            return torch.cat([whole(batch) for batch in changed.split(BATCH)])

    def local() -> Tensor:
        found = forward.logits(forward.known(z), windows, size)
        return found[:, :, together - 1 :: together].flatten(0, 2)

    difference = float((full() - local()).abs().max())
    seconds: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for side, found in zip((full, local), seconds, strict=True):
            found.append(timed(side))
    ratio = statistics.median(seconds[0]) / statistics.median(seconds[1])
    each = [slow / fast for slow, fast in zip(*seconds, strict=True)]
    share = together * forward.share(size)
    rows = len(changed) / len(z)
    return (
        f"{title} | {rows:.0f} | {rows / ratio:.0f} | {ratio:.1f} | {min(each):.1f}, "
        f"{max(each):.1f} | {share:.2f} | {'yes' if forward.saves(size, together) else 'no'} "
        f"| {difference:.1e}"
    )


def without(z: Tensor, chains: Tensor, together: int) -> Tensor:
    """The changed recordings: those of one recording, chain after chain, and then of the next."""
    changed = []
    for one in z:
        for chain in chains.tolist():
            current = one.clone()
            for place, (top, bottom, start, stop) in enumerate(chain, 1):
                current[top:bottom, start:stop] = 0
                if place % together == 0:
                    changed.append(current.clone())
    return torch.stack(changed)


def timed(side: Callable[[], Tensor]) -> float:
    begun = time.process_time()
    side()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
