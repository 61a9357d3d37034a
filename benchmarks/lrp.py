"""Layer-wise relevance propagation: what biases absorb, what it resembles, what it costs.

Writes benchmarks/results/lrp_cpu.md; takes five minutes of a core.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

import xai_bench as xb
from xai_bench.methods import METHODS, Batch
from xai_bench.methods.attribute import explain_batch, make_batch
from xai_bench.models import Model

NETS = ("resnet1d", "xresnet1d", "inception1d", "fcn")
COMPARED = ("input-x-gradient", "lrp-epsilon", "lrp-gamma", "lrp-composite", "ig")
RECORDINGS, ROUNDS = 16, 3


def main() -> None:
    torch.set_num_threads(1)
    text = (
        "# Layer-wise relevance propagation\n\n"
        f"`python benchmarks/lrp.py` on one of 2 shared CPU cores, {platform.machine()}, torch "
        f"{torch.__version__}, Python {platform.python_version()}.\n\n"
        f"{RECORDINGS} synthetic recordings of fold 10, predicted class; medians over recordings. "
        "Absorbed: what biases and stabilisers keep, 1 - sum of attributions / m(z); its "
        "quartiles in brackets. Residual: the largest. Mass: positive relevance within the "
        "planted evidence, of recordings called MI. Cost: seconds, in forward passes.\n"
    )
    for name in NETS:
        text += net_table(xb.load_model(name, device="cpu"))
        (Path(__file__).parent / "results" / "lrp_cpu.md").write_text(text)
    print(text)


def net_table(model: Model) -> str:
    recordings = xb.load_data("synthetic", split="test", n=RECORDINGS)
    batch = make_batch(model, recordings, target="predicted")
    methods = [METHODS[name] for name in COMPARED]
    found = explain_batch(model, batch, methods, recordings.record_id, seed=0)
    with torch.inference_mode():
        m = model.log_odds(batch.z, batch.target)
    forward = seconds(partial(forwards, model, batch))
    text = (
        f"\n## {model.name}\n\n| method | absorbed | residual | cosine with ig | "
        "cosine with input-x-gradient | mass | cost |\n|---|---|---|---|---|---|---|\n"
    )
    for method in methods:
        values = found[method.name].values
        low, middle, high = quartiles(1 - values.sum((1, 2)) / m)
        residual = float(found[method.name].residual.max())
        likeness = " | ".join(
            f"{cosine(values, found[other].values):.2f}" for other in ("ig", "input-x-gradient")
        )
        cost = seconds(partial(method.attribute, model, batch)) / forward
        text += (
            f"| {method.name} | {middle:.2f} [{low:.2f}, {high:.2f}] | {residual:.0e} | "
            f"{likeness} | {mass(values, batch):.2f} | {cost:.1f} |\n"
        )
    return text


@torch.inference_mode()
def forwards(model: Model, batch: Batch) -> Tensor:
    return model.log_odds(batch.z, batch.target)


def quartiles(values: Tensor) -> list[float]:
    found: list[float] = values.quantile(torch.tensor([0.25, 0.5, 0.75])).tolist()
    return found


def cosine(values: Tensor, others: Tensor) -> float:
    pair = values.flatten(1), others.flatten(1)
    return float(torch.nn.functional.cosine_similarity(*pair).median())


def mass(values: Tensor, batch: Batch) -> float:
    assert batch.evidence is not None
    rows = batch.evidence.any(dim=(1, 2)) & (batch.target == 1)
    positive = values[rows].clamp_min(0)
    inside = (positive * batch.evidence[rows]).sum((1, 2)) / positive.sum((1, 2))
    return float(inside.median())


def seconds(call: Callable[[], Tensor]) -> float:
    """The least of several rounds, of this process."""
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        call()
        found.append(time.process_time() - start)
    return min(found)


if __name__ == "__main__":
    main()
