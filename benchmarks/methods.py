"""Which method explains which model: it works, it cannot, or its residual.

Writes benchmarks/results/methods.md. `python benchmarks/methods.py [N]`: recordings of fold 10,
4 if not given; methods of five hundred forward passes and more see the first one only.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import numpy as np
import torch

import xai_bench as xb
from xai_bench.methods import METHODS, Method
from xai_bench.models import Model, load_model
from xai_bench.types import RESIDUAL_TOLERANCE, Recordings
from xai_bench.zoo import Zoo

COSTLY = (
    "kernelshap",
    "shapley-sampling",
    "permutation-shap",
    "lead-shapley",
    "temporal-shapley",
    "lime",
    "rise",
)

VARIANTS = ("imn-categorical", "imn-direct", "imn-lfr", "imn-sparse")
"""Costly methods are not run on these: they see nothing of a net but what it answers."""


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    recordings = xb.load_data("synthetic", task="norm_vs_mi", n=n)
    models = [
        load_model(name, device="cpu")
        for name in Zoo().model_folders()
        if "-seed" not in name and "-superclass" not in name
    ]
    methods = [method for method in METHODS.values() if not method.control]
    reasons: dict[str, str] = {}
    text = (
        "# Methods and models\n\n"
        f"`python benchmarks/methods.py {n}` on a CPU, torch {torch.__version__}, Python "
        f"{platform.python_version()}; n = {n} of fold 10, one recording for "
        f"{', '.join(COSTLY)}. A number is the residual of the sum that the method promises, "
        "see `Attributions.residual`, median (largest); works: it promises none; "
        f"*n invalid*: so many recordings beyond {RESIDUAL_TOLERANCE}; a letter: it cannot, for "
        "the reason below.\n\n"
        "| method | " + " | ".join(model.name for model in models) + " |\n"
        "| --- |" + " --- |" * len(models) + "\n"
    )
    for method in methods:
        few = recordings[:1] if method.name in COSTLY else recordings
        cells = [
            "not run"
            if method.name in COSTLY and model.name in VARIANTS
            else cell(method, model, few, reasons)
            for model in models
        ]
        text += f"| {method.name} | " + " | ".join(cells) + " |\n"
        print(method.name, *cells, flush=True)
    text += "\n" + "".join(f"- {letter}: {reason}\n" for reason, letter in reasons.items())
    remarks = {
        f"{method.name} of {model.name}: {method.remark(model)}"
        for model in models
        for method in methods
        if method.unsupported(model, evidence=True) is None and method.remark(model)
    }
    text += "\n" + "".join(f"- {remark}\n" for remark in sorted(remarks))
    (Path(__file__).parent / "results" / "methods.md").write_text(text)


def cell(method: Method, model: Model, recordings: Recordings, reasons: dict[str, str]) -> str:
    """What the table says of a pair; new reasons get the next letter."""
    if reason := method.unsupported(model, evidence=True):
        why = reason.removeprefix(f"{method.name} ")
        return reasons.setdefault(why, chr(ord("a") + len(reasons)))
    residual = xb.attribute(model, recordings, method).residual
    if np.isnan(residual).all():
        return "works"
    invalid = int((residual > RESIDUAL_TOLERANCE).sum())
    found = f"{np.median(residual):.0e} ({residual.max():.0e})"
    return f"{found}, *{invalid} invalid*" if invalid else found


if __name__ == "__main__":
    main()
