"""Shapley values of regions: the agreement of each method with a reference, and what it takes.

The reference is another estimator of the same Shapley values, of draws of its own: the mean gain
of each region over random orders and their reverses. Agreement is the correlation over the 120
regions, averaged over recordings. Costs are seconds of this process on one core, divided by those
of one forward pass of one recording. Writes benchmarks/results/kernelshap_cpu.md; takes fifteen
minutes of a core.

The coalitions and their number were chosen on recordings of fold 9; these are of fold 10.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import captum
import numpy as np
import torch
from captum.attr import KernelShap
from torch import Tensor

import xai_bench as xb
from xai_bench.methods import METHODS, Batch
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.perturbation.masked_passes import log_odds_of_coalitions
from xai_bench.methods.perturbation.regions import Regions, divide
from xai_bench.models import Model

SEGMENTS, ROWS, RECORDINGS = 10, 8, 8
ORDERS = {"resnet1d": 6, "imn": 2, "lstm": 34}
"""Of the reference; a pass of the others takes ten to fifty times that of lstm."""
ESTIMATORS = ("shap", "kernelshap", "permutation-shap", "ig")
"""The last explains samples: its sums over regions."""
CAPTUM = 512


def main() -> None:
    torch.set_num_threads(1)
    text = (
        "# Shapley values of regions: agreement and cost\n\n"
        f"`python benchmarks/kernelshap.py` on one of 2 shared CPU cores, {platform.machine()}, "
        f"torch {torch.__version__}, Captum {captum.__version__}, "
        f"Python {platform.python_version()}.\n\n"
        f"120 regions, {RECORDINGS} synthetic recordings of fold 10. The reference is permutation "
        "sampling, orders and their reverses; its reliability is what its two halves say of the "
        "whole. Agreement: mean correlation with it, and the same over the root of the "
        "reliability, which is what a reference without error would find. Passes: "
        "forward and back. Cost: seconds of this process for one recording, in forward passes of "
        "one recording.\n"
    )
    for name in ORDERS:
        text += compare(name)
        (Path(__file__).parent / "results" / "kernelshap_cpu.md").write_text(text)
    print(text)


def compare(name: str) -> str:
    model = xb.load_model(name, device="cpu")
    recordings = xb.load_data("synthetic", split="test", n=RECORDINGS)
    batch = make_batch(model, recordings, target="predicted")
    regions = divide(f"grid-{SEGMENTS}", batch)
    orders = ORDERS[name] // 2
    halves = [reference(model, batch, regions, orders, seed) for seed in (0, 1)]
    truth = (halves[0] + halves[1]) / 2
    half = float(np.mean(agreements(*halves)))
    reliability = 2 * half / (1 + half)
    text = (
        f"\n## {name}\n\nReliability of the reference, {ORDERS[name]} orders and their reverses: "
    )
    text += f"{reliability:.3f}.\n\n"
    text += "| method | passes | agreement | with a perfect reference | cost, forwards |\n"
    text += "|---|---|---|---|---|\n"
    assert not model.gradient_flaw  # which takes passes to know
    estimators: dict[str, tuple[int | None, Callable[[], Tensor]]] = {
        name: (METHODS[name].passes, partial(of_regions, name, model, batch, regions))
        for name in ESTIMATORS
    }
    estimators["Captum's KernelShap"] = CAPTUM + 2, partial(by_captum, model, batch, regions)
    for estimator, (passes, values) in estimators.items():
        before = forward_seconds(model, batch)
        found, seconds = timed(values)
        unit = (before + forward_seconds(model, batch)) / 2
        agreement = np.mean(agreements(found, truth))
        text += f"| {estimator} | {passes} | {agreement:.3f} | "
        text += f"{agreement / reliability**0.5:.3f} | "
        text += f"{seconds / RECORDINGS / unit:.0f} |\n"
    return text


def of_regions(name: str, model: Model, batch: Batch, regions: Regions) -> Tensor:
    return regions.sums(METHODS[name].attribute(model, batch))


def by_captum(model: Model, batch: Batch, regions: Regions) -> Tensor:
    rows = []
    for row in range(len(batch.z)):
        torch.manual_seed(row)
        with torch.inference_mode():
            values = KernelShap(model.log_odds).attribute(
                batch.z[row : row + 1],
                baselines=0.0,
                additional_forward_args=(batch.target[row : row + 1],),
                feature_mask=regions.index[row : row + 1],
                n_samples=CAPTUM,
                perturbations_per_eval=ROWS,
                return_input_shape=False,
            )
        rows.append(values.flatten())
    return torch.stack(rows).double()


def reference(model: Model, batch: Batch, regions: Regions, orders_drawn: int, seed: int) -> Tensor:
    """Half of it: the mean gain of each region when it joins those before it in an order."""
    rng, count = np.random.default_rng(seed), len(regions)
    orders = np.stack([rng.permutation(count) for _ in range(orders_drawn)])
    place = torch.from_numpy(np.concatenate([orders, count - 1 - orders]))
    before = torch.arange(count + 1)[None, :, None] > place[:, None]
    m = log_odds_of_coalitions(model, batch, regions, torch.flatten(before, 0, 1)).double()
    gain = m.reshape(len(m), *before.shape[:2]).diff(dim=2)
    return torch.gather(gain, 2, place.expand(len(m), -1, -1)).mean(dim=1)


def agreements(values: Tensor, truth: Tensor) -> list[float]:
    pairs = zip(values.numpy(), truth.numpy(), strict=True)
    return [float(np.corrcoef(*pair)[0, 1]) for pair in pairs]


def forward_seconds(model: Model, batch: Batch) -> float:
    z, target = batch.z[:1].expand(ROWS, -1, -1).contiguous(), batch.target[:1].expand(ROWS)
    with torch.inference_mode():
        return statistics.median(
            timed(lambda: model.log_odds(z, target))[1] / ROWS for _ in range(15)
        )


def timed(call: Callable[[], Tensor]) -> tuple[Tensor, float]:
    start = time.process_time()
    found = call()
    return found, time.process_time() - start


if __name__ == "__main__":
    main()
