"""Recordings explained per second by native W, against the device's roofline and other methods.

A pass goes from int16 microvolt to logits, W and b: on the device, and from host to host through
`native_attributions`, copies to and from pinned memory included. Everything in a table is timed in
this process in interleaved rounds; ratios are of medians (on a CPU: of processor time, on one
thread), and absolute times are given on CUDA only, where they mean something. Writes
benchmarks/results/native_w_<device>.md.

Roofline: a recording takes at least max(FLOP / FLOP/s, bytes / bytes/s). FLOP are counted by torch
(a multiply-add is two). Bytes are an estimate: each convolution, pooling and upsampling reads its
input and writes its output once, norms and activations cost nothing ("fused"); "eager" lets them
read and write too. FLOP/s are those of a large matrix product in the same precision, bytes/s those
of copying a large tensor.

Other methods are counted in passes of the same net: 512 forwards for KernelSHAP-512, 16 forwards
with backwards for IG-16. One pass is timed; what the methods do beside their passes is left out.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Float, Int16
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import xai_bench as xb
from xai_bench.devices import float32_policy, pick_device
from xai_bench.methods.base import Batch
from xai_bench.methods.cam import GradCAM
from xai_bench.models import Model, zscore
from xai_bench.nets.base import NativeNet
from xai_bench.nets.frozen import folded
from xai_bench.types import Recordings

Precision = Literal["fp32", "tf32", "bf16"]
Step = Callable[[Int16[Tensor, "record lead time"]], object]
Generate = Callable[[Tensor], tuple[Tensor, Tensor]]

RATE_HZ = 100.0
BATCHES = tuple(2**power for power in range(4, 11))
CHECKED = ("imn", "imn-categorical")
CHECKED_RECORDINGS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    samples: int
    precision: Precision
    rounds: int
    batch: int | None = None
    """Recordings in a pass; chosen by measurement if None."""


SETTINGS = {
    "cpu": (
        Setting(samples=1000, precision="fp32", rounds=9, batch=4),
        Setting(samples=5000, precision="fp32", rounds=5, batch=2),
        Setting(samples=1000, precision="bf16", rounds=3, batch=1),
    ),
    "cuda": (
        Setting(samples=1000, precision="fp32", rounds=15),
        Setting(samples=1000, precision="tf32", rounds=15),
        Setting(samples=1000, precision="bf16", rounds=15),
        Setting(samples=5000, precision="fp32", rounds=15),
        Setting(samples=5000, precision="tf32", rounds=15),
        Setting(samples=5000, precision="bf16", rounds=15),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same net, laid out and run in another way."""

    name: str
    channels_last: bool = False
    folded: bool = False
    run: Literal["eager", "compiled", "graph"] = "eager"
    singly: bool = False
    """One recording at a time."""


