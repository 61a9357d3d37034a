"""What a cohort costs, on paper: the test fold of PTB-XL, all methods, `core` and `all`.

Work is counted, not timed: the floating-point operations of convolutions and matrix products while
one recording without evidence is explained by every method and scored, on a small net with the
layers of resnet1d, in units of its own forward and backward pass (a changed window that is computed
alone counts as the part that it is). A recording early in a run costs more than a later one,
because costly metrics are measured on the first recordings alone, so each kind of place is counted
once. Of the nets that ship, seconds of a forward and of a backward row are measured. What is no
pass (sorting, drawing, waves) is the processor time of the small net's run, its passes included.

Hours are these, multiplied out. Those on many cores take for granted that shards of recordings
share nothing; those on an H200 are no measurement, and nothing here ran on one: operations over
67 TFLOP/s, the float32 peak without tensor cores, which small nets do not reach, and over a tenth
of it. Writes benchmarks/results/cohort.md; takes about ten minutes of a core.

    python benchmarks/cohort.py
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

import xai_bench as xb
from xai_bench.methods import METHODS, Method, find_methods
from xai_bench.models import Model
from xai_bench.scoring.engine.measured import most_recordings
from xai_bench.scoring.score import score_methods
from xai_bench.types import Recordings
from xai_bench.zoo import Metric, Zoo

N = 2198
"""Recordings of fold 10."""

NETS = ("resnet1d", "xresnet1d", "inception1d", "conv2d")
WITHOUT = ("native", "oracle")
"""Methods that need a native net, or evidence, which PTB-XL does not have."""

PEAK = 67e12
ROWS, ROUNDS = 8, 15
CORES = (2, 64)


@dataclass(frozen=True)
class Work:
    """Of one recording, or of many."""

    forward: float = 0.0
    """Passes of one row each."""
    backward: float = 0.0
    seconds: float = 0.0
    """Of the processor, on the small net."""

    def __add__(self, other: Work) -> Work:
        return Work(
            self.forward + other.forward,
            self.backward + other.backward,
            self.seconds + other.seconds,
        )

    def __mul__(self, count: float) -> Work:
        return Work(self.forward * count, self.backward * count, self.seconds * count)


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*(conv(width, width, kernel) for kernel in (9, 5, 3)))
        self.relu = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.relu(self.body(maps) + maps)
        return out


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    layer = nn.Conv1d(inputs, outputs, kernel, stride=stride, padding=kernel // 2)
    return nn.Sequential(layer, nn.BatchNorm1d(outputs), nn.ReLU())


def small(width: int = 4) -> Model:
    """Layers and strides of resnet1d, a few channels wide."""
    torch.manual_seed(0)
    pool = (nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(width, 2))
    net = nn.Sequential(conv(12, width, 9, 2), *(Block(width) for _ in range(3)), *pool)
    return xb.wrap(net, ["NORM", "MI"], rate_hz=100, name="small", device="cpu", cam_layer="3")


class Operations(TorchDispatchMode):
    """Counts floating-point operations of convolutions and matrix products."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.forward = self.backward = 0.0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        count = flop_registry.get(func._overloadpacket)
        if count is None and func is not torch.ops.prim.device.default:
            with self:  # in inference mode a convolution comes whole
                parts = func.decompose(*args, **kwargs)
            if parts is not NotImplemented:
                return parts
        out = func(*args, **kwargs)
        if count is not None:
            found = float(count(*args, **kwargs, out_val=out))
            if "backward" in str(func):
                self.backward += found
            else:
                self.forward += found
        return out


def operations(work: Callable[[], Any]) -> tuple[float, float]:
    """Of forward and of backward passes."""
    with Operations() as counter:
        work()
    return counter.forward, counter.backward


def pass_operations(model: Model) -> tuple[float, float]:
    """Of one forward row, and of one backward row to the input."""
    z = torch.randn(1, *model.shape, requires_grad=True)
    return operations(lambda: model.net(z).sum().backward())


def places(metrics: list[Metric], methods: list[Method]) -> list[tuple[int, int]]:
    """Where in a run a recording of each kind stands, and how many there are of it."""
    ends = {most_recordings(metric, method) or N for metric in metrics for method in methods}
    cuts = sorted({0, N} | {min(end, N) for end in ends})
    return [(start, stop - start) for start, stop in pairwise(cuts)]


