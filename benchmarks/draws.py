"""What a score owes to its draws: of random nets, of sets and noise of metrics, of methods' masks.

The share of the draws is their part of the variance of one recording's score. A draw of weights
that all recordings share is taken apart into what it does to all alike and the rest; where each
recording has its own, as in a run, both are a part of differences between recordings and of every
interval over them. Writes benchmarks/results/draws.md; fifteen minutes of a core.

    python benchmarks/draws.py
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

import xai_bench as xb
from xai_bench.memo import Memo
from xai_bench.methods import find_methods
from xai_bench.methods.attribute import explain_batch, make_batch
from xai_bench.models import Model, load_model
from xai_bench.randomness import seed_for
from xai_bench.scoring import Block, Case, build_scorer, find_metrics
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.randomisation import cascade
from xai_bench.scoring.metrics.randomisation.mprt import MPRT, EfficientMPRT
from xai_bench.scoring.score import score_methods
from xai_bench.stats import intraclass
from xai_bench.zoo import Zoo

Scored = Float[np.ndarray, "record draw"]

RANDOM_NETS = {
    "imn": "native,input-x-gradient,saliency,gradcam",
    "resnet1d": "input-x-gradient,saliency,gradcam",
}
NETS_OF, NETS_DRAWS = 8, 6
"""Recordings and draws."""

DRAWING = (
    "faithfulness_correlation",
    "sensitivity_n",
    "infidelity",
    "infidelity_scaled",
    "monotonicity_correlation",
    "relative_output_stability",
)
OTHERS = {"imn": "native,input-x-gradient,gradcam", "resnet1d": "input-x-gradient,gradcam"}
OTHERS_OF, OTHERS_SEEDS = 8, 4

MASKS = "rise,lime,kernelshap,shap,smoothgrad,vargrad,gradient-shap,expected-gradients"
MASKS_MODEL, MASKS_OF, MASKS_DRAWS = "resnet1d", 6, 3
NO_DRAWS = ("deletion", "relevance_mass")
"""Metrics that draw nothing: all that varies is the method's."""


def main() -> None:
    parts = [
        "# What scores owe to their draws\n\n"
        f"`python benchmarks/draws.py` on a CPU, torch {torch.__version__}, Python "
        f"{platform.python_version()}. Synthetic recordings of fold 10. Shares are of the variance "
        "of one recording's score, of recordings and draws, in percent.\n",
        *random_nets(),
        *other_draws(),
        *masks(),
    ]
    text = "".join(parts)
    (Path(__file__).parent / "results" / "draws.md").write_text(text)
    print(text)


def random_nets() -> Iterator[str]:
    draws = cast(MPRT, build_scorer(find_metrics("mprt", Zoo())[0])).draws
    yield (
        f"\n## Random nets\n\nThe first {NETS_OF} recordings under {NETS_DRAWS} cascades that all "
        "share. Means: of recordings, lowest and highest of the draws. sd: of recordings' means; "
        "of what a draw does to all recordings alike; of the rest. Share: of both parts of draws, "
        f"with one for each recording and with {draws} (the card).\n\n"
        "| metric | model | method | means | sd recordings | sd draws | sd rest | share, 1 draw | "
        f"share, {draws} draws | draws for a tenth |\n|---|---|---|---|---|---|---|---|---|---|\n"
    )
    for name, methods in RANDOM_NETS.items():
        for (metric, method), scores in shared_nets(
            load_model(name, device="cpu"), methods
        ).items():
            own, alike, rest = components(scores)
            drawn = alike + rest
            means = scores.mean(axis=0)
            few = f"{np.ceil(9 * drawn / own):.0f}" if own > drawn / 50 else "over 450"
            yield (
                f"| {metric} | {name} | {method} | {means.min():.3f} to {means.max():.3f} | "
                f"{own**0.5:.3f} | {alike**0.5:.3f} | {rest**0.5:.3f} | "
                f"{share(own, drawn):.0%} | {share(own, drawn / draws):.0%} | {few} |\n"
            ).replace("%", "")


def shared_nets(model: Model, methods: str) -> dict[tuple[str, str], Scored]:
    """Metric and method -> scores of one draw each, which is the same for all recordings."""
    recordings = xb.load_data("synthetic", task="norm_vs_mi", split="test", n=NETS_OF)
    chosen, forward = find_methods(methods), Forward(model, rows=8)
    batch = make_batch(model, recordings, target="predicted")
    block = Block(
        model=model,
        forward=forward,
        methods=tuple(chosen),
        seed=0,
        record_id=recordings.record_id,
        millivolt=torch.from_numpy(recordings.signal),
        batch=batch,
    )
    explained = explain_batch(model, batch, chosen, recordings.record_id, 0)
    one = {"draws": 1, "draws_of_many": 1, "many_passes": 8, "stages": 3}
    scorers = {"mprt": MPRT(**one), "efficient_mprt": EfficientMPRT(**one, bins=100)}
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    for draw in range(NETS_DRAWS):
        block.memo = Memo()
        made = Memo()

        def shared(seed: int, record_id: str, number: int, draw: int = draw) -> int:
            return seed_for(seed, "", f"cascade {draw}")

        with patch.object(cascade, "cascade_seed", shared), _made_once(made):
            for method in chosen:
                case = Case(block=block, method=method, attribution=explained[method.name].values)
                for metric, scorer in scorers.items():
                    scores = scorer.score(case).values.numpy()
                    found.setdefault((metric, method.name), []).append(scores)
    order = sorted(found, key=lambda key: key[0] != "mprt")
    return {key: np.stack(found[key], axis=1) for key in order}