EAGER = Variant(name="eager")
SHIPPED = Variant(name="channels_last", channels_last=True)
FOLDED = Variant(name="folded, channels_last", channels_last=True, folded=True)
VARIANTS = {
    "cpu": (
        EAGER,
        SHIPPED,
        Variant(name="channels_last, one at a time", channels_last=True, singly=True),
        Variant(name="folded", folded=True),
        FOLDED,
    ),
    "cuda": (
        EAGER,
        SHIPPED,
        Variant(name="channels_last, one at a time", channels_last=True, singly=True),
        Variant(name="folded", folded=True),
        FOLDED,
        Variant(name="compiled", channels_last=True, run="compiled"),
        Variant(name="folded, compiled", channels_last=True, folded=True, run="compiled"),
        Variant(name="folded, graph-captured", channels_last=True, folded=True, run="graph"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One thing that is timed; a step does `work` units of it."""

    step: Callable[[], object]
    work: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Roof:
    """What one recording needs, and the seconds it takes at full speed."""

    gflop: float
    eager_mb: float
    fused_mb: float
    compute: float
    """FLOP/s of the matrix product."""
    bandwidth: float
    """Bytes/s of the copy, read and written."""

    @property
    def seconds(self) -> float:
        return max(self.gflop * 1e9 / self.compute, self.fused_mb * 1e6 / self.bandwidth)

    @property
    def bound(self) -> str:
        return "compute" if self.seconds == self.gflop * 1e9 / self.compute else "memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Seconds a recording of one variant or method."""

    name: str
    batch: int
    device: float
    host: float | None = None


def main() -> None:
    device = pick_device()
    torch.backends.cudnn.benchmark = True
    if device.type == "cpu":
        torch.set_num_threads(1)  # processor time is that of one thread
    text = heading(device)
    for setting in SETTINGS[device.type]:
        with in_precision(setting.precision):
            roof, rows = measure(setting, device)
        text += table(setting, roof, rows, absolute=device.type == "cuda")
    text += errors_table(device)
    path = Path(__file__).parent / "results" / f"native_w_{device.type}.md"
    path.write_text(text)
    print(text)


# The net, its data, and the ways to run it


@final
class Rerun(NativeNet):
    """A native net that works in a precision and runs in a way; z, W and b stay float32."""

    def __init__(self, net: NativeNet, dtype: torch.dtype, run: Callable[[Generate], Generate]):
        super().__init__()
        self.net = net.to(dtype)
        self.dtype = dtype
        self._generate = run(self.net.generate)

    def generate(
        self, z: Float[Tensor, "record lead time"]
    ) -> tuple[Float[Tensor, "record output lead time"], Float[Tensor, "record output"]]:
        W, b = self._generate(z.to(self.dtype))
        return W.float(), b.float()


@final
class Captured:
    """`generate` as a CUDA graph for each shape it meets.

    What it returns is overwritten by the next call: readers are queued on the same stream before.
    """

    def __init__(self, generate: Generate) -> None:
        self._generate = generate
        self._graphs: dict[torch.Size, tuple[torch.cuda.CUDAGraph, Tensor, tuple[Tensor, Tensor]]]
        self._graphs = {}

    def __call__(self, z: Tensor) -> tuple[Tensor, Tensor]:
        if z.shape not in self._graphs:
            self._graphs[z.shape] = self._capture(z)
        graph, given, found = self._graphs[z.shape]
        given.copy_(z)
        graph.replay()
        return found

    def _capture(self, z: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor, tuple[Tensor, Tensor]]:
        given, graph = z.clone(), torch.cuda.CUDAGraph()
        aside, here = torch.cuda.Stream(), torch.cuda.current_stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            for _ in range(3):  # cuDNN chooses its algorithms before the capture
                self._generate(given)
        here.wait_stream(aside)
        with torch.cuda.graph(graph):
            found = self._generate(given)
        return graph, given, found


RUN: dict[str, Callable[[Generate], Generate]] = {
    "eager": lambda generate: generate,
    "compiled": lambda generate: torch.compile(generate, dynamic=False),
    "graph": Captured,
}


def build(variant: Variant, setting: Setting, device: torch.device, name: str = "imn") -> Model:
    """The model, its net as the variant says, for recordings of any length."""
    model = xb.load_model(name, device=device)
    net = folded(model.net) if variant.folded else model.net
    assert isinstance(net, NativeNet)
    if not variant.channels_last:
        for parameter in net.parameters():
            parameter.data = parameter.data.clone(memory_format=torch.contiguous_format)
    dtype = torch.bfloat16 if setting.precision == "bf16" else torch.float32
    return replace(
        model,
        name=variant.name,
        net=Rerun(net, dtype, RUN[variant.run]),
        seconds=setting.samples / RATE_HZ,
        cam_layer_path=f"net.{model.cam_layer_path}",
    )


def recordings(count: int, samples: int) -> Recordings:
    """Synthetic recordings of 10 s, repeated in time and number: speed does not see values."""
    some = xb.load_data("synthetic", split="all", n=min(count, 16))
    microvolt = np.tile(some.microvolt, (1, 1, samples // some.microvolt.shape[2]))
    ids = tuple(str(row) for row in range(count))
    return Recordings(
        name="synthetic",
        microvolt=microvolt[np.arange(count) % len(microvolt)],
        rate_hz=RATE_HZ,
        record_id=ids,
        patient_id=ids,
    )


@contextmanager
def in_precision(precision: Precision) -> Iterator[None]:
    torch.compiler.reset()  # what was compiled for another precision must not be reused
    with float32_policy("tf32" if precision == "tf32" else "float32"):
        yield


# What is timed


def native(model: Model) -> Step:
    @torch.inference_mode()
    def step(microvolt: Tensor) -> object:
        return model.native_pass(model.normalise(microvolt.float() / 1000))

    return step


def forward(model: Model) -> Step:
    @torch.inference_mode()
    def step(microvolt: Tensor) -> object:
        return model.log_odds(model.normalise(microvolt.float() / 1000), 1)

    return step


def forward_backward(model: Model) -> Step:
    def step(microvolt: Tensor) -> object:
        z = model.normalise(microvolt.float() / 1000).requires_grad_()
        return torch.autograd.grad(model.log_odds(z, 1).sum(), z)

    return step


def gradcam(model: Model) -> Step:
    def step(microvolt: Tensor) -> object:
        z = model.normalise(microvolt.float() / 1000)
        target = torch.ones(len(z), dtype=torch.int64, device=z.device)
        return GradCAM().attribute(model, Batch(z=z, target=target, seeds=()))

    return step


OTHERS: dict[str, tuple[int, Callable[[Model], Step]]] = {
    "Grad-CAM": (1, gradcam),
    "IG-16": (16, forward_backward),
    "KernelSHAP-512": (512, forward),
}


def matmul(precision: Precision, device: torch.device) -> Side:
    size = 8192 if device.type == "cuda" else 1024
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    left, right = torch.randn(
        2, size, size, device=device, generator=torch.Generator(device).manual_seed(0)
    ).to(dtype)
    return Side(step=lambda: left @ right, work=2.0 * size**3)


def copy(device: torch.device) -> Side:
    megabytes = 1024 if device.type == "cuda" else 64
    source = torch.zeros(megabytes * 2**20, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return Side(step=lambda: target.copy_(source), work=2.0 * len(source))


def measure(setting: Setting, device: torch.device) -> tuple[Roof, list[Row]]:
    """The roofline, and seconds a recording of each variant and of the other methods."""
    cuda = device.type == "cuda"
    data = recordings(4 * (setting.batch or max(BATCHES)), setting.samples)
    resident = torch.from_numpy(data.microvolt[: max(BATCHES)]).to(device)
    models = {variant: build(variant, setting, device) for variant in VARIANTS[device.type]}

    def batch(step: Step) -> int:
        return setting.batch or best_batch(step, resident)

    size = batch(native(models[FOLDED]))
    sides = {"matmul": matmul(setting.precision, device), "copy": copy(device)}
    rows: dict[str, int] = {}
    for variant, model in models.items():
        count = 1 if variant.singly else size
        rows[variant.name] = count
        sides[variant.name] = on_device(native(model), resident[:count])
        if cuda:
            sides[f"{variant.name}, host"] = host_to_host(model, data[: 4 * count], count)
    for name, (passes, method) in OTHERS.items():
        step = method(models[SHIPPED])
        rows[name] = batch(step)
        sides[name] = on_device(step, resident[: rows[name]], passes=passes)
    seconds = interleaved(sides, setting.rounds, device)
    return roofline(setting, 1 / seconds["matmul"], 1 / seconds["copy"]), [
        Row(name=name, batch=count, device=seconds[name], host=seconds.get(f"{name}, host"))
        for name, count in rows.items()
    ]


def on_device(step: Step, microvolt: Int16[Tensor, "record lead time"], passes: int = 1) -> Side:
    return Side(step=lambda: step(microvolt), work=len(microvolt) / passes)


def host_to_host(model: Model, data: Recordings, batch: int) -> Side:
    return Side(
        step=lambda: xb.native_attributions(model, data, model.device, batch_size=batch),
        work=len(data),
    )


def best_batch(step: Step, microvolt: Int16[Tensor, "record lead time"]) -> int:
    """The power of two that gets through most recordings a second, in half of the memory.

    The other half is for the other sides, which share the device in the interleaved rounds.
    """
    speed: dict[int, float] = {}
    torch.cuda.set_per_process_memory_fraction(0.5, microvolt.device)
    for size in BATCHES:
        try:
            side = on_device(step, microvolt[:size])
            speed[size] = 1 / interleaved({"": side}, 3, microvolt.device)[""]
        except torch.cuda.OutOfMemoryError:
            break
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(1.0, microvolt.device)
    return max(speed, key=lambda size: speed[size])


def interleaved(sides: dict[str, Side], rounds: int, device: torch.device) -> dict[str, float]:
    """Median seconds a unit of each side, after a round to warm up.

    On a CPU seconds of this process, so that others on the machine disturb little.
    """
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds + 1):
        for name, side in sides.items():
            wait(device)
            start = clock()
            side.step()
            wait(device)
            found[name].append((clock() - start) / side.work)
    return {name: statistics.median(times[1:]) for name, times in found.items()}


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


# What a recording needs


def roofline(setting: Setting, compute: float, bandwidth: float) -> Roof:
    net = xb.load_model("imn", device="cpu").net
    z = torch.zeros(1, 12, setting.samples)
    size = 2 if setting.precision == "bf16" else 4
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(z)
    return Roof(
        gflop=counter.get_total_flops() / 1e9,
        eager_mb=size * moved(net, z, free=(nn.Dropout,)) / 1e6,
        fused_mb=size * moved(net, z, free=(nn.Dropout, nn.BatchNorm2d, nn.GELU)) / 1e6,
        compute=compute,
        bandwidth=bandwidth,
    )


def moved(net: nn.Module, z: Tensor, *, free: tuple[type[nn.Module], ...]) -> int:
    """Elements that the layers of a net read and write, but for those that are `free`."""
    elements = 0

    def count(_: nn.Module, given: tuple[Tensor, ...], found: Tensor) -> None:
        nonlocal elements
        elements += given[0].numel() + found.numel()

    layers = [layer for layer in net.modules() if not [*layer.children()]]
    hooks = [layer.register_forward_hook(count) for layer in layers if not isinstance(layer, free)]
    with torch.inference_mode():
        net(z)
    for hook in hooks:
        hook.remove()
    return elements


def errors(model: Model, exact: Model, some: Recordings) -> tuple[float, float, float]:
    """Against float64 on the CPU: largest errors of log-odds and of W; and of the identity."""
    found = xb.native_attributions(model, some, model.device)
    z = zscore(torch.from_numpy(some.signal).double())
    with torch.inference_mode():
        W, _ = exact.native(z)
        m = exact.log_odds(z, 1)
    logits = found.logits
    log_odds = logits[:, 0] if logits.shape[1] == 1 else logits[:, 1] - logits[:, 0]
    explained = (found.W.double() * z).sum((1, 2)) + found.b
    return (
        float((log_odds - m).abs().max()),
        float((found.W - W).abs().max() / W.abs().max()),
        float((explained - log_odds).abs().max()),
    )


# Pages


def heading(device: torch.device) -> str:
    cuda = device.type == "cuda"
    where = torch.cuda.get_device_name(device) if cuda else "one thread of a CPU"
    return (
        "# Native W: how fast, how exact\n\n"
        f"`python benchmarks/native_w.py` on {where}; torch {torch.__version__}, Python "
        f"{platform.python_version()}. Model imn; medians of interleaved rounds. What is timed, "
        "and how the roofline is made, is at the top of the script.\n"
    )


def table(setting: Setting, roof: Roof, rows: list[Row], *, absolute: bool) -> str:
    """One setting. Absolute figures only where asked for."""
    shipped = next(row.device for row in rows if row.name == SHIPPED.name)
    # A matrix product without instructions for bf16 is no roof.
    roofed = absolute or setting.precision == "fp32"
    text = (
        f"\n## {setting.samples} samples, {setting.precision}\n\n"
        f"{setting.rounds} rounds. A recording takes {roof.gflop:.2f} GFLOP and moves "
        f"{roof.fused_mb:.1f} MB fused, {roof.eager_mb:.1f} MB eager."
    )
    if roofed:
        text += f" The roofline is bound by {roof.bound}."
    if absolute:
        text += (
            f" Matrix product {roof.compute / 1e12:.1f} TFLOP/s, copy {roof.bandwidth / 1e9:.0f} "
            f"GB/s: {1 / roof.seconds:.0f} recordings/s."
        )
    header = ["", "batch", f"time / {SHIPPED.name}"]
    header += ["% of roofline"] * roofed
    header += ["recordings/s on the device", "host to host"] * absolute
    text += f"\n\n{line(header)}{line(['---'] * len(header))}"
    for row in rows:
        cells = [row.name, str(row.batch), f"{row.device / shipped:.3g}"]
        if roofed:
            native = row.name not in OTHERS
            cells.append(f"{100 * roof.seconds / row.device:.1f}" if native else "")
        if absolute:
            cells.append(f"{1 / row.device:.0f}")
            cells.append("" if row.host is None else f"{1 / row.host:.0f}")
        text += line(cells)
    return text


def line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def errors_table(device: torch.device) -> str:
    header = ["model", "precision", "variant", "log-odds", "W, relative to its largest"]
    header += ["sum(W z) + b against log-odds"]
    text = (
        f"\n## Largest errors over {CHECKED_RECORDINGS} recordings, against float64 on the CPU\n\n"
        f"{line(header)}{line(['---'] * len(header))}"
    )
    some = recordings(CHECKED_RECORDINGS, 1000)
    settings = [setting for setting in SETTINGS[device.type] if setting.samples == 1000]
    variants = [v for v in VARIANTS[device.type] if v.channels_last and not v.singly]
    for name in CHECKED:
        exact = xb.load_model(name, device="cpu")
        exact.net.double()
        for setting in settings:
            for variant in variants:
                with in_precision(setting.precision):
                    found = errors(build(variant, setting, device, name), exact, some)
                text += line(
                    [name, setting.precision, variant.name, *(f"{error:.1e}" for error in found)]
                )
    return text


if __name__ == "__main__":
    main()
