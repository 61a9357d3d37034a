"""Score explanations: every recording with every metric, one row each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd
import torch

from xai_bench.errors import InputError
from xai_bench.methods import Batch, Method, find_methods
from xai_bench.methods.attribute import Explained, check_input, explain_batch, make_batch
from xai_bench.models import Model
from xai_bench.scoring import Engine
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.engine.loop import Loop, Progress
from xai_bench.types import Attributions, Recordings
from xai_bench.zoo import Metric, Zoo

__all__ = ["score", "score_attributions", "score_methods"]


def score(
    model: Model,
    recordings: Recordings,
    attributions: Attributions | str,
    *,
    metrics: str | Iterable[str] | Iterable[Metric] = "all",
    seed: int = 0,
    engine: Engine = "auto",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Scores in long form: record_id, patient_id, metric, score, status, reason, residual.

    attributions: of these recordings, or the name of a method that makes them.
    metrics: "all", names or families, or cards that were loaded before.
    engine: "quantus", "fast" or "auto": fast wherever a metric has a fast scorer.
    status: "ok"; "failed", when a metric is not defined for a recording; "invalid", when the
        attribution breaks the identity it promises. The score is then NaN and `reason` says why.
    residual: how far an attribution is from the sum it promises, see `Attributions`.

    Raises UnknownNameError, CardError, InputError.
    """
    cards = _cards(metrics)
    if isinstance(attributions, str):
        methods = find_methods(attributions)
        tables = score_methods(
            model, recordings, methods, metrics=cards, seed=seed, engine=engine, progress=progress
        )
        return tables[methods[0].name]
    tables = score_attributions(
        model,
        recordings,
        [attributions],
        metrics=cards,
        seed=seed,
        engine=engine,
        progress=progress,
    )
    return tables[attributions.method]


def score_attributions(
    model: Model,
    recordings: Recordings,
    attributions: Sequence[Attributions],
    *,
    metrics: Sequence[Metric],
    seed: int = 0,
    engine: Engine = "auto",
    forward: Forward | None = None,
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """Score attributions of the same recordings and targets, by several methods of one model.

    Tables as `score` makes them, by name of method. Raises CardError, InputError.
    """
    check_input(model, recordings)
    for one in attributions:
        if len(one.values) != len(recordings):
            raise InputError(
                f"{len(one.values)} attributions do not belong to {len(recordings)} recordings"
            )
        if (one.target != attributions[0].target).any():
            raise InputError("attributions of other targets cannot be scored together")

    def batch(rows: slice) -> Batch:
        # Any class that takes no pass to find; the attributions know theirs.
        made = make_batch(model, recordings[rows], target=model.task.classes[0])
        return replace(made, target=torch.from_numpy(attributions[0].target[rows]).to(model.device))

    def explain(rows: slice, _: Batch) -> dict[str, Explained]:
        explained = {}
        for one in attributions:
            values, log_odds, residual = (
                torch.from_numpy(part[rows]).to(model.device)
                for part in (one.values, one.log_odds, one.residual)
            )
            explained[one.method] = Explained(values=values, log_odds=log_odds, residual=residual)
        return explained

    loop = Loop(
        model=model,
        recordings=recordings,
        methods=tuple(find_methods(one.method for one in attributions)),
        seed=seed,
        forward=forward or Forward(model),
    )
    return loop.tables(metrics, engine, batch, explain, progress)


def score_methods(
    model: Model,
    recordings: Recordings,
    methods: Iterable[Method],
    *,
    metrics: Sequence[Metric],
    target: str = "predicted",
    seed: int = 0,
    engine: Engine = "auto",
    forward: Forward | None = None,
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """Explain and score recordings with several methods of one model, a few at a time.

    What the methods share is computed once; memory does not grow with the number of recordings,
    but for the scores themselves. Tables as `score` makes them, by name of method.

    Raises CardError, UnknownNameError, and InputError for a method that cannot explain the model.
    """
    chosen = tuple(methods)
    check_input(model, recordings)
    for method in chosen:
        if reason := method.unsupported(model, evidence=recordings.evidence is not None):
            raise InputError(f"model '{model.name}': {reason}")

    def batch(rows: slice) -> Batch:
        return make_batch(model, recordings[rows], target=target)

    def explain(rows: slice, made: Batch) -> dict[str, Explained]:
        return explain_batch(model, made, chosen, recordings.record_id[rows], seed)

    loop = Loop(
        model=model,
        recordings=recordings,
        methods=chosen,
        seed=seed,
        forward=forward or Forward(model),
    )
    return loop.tables(metrics, engine, batch, explain, progress)


def _cards(metrics: str | Iterable[str] | Iterable[Metric]) -> list[Metric]:
    chosen = [metrics] if isinstance(metrics, str) else list(metrics)
    loaded = [metric for metric in chosen if isinstance(metric, Metric)]
    return loaded or Zoo().metrics(",".join(str(name) for name in chosen))
