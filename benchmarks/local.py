"""Windows set to zero: full forwards of the changed recordings against local recomputation.

Both sides run in this process on one core, interleaved, and the table holds ratios: of floating
point operations, counted by torch, and of the medians of processor time. Full forwards go through
the folded net in batches of 8. Writes benchmarks/results/local_cpu.md.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import xai_bench as xb
from xai_bench.nets.frozen import folded
from xai_bench.nets.local import LocalForward

ROUNDS, BATCH, WIDTH, REGIONS = 3, 8, 50, 20
OCCLUDED, RECORDINGS = 2, 8


def main() -> None:
    torch.set_num_threads(1)
    recordings = xb.load_data("synthetic", split="all", n=RECORDINGS)
    lines = [
        "# Windows set to zero: full forwards / local recomputation",
        "",
        "`OMP_NUM_THREADS=1 python benchmarks/local.py`",
        "",
        f"One core of {platform.machine()}, torch {torch.__version__}, Python "
        f"{platform.python_version()}; recordings of {recordings.signal.shape[-1]} samples,",
        f"{ROUNDS} interleaved rounds after a warm-up, medians of processor time. Both sides have",
        "their batch norms folded; local recomputation includes its full pass over each recording.",
        "",
        "| model | windows of 50 samples | recordings | forwards | FLOPs, full / local "
        "| time, full / local | lowest, highest round | largest difference of logits |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in ("imn", "conv2d"):
        model = xb.load_model(name, device="cpu")
        z = model.normalise(torch.from_numpy(recordings.signal))
        for title, windows, cumulative in workloads(z):
            lines.append(
                f"| {name} | {title} | {row(model.net, z[: len(windows)], windows, cumulative)} |"
            )
            print(lines[-1], flush=True)
    text = "\n".join(lines) + "\n"
    (Path(__file__).parent / "results" / "local_cpu.md").write_text(text)


def workloads(z: Tensor) -> list[tuple[str, Tensor, bool]]:
    """Windows of one lead, for occlusion and infidelity; of all leads, for region perturbation."""
    leads, samples = z.shape[1:]
    starts = range(0, samples - WIDTH + 1, WIDTH // 2)
    occlusion = torch.tensor([(n, n + 1, s, s + WIDTH) for n in range(leads) for s in starts])
    generator = torch.Generator().manual_seed(0)
    orders = torch.stack([torch.randperm(REGIONS, generator=generator) for _ in z]) * WIDTH
    top = torch.zeros_like(orders)
    regions = torch.stack([top, top + leads, orders, orders + WIDTH], dim=2)
    return [
        (
            f"{leads} leads x {len(starts)}, one at a time",
            occlusion.expand(OCCLUDED, -1, -1),
            False,
        ),
        (f"{REGIONS} regions of all leads, cumulative", regions, True),
    ]


def row(net: nn.Module, z: Tensor, windows: Tensor, cumulative: bool) -> str:
    def full() -> Tensor:
        return full_forwards(folded(net), z, windows, cumulative)

    def local() -> Tensor:
        forward = LocalForward(net)
        compute = forward.sequence if cumulative else forward.windows
        return compute(forward.known(z), windows)

    sides = (full, local)
    flops, logits = zip(*(counted(side) for side in sides), strict=True)
    seconds: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for side, found in zip(sides, seconds, strict=True):
            begun = time.process_time()
            side()
            found.append(time.process_time() - begun)
    ratio = statistics.median(seconds[0]) / statistics.median(seconds[1])
    each = [slow / fast for slow, fast in zip(*seconds, strict=True)]
    difference = float((logits[0] - logits[1]).abs().max())
    return (
        f"{len(z)} | {windows.shape[0] * windows.shape[1]} | {flops[0] / flops[1]:.1f} "
        f"| {ratio:.1f} | {min(each):.1f}, {max(each):.1f} | {difference:.1e}"
    )


def counted(side: Callable[[], Tensor]) -> tuple[int, Tensor]:
    with FlopCounterMode(display=False) as counter:
        logits = side()
    return counter.get_total_flops(), logits


@torch.no_grad()
def full_forwards(net: nn.Module, z: Tensor, windows: Tensor, cumulative: bool) -> Tensor:
    """Logits (record, window, output), a batch of changed recordings at a time."""
    changed = []
    for one, chosen in zip(z, windows.tolist(), strict=True):
        current = one.clone()
        for top, bottom, start, stop in chosen:
            current = current if cumulative else one.clone()
            current[top:bottom, start:stop] = 0
            changed.append(current.clone())
    logits = torch.cat([net(batch) for batch in torch.stack(changed).split(BATCH)])
    return logits.view(*windows.shape[:2], -1)


if __name__ == "__main__":
    main()
