"""What a score owes to its draws: of random nets, of sets and noise of metrics, of methods' masks.

Writes scores of the same recordings under several draws, benchmarks/results/draws.csv, and of what
they are, draws.json; `python -m tools.pages` makes of them draws.md and what docs/leaderboard.md
says of draws. Random nets are shared by all recordings of a draw, so that what a draw does to all
of them alike is seen apart; in a run each recording has nets of its own. About twenty minutes of a
core.

    python benchmarks/draws.py && python -m tools.pages
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

import xai_bench as xb
from xai_bench.memo import Memo
from xai_bench.methods import METHODS, find_methods
from xai_bench.methods.attribute import explain_batch, make_batch
from xai_bench.models import Model, load_model
from xai_bench.randomness import seed_for
from xai_bench.results import to_csv
from xai_bench.scoring import Block, Case, build_scorer, find_metrics
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.randomisation import cascade
from xai_bench.scoring.metrics.randomisation.mprt import MPRT, EfficientMPRT
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Zoo

Scored = Float[np.ndarray, "record draw"]

RECORDINGS = 8

RANKED = {
    "imn": "native,native-centred,input-x-gradient,ig-16,saliency,gradcam",
    "resnet1d": "input-x-gradient,ig-16,saliency,gradcam,hirescam,guided-gradcam,deeplift,"
    "lrp-epsilon",
}
"""What docs/leaderboard.md ranks."""
NETS_DRAWS = 6

RANKING = ("faithfulness_correlation", "sensitivity_n", "infidelity", "infidelity_scaled")
"""Metrics that draw sets which all methods share, and whose every method costs little."""
OTHERS = ("monotonicity_correlation", "relative_output_stability")
FEW = {"imn": "native,input-x-gradient,gradcam", "resnet1d": "input-x-gradient,gradcam"}
"""Methods that the others are asked of: each costs passes of its own."""
SEEDS = 4

MASKS = "rise,lime,kernelshap,shap,smoothgrad,vargrad,gradient-shap"
"""Methods that draw; expected-gradients does not: it integrates from all of its background."""
MASKS_MODEL, MASKS_DRAWS = "resnet1d", 3
NO_DRAWS = ("deletion", "relevance_mass")
"""Metrics that draw nothing: all that varies is the method's."""

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    table = pd.DataFrame([*random_nets(), *metric_draws(), *method_draws()])
    (RESULTS / "draws.csv").write_text(to_csv(table))
    card = _card()
    facts = {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "draws": card.draws,
        "draws_of_many": card.draws_of_many,
        "many_passes": card.many_passes,
        "masks_model": MASKS_MODEL,
    }
    (RESULTS / "draws.json").write_text(json.dumps(facts, indent=1) + "\n")


def _card() -> MPRT:
    return cast(MPRT, build_scorer(find_metrics("mprt", Zoo())[0]))


def _rows(
    source: str, metric: str, model: str, method: str, scores: pd.DataFrame, used: int
) -> Iterator[dict[str, Any]]:
    """A row for each recording. used: how many draws the score of a run is the mean of."""
    names = [f"draw_{k}" for k in range(scores.shape[1])]
    for record, values in zip(scores.index, scores.to_numpy(np.float64), strict=True):
        yield {
            "source": source,
            "metric": metric,
            "model": model,
            "method": method,
            "record_id": record,
            "used": used,
            **{name: float(f"{value:.6g}") for name, value in zip(names, values, strict=True)},
        }


def random_nets() -> Iterator[dict[str, Any]]:
    card = _card()
    for name, methods in RANKED.items():
        nets = shared_nets(load_model(name, device="cpu"), methods)
        for (metric, method), scores in nets.items():
            passes = METHODS[method].passes
            few = passes is not None and passes < card.many_passes
            used = card.draws if few else card.draws_of_many
            yield from _rows("random nets", metric, name, method, scores, used)


def shared_nets(model: Model, methods: str) -> dict[tuple[str, str], pd.DataFrame]:
    """Metric and method -> scores of one draw each, which is the same for all recordings."""
    recordings = xb.load_data("synthetic", task="norm_vs_mi", split="test", n=RECORDINGS)
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
        print(f"{model.name}: random net {draw + 1} of {NETS_DRAWS}", flush=True)
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
    return {
        key: pd.DataFrame(np.stack(found[key], axis=1), index=list(recordings.record_id))
        for key in order
    }


@contextmanager
def _made_once(made: Memo) -> Iterator[None]:
    """A cascade of a seed is made once: here all recordings have the same."""
    whole = cascade.RandomisedLayers.cascade

    def once(layers: cascade.RandomisedLayers, seed: int) -> tuple[Model, ...]:
        nets: tuple[Model, ...] = made(seed, lambda: whole(layers, seed))
        return nets

    with patch.object(cascade.RandomisedLayers, "cascade", once):
        yield


def metric_draws() -> Iterator[dict[str, Any]]:
    for asked, metrics in ((RANKED, RANKING), (FEW, OTHERS)):
        for name, methods in asked.items():
            model = load_model(name, device="cpu")
            seeds = {k: _scores(model, methods, metrics, k) for k in range(SEEDS)}
            yield from _of_seeds("metric", name, methods, metrics, seeds)


def method_draws() -> Iterator[dict[str, Any]]:
    model = load_model(MASKS_MODEL, device="cpu")
    seeds = {k: _scores(model, MASKS, NO_DRAWS, k) for k in range(MASKS_DRAWS)}
    yield from _of_seeds("method", MASKS_MODEL, MASKS, NO_DRAWS, seeds)


def _of_seeds(
    source: str, model: str, methods: str, metrics: tuple[str, ...], seeds: dict[int, pd.DataFrame]
) -> Iterator[dict[str, Any]]:
    for metric in metrics:
        # Localisation has no score where nothing was planted.
        of_seeds = pd.concat({k: one[metric] for k, one in seeds.items()}, axis=1).dropna()
        for method in methods.split(","):
            scores = of_seeds[of_seeds.index.get_level_values("method") == method]
            scores = scores.droplevel("method")
            yield from _rows(source, metric, model, method, scores, 1)


def _scores(model: Model, methods: str, metrics: tuple[str, ...], seed: int) -> pd.DataFrame:
    """A column for each metric; rows of (method, recording)."""
    print(f"{model.name}: {', '.join(metrics)}, seed {seed}", flush=True)
    tables: Mapping[str, pd.DataFrame] = score_methods(
        model,
        xb.load_data("synthetic", task="norm_vs_mi", split="test", n=RECORDINGS),
        find_methods(methods),
        metrics=find_metrics(",".join(metrics), Zoo()),
        seed=seed,
        forward=Forward(model, rows=8),
    )
    long = pd.concat(tables, names=["method"]).reset_index()
    return long.pivot(index=["method", "record_id"], columns="metric", values="score")


if __name__ == "__main__":
    main()
