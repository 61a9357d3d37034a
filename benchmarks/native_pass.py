"""Native W in one batched pass against one recording at a time, and against float64.

Both sides run in this process, interleaved; the table reports ratios of medians, and absolute
times on CUDA only, where they mean something. Writes benchmarks/results/native_pass_<device>.md.
"""

from __future__ import annotations

import copy
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch

import xai_bench as xb
from xai_bench.models import Model, pick_device, zscore
from xai_bench.nets.base import NativeNet
from xai_bench.types import Recordings

ROUNDS = 9
RECORDINGS = {"cpu": 32, "cuda": 2048}


def main() -> None:
    device = pick_device()
    rows = []
    for name in ("imn", "imn-categorical"):
        model = xb.load_model(name, device=device)
        recordings = xb.load_data("synthetic", split="all", n=RECORDINGS[device.type])
        rows.append((name, len(recordings), *speed(model, recordings), *error(model, recordings)))
    text = render(device, rows)
    path = Path(__file__).parent / "results" / f"native_pass_{device.type}.md"
    path.write_text(text)
    print(text)


def speed(model: Model, recordings: Recordings) -> tuple[float, float]:
    """Median seconds of the batched pass, and of one pass a recording."""

    def batched() -> None:
        xb.native_attributions(model, recordings, model.device)

    def singly() -> None:
        xb.native_attributions(model, recordings, model.device, batch_size=1)

    seconds: dict[Callable[[], None], list[float]] = {batched: [], singly: []}
    for _ in range(ROUNDS):
        for side, found in seconds.items():
            start = time.perf_counter()
            side()
            found.append(time.perf_counter() - start)
    return statistics.median(seconds[batched][1:]), statistics.median(seconds[singly][1:])


def error(model: Model, recordings: Recordings) -> tuple[float, float, float]:
    """Against float64 on the CPU: largest errors of log-odds and W; and of the identity itself."""
    some = recordings[:16]
    found = xb.native_attributions(model, some, model.device)
    z = zscore(torch.from_numpy(some.signal).double())
    net = copy.deepcopy(model.net).cpu().double()
    assert isinstance(net, NativeNet)
    exact = Model(name="", card=model.card, net=net, device=torch.device("cpu"))
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


def render(
    device: torch.device, rows: list[tuple[str, int, float, float, float, float, float]]
) -> str:
    cuda = device.type == "cuda"
    where = (
        torch.cuda.get_device_name(device) if cuda else f"CPU, {torch.get_num_threads()} threads"
    )
    text = (
        "# Native W: one batched pass\n\n"
        f"`make bench` on {where}, torch {torch.__version__}, Python {platform.python_version()}; "
        f"{ROUNDS - 1} interleaved rounds after a warm-up, medians. Errors over 16 recordings.\n\n"
        "| model | recordings | one at a time / batched | recordings/s | log-odds, against float64 "
        "| W, relative to max | sum(W z) + b against log-odds |\n|---|---|---|---|---|---|---|\n"
    )
    for name, count, batched, singly, m, W, identity in rows:
        rate = f"{count / batched:.0f}" if cuda else "(shared CPU)"
        errors = f"{m:.1e} | {W:.1e} | {identity:.1e}"
        text += f"| {name} | {count} | {singly / batched:.2f} | {rate} | {errors} |\n"
    return text


if __name__ == "__main__":
    main()
