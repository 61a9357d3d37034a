"""KernelSHAP on a shared design against Captum's: cost at equal agreement with a reference.

The reference is another estimator of the same Shapley values, of draws of its own: the mean gain
of each region over 34 random orders and their reverses, 8228 coalitions. Agreement is the
correlation over the 120 regions, averaged over recordings. Costs are seconds of this process on
one core, divided by those of one forward pass of one recording. Writes
benchmarks/results/kernelshap_cpu.md; takes twelve minutes of a core.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import captum
import numpy as np
import torch
from captum.attr import KernelShap
from torch import Tensor

import xai_bench as xb
from xai_bench.methods import Batch
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.perturbation.masked_passes import log_odds_of_coalitions
from xai_bench.methods.perturbation.regions import Regions, divide
from xai_bench.methods.perturbation.shapley import KernelSHAP
from xai_bench.models import Model

SEGMENTS, ORDERS, ROWS = 10, 34, 8
RECORDINGS = {"resnet1d": 8}
COALITIONS = {"shared design": (256, 512, 1024), "Captum": (256, 512, 1024, 2048)}


@dataclass
class Side:
    """One estimator at one number of coalitions."""

    name: str
    coalitions: int
    agreement: float
    cost: float
    """Forward passes of one recording."""


def main() -> None:
    torch.set_num_threads(1)
    text = (
        "# KernelSHAP: shared design against Captum\n\n"
        f"`python benchmarks/kernelshap.py` on one of 2 shared CPU cores, {platform.machine()}, "
        f"torch {torch.__version__}, Captum {captum.__version__}, "
        f"Python {platform.python_version()}.\n\n"
        "120 regions, synthetic recordings. The reference is permutation sampling, "
        f"{ORDERS} orders and their reverses; its reliability is what its two halves say of the "
        "whole. Agreement: mean correlation with it. Cost: seconds of this process for one "
        "recording, in forward passes of one recording. Last column: Captum's cost at that "
        "agreement, interpolated in log cost, divided by this cost.\n"
    )
    for name, count in RECORDINGS.items():
        text += compare(name, count)
        (Path(__file__).parent / "results" / "kernelshap_cpu.md").write_text(text)
    print(text)


def compare(name: str, count: int) -> str:
    model = xb.load_model(name, device="cpu")
    recordings = xb.load_data("synthetic", split="test", n=count)
    batch = make_batch(model, recordings, target="predicted")
    regions = divide(f"grid-{SEGMENTS}", batch)
    halves = [reference(model, batch, regions, seed) for seed in (0, 1)]
    truth = (halves[0] + halves[1]) / 2
    half = agreement(*halves)
    estimators = {"shared design": shared, "Captum": by_captum}
    found = []
    for estimator, coalitions in ((e, n) for e, counts in COALITIONS.items() for n in counts):
        before = forward_seconds(model, batch)
        values, seconds = timed(partial(estimators[estimator], model, batch, regions, coalitions))
        unit = (before + forward_seconds(model, batch)) / 2
        found.append(Side(estimator, coalitions, agreement(values, truth), seconds / count / unit))
    return (
        f"\n## {name}, {count} recordings\n\nReliability of the reference "
        f"{2 * half / (1 + half):.3f}.\n\n" + table(found)
    )


def shared(model: Model, batch: Batch, regions: Regions, coalitions: int) -> Tensor:
    design = KernelSHAP.design(len(regions), coalitions)
    return log_odds_of_coalitions(model, batch, regions, design.kept).double() @ design.P.T


def by_captum(model: Model, batch: Batch, regions: Regions, coalitions: int) -> Tensor:
    rows = []
    for row in range(len(batch.z)):
        torch.manual_seed(row)
        with torch.inference_mode():
            values = KernelShap(model.log_odds).attribute(
                batch.z[row : row + 1],
                baselines=0.0,
                additional_forward_args=(batch.target[row : row + 1],),
                feature_mask=regions.index[row : row + 1],
                n_samples=coalitions,
                perturbations_per_eval=ROWS,
                return_input_shape=False,
            )
        rows.append(values.flatten())
    return torch.stack(rows).double()


def reference(model: Model, batch: Batch, regions: Regions, seed: int) -> Tensor:
    """Half of it: the mean gain of each region when it joins those before it in an order."""
    rng, count = np.random.default_rng(seed), len(regions)
    orders = np.stack([rng.permutation(count) for _ in range(ORDERS // 2)])
    place = torch.from_numpy(np.concatenate([orders, count - 1 - orders]))
    before = torch.arange(count + 1)[None, :, None] > place[:, None]
    m = log_odds_of_coalitions(model, batch, regions, torch.flatten(before, 0, 1)).double()
    gain = m.reshape(len(m), *before.shape[:2]).diff(dim=2)
    return torch.gather(gain, 2, place.expand(len(m), -1, -1)).mean(dim=1)


def agreement(values: Tensor, truth: Tensor) -> float:
    pairs = zip(values.numpy(), truth.numpy(), strict=True)
    return float(np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs]))


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


def table(found: list[Side]) -> str:
    captum_sides = [side for side in found if side.name == "Captum"]
    text = (
        "| estimator | coalitions | agreement | cost, forwards | times cheaper than Captum |\n"
        "|---|---|---|---|---|\n"
    )
    for side in found:
        ratio = "" if side.name == "Captum" else times_cheaper(side, captum_sides)
        text += f"| {side.name} | {side.coalitions} | {side.agreement:.3f} | {side.cost:.0f} | "
        text += f"{ratio} |\n"
    return text


def times_cheaper(side: Side, others: list[Side]) -> str:
    """A bound where the others do not reach from below to above the agreement of `side`."""
    agreements = [other.agreement for other in others]
    if side.agreement > max(agreements):
        return f"> {max(other.cost for other in others) / side.cost:.1f}"
    if side.agreement < min(agreements):
        return f"< {min(other.cost for other in others) / side.cost:.1f}"
    costs = np.interp(side.agreement, agreements, np.log([other.cost for other in others]))
    return f"{np.exp(costs) / side.cost:.1f}"


if __name__ == "__main__":
    main()
