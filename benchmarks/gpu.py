"""What is to be known of a GPU, in one run of at most eight minutes; `make gpu`.

Four parts, each a process with a budget of its own, so that one which fails, hangs or takes too
long costs none of the others: what it printed until then is kept, and the reason beside it. The
table is written again after each part.

tests: those marked `cuda`: a CPU against CUDA for every method and metric.
roofline: native W against what the device can do, by `native_w.py`.
suite: the shared engine against stock Quantus, by `suite.py`.
cohort: 2,198 made recordings with the metrics of `core`, method by method in boxes of seconds: how
many recordings a second, and how long all of them would take.

    python benchmarks/gpu.py                        # CUDA; writes benchmarks/results/gpu.md
    python benchmarks/gpu.py --device cpu --small   # to its end on a CPU; writes nothing
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import torch

import xai_bench as xb
from xai_bench.devices import device_facts, float32_policy, pick_device
from xai_bench.errors import XaiBenchError
from xai_bench.methods import METHODS, Method
from xai_bench.models import Model, load_model
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_methods
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

HERE = Path(__file__).resolve().parent
TABLE = HERE / "results" / "gpu.md"
COHORT = 2198
"""Recordings of the test fold of PTB-XL."""
BLOCK = 16
"""Recordings that are scored together: few, so that a box of seconds holds some blocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part, what it prints, and how many seconds it may take."""

    title: str
    seconds: float
    run: Callable[[torch.device, bool], None]


def main(arguments: list[str], parts: Mapping[str, Part] | None = None) -> str:
    """The table, written to benchmarks/results/gpu.md where it is of a GPU."""
    parts = parts or PARTS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="tiny sizes, and nothing is written")
    parser.add_argument("--part", choices=sorted(parts), help="this part alone, in this process")
    given = parser.parse_args(arguments)
    device = pick_device(given.device)
    if given.part is not None:
        parts[given.part].run(device, given.small)
        return ""
    text = heading(device)
    for name, part in parts.items():
        command = [sys.executable, str(HERE / "gpu.py"), "--part", name, "--device", given.device]
        # A busy CPU takes its time, and what is small is only to come to its end.
        seconds = part.seconds * (10 if given.small else 1)
        text += f"\n## {part.title}\n\n{timed(command + ['--small'] * given.small, seconds)}"
        if device.type == "cuda" and not given.small:
            TABLE.write_text(text)
    print(text)
    return text


def timed(command: list[str], seconds: float) -> str:
    """What a command printed, and why it ended where it did not end well."""
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, check=False, cwd=HERE.parent
        )
    except subprocess.TimeoutExpired as late:
        kept = late.stdout or b""
        said = kept.decode(errors="replace") if isinstance(kept, bytes) else kept
        return f"{said}\n**Cut off after its {seconds:g} s.**\n"
    took = f"\n{time.perf_counter() - start:.0f} s.\n"
    if done.returncode == 0:
        return done.stdout + took
    last = "\n".join(done.stderr.strip().splitlines()[-5:])
    return f"{done.stdout}\n**Failed ({done.returncode}):**\n\n```\n{last}\n```\n{took}"


def heading(device: torch.device) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in device_facts(device).items())
    return (
        f"# A GPU: {facts}\n\n"
        f"`python benchmarks/gpu.py`; torch {torch.__version__}. Products and convolutions of "
        "float32 have all 24 bits unless a row says otherwise.\n"
    )


def tests(device: torch.device, small: bool) -> None:
    """A failure is the part's."""
    where = ["tests/test_cuda.py"] if small else ["tests/test_cuda.py", "tests/methods"]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "cuda", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, *where], capture_output=True, text=True, check=False)
    last = "\n".join(done.stdout.strip().splitlines()[-25:])
    print(f"```\n{last}\n```", flush=True)
    if done.returncode:
        raise SystemExit("tests failed")


