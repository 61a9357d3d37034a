"""Precision against passes: what a score owes to its draws, and curves of few shares to fewer.

Of metrics that draw: the standard deviation over seeds of a recording's score, and the draws' share
of the variance of scores between recordings, which is their share of the variance of a mean; on
fold 9, where numbers of sets were chosen. Of curves: scores of four shares against those of 24, on
fold 10. Writes benchmarks/results/passes.md.

    python benchmarks/passes.py
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import xai_bench as xb
from xai_bench.methods import find_methods
from xai_bench.models import Model, load_model
from xai_bench.scoring import Scorer, find_metrics
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.faithfulness.predicted_effect import (
    FaithfulnessCorrelation,
    FaithfulnessCorrelationQuantus,
    Infidelity,
)
from xai_bench.scoring.metrics.faithfulness.sample_removal import (
    Deletion,
    Insertion,
    PixelFlipping,
)
from xai_bench.scoring.score import score_methods
from xai_bench.stats.ranks import agreement
from xai_bench.zoo import Zoo

MODELS = {
    "resnet1d": "input-x-gradient,saliency,gradcam,ig-16,random,amplitude",
    "imn": "native,input-x-gradient,saliency,gradcam,random,amplitude",
}
SIZES = {"resnet1d": (8, 6), "imn": (4, 4)}
"""Recordings and seeds."""


def _few(sets: int) -> Scorer:
    return FaithfulnessCorrelation(sets=sets, size=600, sets_without_gradient=50)


def _regions(size: int, rounds: int = 1) -> Scorer:
    return Infidelity(
        regions="grid-20", size=size, scaled=True, rounds=rounds, rounds_without_gradient=4
    )


DRAWING: dict[str, tuple[int, Scorer]] = {
    "faithfulness correlation, 50 plain sets": (
        51,
        FaithfulnessCorrelationQuantus(sets=50, size=600),
    ),
    "faithfulness correlation, 6 sets": (9, _few(6)),
    "faithfulness correlation, 10 sets (the card)": (13, _few(10)),
    "faithfulness correlation, 24 sets": (27, _few(24)),
    "scaled infidelity, 48 sets of 5 regions": (51, _regions(5)),
    "scaled infidelity, 12 sets of 20 regions": (15, _regions(20)),
    "scaled infidelity, 24 sets of 20 regions (the card)": (27, _regions(20, 2)),
}
"""Design -> passes a recording, with m(z) and with both ways of the gradient, and its scorer."""

SHARES = {"four": (5, 20, 50, 75), "every": tuple(range(4, 100, 4))}
CURVES: dict[str, type[Deletion | Insertion | PixelFlipping]] = {
    "deletion": Deletion,
    "insertion": Insertion,
    "pixel flipping": PixelFlipping,
}


def main() -> None:
    models = {name: load_model(name, device="cpu") for name in MODELS}
    text = (
        "# Precision against passes\n\n"
        f"`python benchmarks/passes.py` on a CPU, torch {torch.__version__}, Python "
        f"{platform.python_version()}. "
        + "; ".join(
            f"{name}: {methods}, n = {SIZES[name][0]}, {SIZES[name][1]} seeds"
            for name, methods in MODELS.items()
        )
        + ".\n\n## Draws (fold 9)\n\nFor each method in that order: sd over seeds of a "
        "recording's score / the draws' share of the variance between recordings, in percent. All "
        "but the plain sets are beside the first-order prediction.\n\n"
        "| design | passes |" + "".join(f" {name} |" for name in models) + "\n|---|---|"
        "" + "---|" * len(models) + "\n"
    )
    drawn = {name: draws(model) for name, model in models.items()}
    for design, (passes, _) in DRAWING.items():
        cells = "".join(f" {found[design]} |" for found in drawn.values())
        text += f"| {design} | {passes} |{cells}\n"
    text += (
        "\n## Curves of four shares against 24 (fold 10)\n\nCorrelation over recordings and "
        "methods, mean and root mean square of the difference, Kendall's tau of the methods' "
        "means.\n\n| metric |" + "".join(f" {name} |" for name in models) + "\n|---|"
        "" + "---|" * len(models) + "\n"
    )
    curved = {name: curves(model) for name, model in models.items()}
    for metric in CURVES:
        text += f"| {metric} |" + "".join(f" {one[metric]} |" for one in curved.values()) + "\n"
    (Path(__file__).parent / "results" / "passes.md").write_text(text)
    print(text)


def scores(model: Model, split: str, given: Mapping[str, Scorer], seed: int) -> pd.DataFrame:
    """A column for each scorer; rows of (method, recording)."""
    tables = score_methods(
        model,
        xb.load_data("synthetic", task="norm_vs_mi", split=split, n=SIZES[model.name][0]),
        find_methods(MODELS[model.name]),
        metrics=find_metrics(dict(given), Zoo()),
        seed=seed,
        forward=Forward(model, rows=8),
    )
    long = pd.concat(tables, names=["method"]).reset_index()
    return long.pivot(index=["method", "record_id"], columns="metric", values="score")


def draws(model: Model) -> dict[str, str]:
    """Design -> sd and share for each method."""
    named = {f"design_{k}": scorer for k, (_, scorer) in enumerate(DRAWING.values())}
    seeds = {s: scores(model, "validation", named, s) for s in range(SIZES[model.name][1])}
    every = pd.concat(seeds, names=["seed"])
    found = {}
    for design, column in zip(DRAWING, named, strict=True):
        cells = []
        for method in MODELS[model.name].split(","):
            of_seed = every[column].xs(method, level="method").unstack("seed")
            within = float(of_seed.var(axis=1).mean())
            # The variance between means over seeds has a part of the draws' left in it.
            between = max(float(of_seed.mean(axis=1).var()) - within / of_seed.shape[1], 0.0)
            cells.append(f"{within**0.5:.3f}/{within / (within + between):.0%}")
        found[design] = " ".join(cells).replace("%", "")
    return found


def curves(model: Model) -> dict[str, str]:
    """Metric -> how four shares agree with 24."""
    named = {
        f"{kind.__name__}_{shares}": kind(percent=percent, offset=0.02)
        for kind in CURVES.values()
        for shares, percent in SHARES.items()
    }
    table = scores(model, "test", named, 0)
    found = {}
    for metric, kind in CURVES.items():
        few, every = (table[f"{kind.__name__}_{shares}"] for shares in SHARES)
        off = few - every
        means = [one.groupby("method").mean() for one in (few, every)]
        found[metric] = (
            f"{np.corrcoef([few, every])[0, 1]:.4f}, {off.mean():+.4f}, "
            f"{(off**2).mean() ** 0.5:.4f}, {agreement(*means):.2f}"
        )
    return found


if __name__ == "__main__":
    main()
