"""What bf16 passes of the scorers do to the scores: `--precision bf16` against float32.

Writes benchmarks/results/precision_<device>.md. Explanations are made in float32 on both sides.
"""

from __future__ import annotations

import platform
from pathlib import Path

import pandas as pd
import torch

import xai_bench as xb
from xai_bench.devices import Precision, pick_device
from xai_bench.methods import find_methods
from xai_bench.models import load_model
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Zoo

MODELS = {"resnet1d": "input-x-gradient,random", "imn": "native,random"}
PRECISIONS: tuple[Precision, Precision] = ("float32", "bf16")
RECORDINGS = {"cpu": 1, "cuda": 64}
"""Few on a CPU without instructions for bf16, where it takes eight times as long."""


def main() -> None:
    device = pick_device()
    found = {name: compare(name, methods, device) for name, methods in MODELS.items()}
    text = (
        "# Scores with bf16 passes\n\n"
        f"`python benchmarks/precision.py` on {device.type}, torch {torch.__version__}, Python "
        f"{platform.python_version()}; n = {RECORDINGS[device.type]} of fold 10. Largest "
        "|bf16 - float32| over recordings and methods, beside the standard deviation of the "
        "float32 scores. "
        + "; ".join(f"{name}: {methods}" for name, methods in MODELS.items())
        + ". Metrics that ask the net nothing are left out.\n\n| metric |"
        + "".join(f" {name} | (sd) |" for name in found)
        + "\n|---|"
        + "---|---|" * len(found)
        + "\n"
    )
    for metric in next(iter(found.values())).index:
        row = "".join(f" {t.off[metric]:.1e} | {t.sd[metric]:.1e} |" for t in found.values())
        text += f"| {metric} |{row}\n"
    (Path(__file__).parent / "results" / f"precision_{device.type}.md").write_text(text)
    print(text)


def compare(name: str, methods: str, device: torch.device) -> pd.DataFrame:
    """For each metric the largest difference, and the spread of the scores."""
    model = load_model(name, device=device)
    recordings = xb.load_data("synthetic", task="norm_vs_mi", n=RECORDINGS[device.type])
    asks_the_net = ("faithfulness", "axiomatic")
    cards = [metric for metric in Zoo().every_metric() if metric.family in asks_the_net]
    exact, rounded = (
        pd.concat(
            score_methods(
                model,
                recordings,
                find_methods(methods),
                metrics=cards,
                target="MI",
                forward=Forward(model, precision=precision, rows=8),
            )
        )
        for precision in PRECISIONS
    )
    off = (exact["score"] - rounded["score"]).abs().groupby(exact["metric"]).max()
    return pd.DataFrame({"off": off, "sd": exact.groupby("metric")["score"].std()}).dropna()


if __name__ == "__main__":
    main()
