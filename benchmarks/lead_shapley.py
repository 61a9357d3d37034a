"""How far sampled SHAP values of leads are from the exact ones, by the number of samples.

The game of a recording has 12 players and 4096 coalitions, and its values are computed once, all of
them: what any sampling of coalitions would have found follows from them and takes no pass. Exact
values are those of `lead-shapley`. Of gradient methods, which ask another question, the sums over
leads are compared with the same values.

Writes benchmarks/results/lead_shapley.csv, lead_shapley.md and lead_shapley.png; two minutes of a
core.

    python benchmarks/lead_shapley.py
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float64
from matplotlib.figure import Figure

import xai_bench as xb
from xai_bench.methods import METHODS, Batch
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.perturbation.coalitions import (
    all_coalitions,
    balanced_coalitions,
    shapley_regression,
)
from xai_bench.methods.perturbation.masked_passes import log_odds_of_coalitions
from xai_bench.methods.perturbation.regions import divide
from xai_bench.models import Model
from xai_bench.randomness import seed_for
from xai_bench.report.figures.style import HIGH, INK, LOW, open_axes
from xai_bench.report.figures.write_figure import write_figure
from xai_bench.results import to_csv
from xai_bench.stats import statistic_interval
from xai_bench.storage import write_file
from xai_bench.types import LEADS, Recordings

MODEL, DATA, RECORDINGS = "cnn-lstm", "synthetic-tachycardia", 32
BUDGETS = (24, 50, 100, 200, 500, 1000, 2000)
"""Coalitions. Captum's KernelShap draws 25 where nothing is said, Lundberg's `shap` of 12 players
2072; what the paper drew is not known."""
GRADIENTS = ("gradient-shap", "ig-16")
RESULTS = Path(__file__).parent / "results"
PLAYERS = len(LEADS)
_NAMES = {
    "kernelshap": "KernelSHAP, drawn by the Shapley kernel",
    "kernelshap-paired": "the same, each with its complement",
    "balanced": "KernelSHAP, a balanced design (ours)",
    "permutation": "orders and their reverses",
}
_LOOKS = {
    "kernelshap": (LOW, "o"),
    "kernelshap-paired": ("#CC79A7", "s"),
    "balanced": (HIGH, "D"),
    "permutation": ("#009E73", "^"),
}

Values = Float64[np.ndarray, " lead"]
Game = Float64[np.ndarray, " coalition"]
"""The value of each coalition; bit i of its number says whether lead i is kept."""
Kept = Bool[np.ndarray, "coalition lead"]


def main() -> None:
    torch.set_num_threads(1)
    model = xb.load_model(MODEL, device="cpu")
    recordings = one_a_patient(
        xb.load_data(DATA, split="test", task=model.task, rate_hz=model.rate_hz)
    )
    batch = make_batch(model, recordings, target="VT")
    games = every_coalition(model, batch)
    design = all_coalitions(PLAYERS)
    exact = games @ design.P.numpy().T
    rows = [
        *errors(games, exact, recordings),
        *of_gradients(model, batch, exact, recordings),
        *importance(exact, recordings),
    ]
    table = pd.DataFrame(rows)
    write_file(RESULTS / "lead_shapley.csv", to_csv(table))
    write_file(RESULTS / "lead_shapley.md", page(table))
    write_file(RESULTS / "lead_shapley.png", drawn(table))
    print(page(table))


def one_a_patient(recordings: Recordings) -> Recordings:
    """The first of each, and so many of them."""
    first = dict(reversed([(name, row) for row, name in enumerate(recordings.patient_id)]))
    return recordings[sorted(first.values())[:RECORDINGS]]


def every_coalition(model: Model, batch: Batch) -> Float64[np.ndarray, "record coalition"]:
    regions = divide("leads", batch)
    kept = all_coalitions(PLAYERS).kept
    return log_odds_of_coalitions(model, batch, regions, kept).double().numpy()


def errors(
    games: Float64[np.ndarray, "record coalition"],
    exact: Float64[np.ndarray, "record lead"],
    recordings: Recordings,
) -> Iterator[dict[str, object]]:
    """Of each estimator and budget."""
    for name in _NAMES:
        for budget in BUDGETS:
            found = np.stack(
                [
                    estimate(name, game, budget, np.random.default_rng(seed_for(0, record, name)))
                    for game, record in zip(games, recordings.record_id, strict=True)
                ]
            )
            yield from compared(name, budget, found, exact, recordings)


def compared(
    name: str,
    passes: int,
    found: Float64[np.ndarray, "record lead"],
    exact: Float64[np.ndarray, "record lead"],
    recordings: Recordings,
) -> Iterator[dict[str, object]]:
    """Three ways of being right, the mean of each over recordings."""
    error = np.abs(found - exact).sum(axis=1) / np.abs(exact).sum(axis=1)
    top = np.abs(found).argmax(axis=1) == np.abs(exact).argmax(axis=1)
    pairs = zip(found, exact, strict=True)
    correlation = np.array([np.corrcoef(*pair)[0, 1] for pair in pairs])
    for what, values in (("error", error), ("correlation", correlation), ("top lead", top)):
        yield row_of(what, name, passes, values.astype(float), recordings.patient_id)


def row_of(
    what: str, name: str, passes: int, values: Float64[np.ndarray, " record"], who: tuple[str, ...]
) -> dict[str, object]:
    low, high = statistic_interval(values, who, "mean")
    facts = {"what": what, "name": name, "passes": passes, "value": float(values.mean())}
    return facts | {"low": low, "high": high, "n": len(values)}


def estimate(name: str, game: Game, budget: int, rng: np.random.Generator) -> Values:
    """Values of leads from about `budget` coalitions of a game."""
    if name == "permutation":
        return from_orders(game, budget, rng)
    if name == "balanced":
        half = balanced_coalitions(PLAYERS, budget, rng)
        design = shapley_regression(torch.from_numpy(half))
        return np.asarray(design.P.numpy() @ game[number(design.kept.numpy())])
    if name == "kernelshap-paired":
        drawn = by_kernel(rng, budget // 2)
        return regression(game, np.concatenate([drawn, ~drawn]))
    return regression(game, by_kernel(rng, budget))


def number(kept: Kept) -> np.ndarray:
    """Of each coalition, in the order of `all_coalitions`."""
    return np.asarray(kept @ (1 << np.arange(PLAYERS)))


def by_kernel(rng: np.random.Generator, count: int) -> Kept:
    """Coalitions drawn with the weight of the Shapley kernel (Lundberg and Lee 2017)."""
    sizes = np.arange(1, PLAYERS)
    weight = 1 / (sizes * (PLAYERS - sizes))
    size = rng.choice(sizes, p=weight / weight.sum(), size=count)
    return np.asarray(rng.random((count, PLAYERS)).argsort(axis=1).argsort(axis=1) < size[:, None])


def regression(game: Game, kept: Kept) -> Values:
    """Least squares of what was drawn, with values that sum to that of all leads less of none."""
    none, every = game[0], game[-1]
    X = kept[:, :-1].astype(float) - kept[:, -1:]
    y = game[number(kept)] - none - kept[:, -1] * (every - none)
    first = np.linalg.lstsq(X, y, rcond=None)[0]
    return np.append(first, every - none - first.sum())


def from_orders(game: Game, budget: int, rng: np.random.Generator) -> Values:
    """The mean gain over orders and their reverses, each of which takes 11 coalitions."""
    half = [rng.permutation(PLAYERS) for _ in range(max(1, budget // (2 * (PLAYERS - 1))))]
    total = np.zeros(PLAYERS)
    for order in [*half, *(one[::-1] for one in half)]:
        total[order] += np.diff(game[np.concatenate([[0], np.cumsum(1 << order)])])
    return np.asarray(total / (2 * len(half)))


def of_gradients(
    model: Model, batch: Batch, exact: Float64[np.ndarray, "record lead"], recordings: Recordings
) -> Iterator[dict[str, object]]:
    for name in GRADIENTS:
        method = METHODS[name]
        seeds = tuple(seed_for(0, record, name) for record in recordings.record_id)
        seeded = replace(batch, seeds=seeds)
        found = method.attribute(model, seeded).double().sum(dim=2).numpy()
        yield from compared(name, method.passes or 0, found, exact, recordings)


def importance(
    exact: Float64[np.ndarray, "record lead"], recordings: Recordings
) -> Iterator[dict[str, object]]:
    """The mean |value| of each lead, in log-odds, of the recordings of a class."""
    assert recordings.labels is not None
    for name in ("VT", "SVT"):
        rows = np.array([name in labels for labels in recordings.labels])
        who = tuple(np.array(recordings.patient_id)[rows].tolist())
        for lead, values in zip(LEADS, np.abs(exact[rows]).T, strict=True):
            yield row_of(f"importance {name}", lead, 4096, values, who)


def page(table: pd.DataFrame) -> str:
    n = int(table[table.what == "error"].n.max())
    text = (
        "# Shapley values of leads: sampled against exact\n\n"
        f"`python benchmarks/lead_shapley.py`: {MODEL}, {n} recordings of as many patients of "
        f"fold 10 of {DATA}, target VT. Exact values are of all 4096 coalitions. Error: sum of "
        "absolute errors over the sum of absolute values. Means over recordings with their 95 % "
        "intervals.\n\n"
        "| estimator | coalitions | error | correlation | same top lead |\n|---|---|---|---|---|\n"
    )
    of_error = table[table.what.isin(["error", "correlation", "top lead"])]
    for (name, passes), rows in of_error.groupby(["name", "passes"], sort=False):
        text += f"| {_NAMES.get(str(name), name)} | {passes} | {cells(rows)} |\n"
    text += "\nOf the gradient methods, passes forward and back: sums over leads.\n\n"
    text += "## Mean |value| of a lead, log-odds\n\n| lead | VT | SVT |\n|---|---|---|\n"
    of_lead = table[table.what.str.startswith("importance")]
    for lead in LEADS:
        text += f"| {lead} | {cells(of_lead[of_lead.name == lead])} |\n"
    return text


def cells(rows: pd.DataFrame) -> str:
    each = zip(rows["value"], rows["low"], rows["high"], strict=True)
    return " | ".join(f"{value:.3f} [{low:.3f}, {high:.3f}]" for value, low, high in each)


def drawn(table: pd.DataFrame) -> bytes:
    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    of_error = table[table.what == "error"]
    for name, (colour, marker) in _LOOKS.items():
        rows = of_error[of_error.name == name]
        left.errorbar(
            rows["passes"],
            rows["value"],
            yerr=reach(rows),
            color=colour,
            marker=marker,
            label=_NAMES[name],
        )
    for name, line in zip(GRADIENTS, ("--", ":"), strict=True):
        value = float(of_error[of_error.name == name]["value"].iloc[0])
        left.axhline(value, color=INK, linestyle=line, linewidth=1, label=f"{name}, sums")
    left.set(xscale="log", yscale="log", xlabel="coalitions of 4096", ylabel="relative error")
    left.set_title("Sampled values against exact ones", fontsize=10, loc="left")
    left.set_ylim(bottom=0.008)
    left.legend(fontsize=7, frameon=False, loc="lower left")
    place = np.arange(PLAYERS)
    for name, colour, shift in (("VT", LOW, -0.2), ("SVT", HIGH, 0.2)):
        rows = table[table.what == f"importance {name}"]
        bars = rows["value"]
        right.bar(place + shift, bars, 0.38, yerr=reach(rows), color=colour, label=name)
    right.set_xticks(place, LEADS)
    right.set(ylabel="mean |value|, log-odds")
    right.set_title("What each lead counts for", fontsize=10, loc="left")
    right.legend(fontsize=8, frameon=False)
    for axes in (left, right):
        open_axes(axes)
    right.tick_params(axis="x", labelsize=8)
    png = io.BytesIO()
    write_figure(figure, png, format="png", dpi=110)
    return png.getvalue()


def reach(rows: pd.DataFrame) -> Float64[np.ndarray, "2 row"]:
    """Of intervals, below and above the value."""
    value = rows["value"].to_numpy()
    return np.stack([value - rows["low"].to_numpy(), rows["high"].to_numpy() - value])


if __name__ == "__main__":
    main()
