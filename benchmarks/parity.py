"""Every fast scorer against Quantus: identical draws, recording by recording, both architectures.

`make parity`. Writes benchmarks/results/parity.md and ends with 1 if a card promises more than was
found. Grad-CAM and controls with equal values are not compared: where attributions are equal the
fast scorers perturb in a seeded order and Quantus in that of its sorting routine.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import xai_bench as xb
from xai_bench.methods import find_methods
from xai_bench.models import load_model
from xai_bench.report.progress_bar import progress
from xai_bench.scoring import Engine
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Metric, Zoo

MODELS = {
    "resnet1d": "input-x-gradient,saliency,ig,random",
    "imn": "native,input-x-gradient,saliency,ig,random",
}
RECORDINGS = 4


def main() -> None:
    cards = [metric for metric in Zoo().every_metric() if metric.card.fast is not None]
    found = {model: differences(model, methods, cards) for model, methods in MODELS.items()}
    text = render(cards, found)
    (Path(__file__).parent / "results" / "parity.md").write_text(text)
    print(text)
    broken = [
        f"{metric.name} on {model}: {worst[metric.name]:.1e}"
        for model, worst in found.items()
        for metric in cards
        if metric.card.fast and not worst[metric.name] <= metric.card.fast.tolerance
    ]
    sys.exit("beyond their cards' tolerance: " + "; ".join(broken) if broken else 0)


def differences(name: str, methods: str, cards: list[Metric]) -> dict[str, float]:
    """The largest difference of each metric, relative to max(1, |score|); inf where one side has a
    score and the other none."""
    model = load_model(name, device="cpu")
    recordings = xb.load_data("synthetic", n=RECORDINGS)
    tables = {}
    engines: tuple[Engine, ...] = ("quantus", "fast")
    for engine in engines:
        with progress() as tell:

            def told(k: int, total: int, step: str = f"{name}: {engine}") -> None:
                tell(step, k, total)

            scored = score_methods(
                model,
                recordings,
                find_methods(methods),
                metrics=cards,
                engine=engine,
                forward=Forward(model, rows=8),
                progress=told,
            )
        tables[engine] = pd.concat(scored, names=["method"]).set_index("metric", append=True)
    stock, fast = (tables[engine]["score"] for engine in engines)
    relative = (stock - fast).abs() / stock.abs().clip(lower=1)
    relative[stock.isna() != fast.isna()] = np.inf
    return {str(k): float(v) for k, v in relative.groupby("metric").max().items()}


def render(cards: list[Metric], found: dict[str, dict[str, float]]) -> str:
    text = (
        "# Parity with Quantus\n\n"
        f"`make parity` on a CPU, torch {torch.__version__}, Python {platform.python_version()}; "
        f"{RECORDINGS} recordings of fold 10. Largest difference over recordings and methods, "
        "relative to max(1, |score|). "
        + "; ".join(f"{model}: {methods}" for model, methods in MODELS.items())
        + ".\n\n| metric | "
        + " | ".join(found)
        + " | tolerance |\n|---|"
        + "---|" * (len(found) + 1)
        + "\n"
    )
    for metric in cards:
        assert metric.card.fast is not None
        worst = " | ".join(f"{one[metric.name]:.1e}" for one in found.values())
        text += f"| {metric.name} | {worst} | {metric.card.fast.tolerance:.0e} |\n"
    return text


if __name__ == "__main__":
    main()