@contextmanager
def _made_once(made: Memo) -> Iterator[None]:
    """A cascade of a seed is made once: here all recordings have the same."""
    whole = cascade.RandomisedLayers.cascade

    def once(layers: cascade.RandomisedLayers, seed: int) -> tuple[Model, ...]:
        nets: tuple[Model, ...] = made(seed, lambda: whole(layers, seed))
        return nets

    with patch.object(cascade.RandomisedLayers, "cascade", once):
        yield


def components(scores: Scored) -> tuple[float, float, float]:
    """Variances of recordings, of draws and of the rest (two-way random effects, by moments)."""
    records, draws = scores.shape
    of_record = scores.mean(axis=1) - scores.mean()
    of_draw = scores.mean(axis=0) - scores.mean()
    left = scores - scores.mean() - of_record[:, None] - of_draw[None]
    rest = float((left**2).sum() / ((records - 1) * (draws - 1)))
    own = max(float((of_record**2).sum() / (records - 1)) - rest / draws, 0.0)
    alike = max(float((of_draw**2).sum() / (draws - 1)) - rest / records, 0.0)
    return own, alike, rest


def share(own: float, drawn: float) -> float:
    return drawn / (own + drawn) if own + drawn else 0.0


def other_draws() -> Iterator[str]:
    yield (
        f"\n## Sets and noise of metrics\n\nAs their cards have them: {OTHERS_OF} recordings, "
        f"{OTHERS_SEEDS} seeds of a run. Pooled: of all recordings and methods of the model, one "
        "less the intraclass correlation, as the audit of metrics has it.\n\n"
        "| metric | model | pooled | each method |\n|---|---|---|---|\n"
    )
    for name, methods in OTHERS.items():
        model = load_model(name, device="cpu")
        seeds = {k: _scores(model, methods, DRAWING, OTHERS_OF, k) for k in range(OTHERS_SEEDS)}
        for metric in DRAWING:
            of_seeds = pd.concat({k: one[metric] for k, one in seeds.items()}, axis=1)
            each = "; ".join(
                f"{method} {1 - _own_share(_values(of_seeds.xs(method, level='method'))):.0%}"
                for method in methods.split(",")
            )
            pooled = 1 - _own_share(_values(of_seeds))
            yield f"| {metric} | {name} | {pooled:.0%} | {each} |\n".replace("%", "")


def masks() -> Iterator[str]:
    yield (
        f"\n## Masks, points and noise of methods\n\n{MASKS_MODEL}, {MASKS_OF} recordings, "
        f"{MASKS_DRAWS} seeds of a run; metrics that draw nothing. sd: over seeds, of one "
        "recording; of the mean of all.\n\n"
        "| method | metric | share | sd of a recording | sd of the mean |\n|---|---|---|---|---|\n"
    )
    model = load_model(MASKS_MODEL, device="cpu")
    drawn = {k: _scores(model, MASKS, NO_DRAWS, MASKS_OF, k) for k in range(MASKS_DRAWS)}
    for method in MASKS.split(","):
        for metric in NO_DRAWS:
            of_draws = pd.concat({k: one[metric] for k, one in drawn.items()}, axis=1)
            # Localisation has no score where nothing was planted.
            scores = of_draws.xs(method, level="method").dropna()
            if scores.empty:
                yield f"| {method} | {metric} | – | – | – |\n"
                continue
            values = _values(scores)
            within = float(values.var(axis=1, ddof=1).mean()) ** 0.5
            yield (
                f"| {method} | {metric} | {1 - _own_share(values):.0%} | {within:.4f} | "
                f"{values.mean(axis=0).std(ddof=1):.4f} |\n"
            ).replace("%", "")


def _scores(
    model: Model, methods: str, metrics: tuple[str, ...], n: int, seed: int
) -> pd.DataFrame:
    """A column for each metric; rows of (method, recording)."""
    tables: Mapping[str, pd.DataFrame] = score_methods(
        model,
        xb.load_data("synthetic", task="norm_vs_mi", split="test", n=n),
        find_methods(methods),
        metrics=find_metrics(",".join(metrics), Zoo()),
        seed=seed,
        forward=Forward(model, rows=8),
    )
    long = pd.concat(tables, names=["method"]).reset_index()
    return long.pivot(index=["method", "record_id"], columns="metric", values="score")


def _values(table: object) -> Scored:
    return np.asarray(table, np.float64)


def _own_share(scores: Scored) -> float:
    return min(intraclass(scores), 1.0)


if __name__ == "__main__":
    main()