def roofline(device: torch.device, small: bool) -> None:
    bench = _script("native_w")
    setting = bench.Setting
    # What has to be compiled takes minutes, and native_w.py by itself has it.
    bench.VARIANTS[device.type] = (bench.EAGER, bench.SHIPPED, bench.FOLDED)
    settings = [setting(samples=1000, precision=one, rounds=9) for one in ("fp32", "tf32", "bf16")]
    if small:
        settings = [setting(samples=1000, precision="fp32", rounds=1, batch=2)]
    for one in settings:
        with bench.in_precision(one.precision):
            roof, rows = bench.measure(one, device)
        print(bench.table(one, roof, rows, absolute=device.type == "cuda"), flush=True)


def suite(device: torch.device, small: bool) -> None:
    """The script writes its table into a folder of its own, which is read."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "results").mkdir()
        for name, count in (("resnet1d", 1),) if small else (("resnet1d", 16), ("imn", 16)):
            bench = _script("suite")
            bench.__file__ = str(Path(folder) / "suite.py")
            bench.ROUNDS = 1 if small else 2  # type: ignore[attr-defined]
            sys.argv = ["suite.py", name, str(count)]
            with float32_policy(), redirect_stdout(sys.stderr):
                bench.main()
            (table,) = (Path(folder) / "results").iterdir()
            print(table.read_text(), flush=True)
            table.unlink()


def cohort(device: torch.device, small: bool) -> None:
    names = ("resnet1d",) if small else ("resnet1d", "imn")
    methods = [METHODS[one] for one in ("saliency", "random")] if small else [*METHODS.values()]
    every = recordings(4 if small else COHORT)
    seconds = 1.0 if small else PARTS["cohort"].seconds * 0.8 / (len(names) * len(methods))
    print("| model | method | recordings | recordings/s | 2,198 take |\n|---|---|---|---|---|")
    for name in names:
        model = load_model(name, device=device)
        forward = Forward(model, block=2 if small else BLOCK)
        hours = 0.0
        for method in methods:
            if method.unsupported(model, evidence=True):
                continue
            done, took, why = boxed(model, every, method, forward, seconds)
            if not done:
                print(f"| {name} | {method.name} | 0 of a block | {why} | |", flush=True)
                continue
            hours += COHORT * took / done / 3600
            of = f"{done / took:.1f} | {COHORT * took / done:.0f} s"
            print(f"| {name} | {method.name} | {done} | {of} |", flush=True)
        print(f"| {name} | all that were measured | | | {hours:.2f} h |", flush=True)


class _TimeIsUp(Exception):  # noqa: N818 - not an error: the box of seconds is over
    pass


def boxed(
    model: Model, every: Recordings, method: Method, forward: Forward, seconds: float
) -> tuple[int, float, str]:
    """Recordings that were scored when the time was up, the seconds they took, or why none."""
    start = time.perf_counter()
    done, took = 0, 0.0

    def progress(scored: int, total: int) -> None:
        nonlocal done, took
        done, took = scored, time.perf_counter() - start
        if took > seconds:
            raise _TimeIsUp

    try:
        score_methods(
            model,
            every,
            [method],
            metrics=Zoo().metrics("core"),
            forward=forward,
            progress=progress,
        )
    except _TimeIsUp:
        pass
    except (XaiBenchError, RuntimeError) as error:
        return 0, 0.0, " ".join(str(error).split())[:120]
    return done, took, ""


def recordings(count: int) -> Recordings:
    """Embedded ones over and over, each with an id of its own, so that each draws for itself."""
    some = xb.load_data("synthetic", task="norm_vs_mi", split="all", n=min(count, 64))
    made = some[[row % len(some) for row in range(count)]]
    ids = tuple(f"{row:05d}" for row in range(count))
    return replace(made, record_id=ids, patient_id=ids)


def _script(name: str) -> ModuleType:
    found = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module  # where dataclasses look for what annotations mean
    found.loader.exec_module(module)
    return module


PARTS = {
    "tests": Part(title="CPU against CUDA", seconds=130, run=tests),
    "roofline": Part(title="Native W", seconds=90, run=roofline),
    "suite": Part(title="Against stock Quantus", seconds=110, run=suite),
    "cohort": Part(title="2,198 recordings, `core`", seconds=140, run=cohort),
}


if __name__ == "__main__":
    main(sys.argv[1:])