def recording() -> Recordings:
    given = xb.load_data("synthetic", n=1, task="norm_vs_mi")
    return replace(given, evidence=None, healthy=None, waves=None)


def counted(model: Model, methods: list[Method], metrics: list[Metric]) -> tuple[Work, list[str]]:
    """All of a run, and a line for each kind of place."""
    given, total, lines = recording(), Work(), []
    forward, backward = pass_operations(model)
    score_methods(model, given, methods, metrics=Zoo().metrics("sparseness"))  # to warm up
    for first, count in places(metrics, methods):

        def run(first: int = first) -> None:
            score_methods(model, given, methods, metrics=metrics, first=first)

        begun = time.process_time()
        run()
        seconds = time.process_time() - begun
        found = operations(run)
        one = Work(found[0] / forward, found[1] / backward, seconds)
        total += one * count
        lines.append(f"{first + 1} to {first + count}: {one.forward:,.0f} and {one.backward:,.0f}")
        print(lines[-1], f"{seconds:.1f} s", flush=True)
    return total, lines


def seconds_a_row(model: Model) -> tuple[float, float]:
    """Of the processor, forward and backward, medians of passes of eight rows on one thread."""
    z = torch.randn(ROWS, *model.shape)
    forward, both = [], []
    for _ in range(ROUNDS):
        begun = time.process_time()
        with torch.inference_mode():
            model.net(z)
        forward.append(time.process_time() - begun)
        given = z.clone().requires_grad_()
        begun = time.process_time()
        torch.autograd.grad(model.net(given).sum(), given)
        both.append(time.process_time() - begun)
    ahead, whole = (statistics.median(one) / ROWS for one in (forward, both))
    return ahead, max(whole - ahead, 0.0)


def main(*nets: str) -> None:
    torch.set_num_threads(1)
    model = small()
    names = [name for name in METHODS if not name.startswith(WITHOUT)]
    methods = [m for m in find_methods(names) if not m.unsupported(model, evidence=False)]
    groups = {}
    for group in ("core", "all"):
        print(group, flush=True)
        metrics = Zoo().metrics(group)
        groups[group] = counted(model, methods, metrics)
    lines = [
        f"# {N} recordings x {len(methods)} methods, on paper",
        "",
        f"`python benchmarks/cohort.py` on one CPU core, torch {torch.__version__}, Python "
        f"{platform.python_version()}. The test fold of PTB-XL at 100 Hz, without evidence; "
        f"{', '.join(method.name for method in methods)}. What is counted and what is measured "
        "stands at the top of the script. **No figure for an H200 was measured.**",
        "",
        "Forward and backward rows of a recording by its place in a run, all methods together:",
        "",
    ]
    for group, (total, of_places) in groups.items():
        lines.append(
            f"- `{group}`: {'; '.join(of_places)}. In all {total.forward / 1e6:.1f} and "
            f"{total.backward / 1e6:.1f} million rows, and {total.seconds / 3600:.1f} h of a core "
            "for what is no pass."
        )
    lines += [
        "",
        "| net | ms a forward row | a backward row | metrics | "
        + " | ".join(f"{cores} cores, h" for cores in CORES)
        + " | H200 at its peak, h | at a tenth, h |",
        f"|{'---|' * (6 + len(CORES))}",
    ]
    for name in nets or NETS:
        loaded = xb.load_model(name, device="cpu")
        ahead, back = seconds_a_row(loaded)
        forward, backward = pass_operations(loaded)
        for group, (total, _) in groups.items():
            hours = (total.forward * ahead + total.backward * back + total.seconds) / 3600
            bound = (total.forward * forward + total.backward * backward) / PEAK / 3600
            cells = [f"{hours / cores:,.1f}" for cores in CORES]
            cells += [f"{bound:.2f}", f"{10 * bound:.1f}"]
            lines.append(
                f"| {name} | {1000 * ahead:.2f} | {1000 * back:.2f} | {group} | "
                f"{' | '.join(cells)} |"
            )
    text = "\n".join(lines) + "\n"
    (Path(__file__).parent / "results" / "cohort.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
