"""Score explanations: every recording with every metric, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Unpack

import pandas as pd
import torch

from xai_bench.errors import InputError
from xai_bench.methods import Batch, Method, find_methods
from xai_bench.methods.attribute import Explained, check_input, explain_batch, make_batch
from xai_bench.models import Model
from xai_bench.scoring import Engine
from xai_bench.scoring.engine.base import GivenMethod
from xai_bench.scoring.engine.loop import ScoringOptions, score_blocks
from xai_bench.types import Attributions, Recordings
from xai_bench.zoo import FAMILIES, Metric, Zoo

__all__ = ["score", "score_attributions", "score_methods"]


def score(
    model: Model,
    recordings: Recordings,
    attributions: Attributions | str,
    *,
    metrics: str | Metric | Iterable[str | Metric] = "all",
    seed: int = 0,
    engine: Engine = "auto",
    zoo: Zoo | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Scores in long form: record_id, patient_id, metric, score, status, reason, residual.

    attributions: of these recordings, or the name of a method that makes them. Those of a method
        that is not known here have no score from metrics that explain changed recordings.
    metrics: "all", names or families, a card that was loaded before, or some of each.
    engine: "quantus", "fast" or "auto": fast wherever a metric has a fast scorer.
    status: "ok"; "failed", when a metric is not defined for a recording; "invalid", when the
        attribution breaks the identity it promises, or the log-odds it explains are not finite.
        The score is then NaN and `reason` says why.
    residual: how far an attribution is from the sum it promises, see `Attributions`.
    zoo: where names of metrics are looked up; that of the package if not given.

    Raises UnknownNameError, CardError, InputError.
    """
    chosen = _metrics(metrics, zoo or Zoo())
    options = ScoringOptions(metrics=chosen, seed=seed, engine=engine, progress=progress)
    if isinstance(attributions, str):
        (method,) = find_methods([attributions])
        return score_methods(model, recordings, [method], **options)[method.name]
    tables = score_attributions(model, recordings, [attributions], **options)
    return tables[attributions.method]


def score_attributions(
    model: Model,
    recordings: Recordings,
    attributions: Sequence[Attributions],
    **options: Unpack[ScoringOptions],
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

    def explain(rows: slice) -> tuple[Batch, dict[str, Explained]]:
        # Any class that takes no pass to find; the attributions know theirs.
        batch = make_batch(model, recordings[rows], target=model.task.classes[0])
        target = torch.from_numpy(attributions[0].target[rows]).to(model.device)
        explained = {
            one.method: Explained(
                values=torch.from_numpy(one.values[rows]).to(model.device),
                log_odds=torch.from_numpy(one.log_odds[rows]).to(model.device),
                residual=torch.from_numpy(one.residual[rows]).to(model.device),
            )
            for one in attributions
        }
        return replace(batch, target=target), explained

    methods = [_method(one.method) for one in attributions]
    return score_blocks(model, recordings, methods, explain, **options)


def score_methods(
    model: Model,
    recordings: Recordings,
    methods: Iterable[Method],
    *,
    target: str = "predicted",
    **options: Unpack[ScoringOptions],
) -> dict[str, pd.DataFrame]:
    """Explain and score recordings with several methods of one model, a few at a time.

    What the methods share is computed once; memory does not grow with the number of recordings,
    but for the scores themselves. Tables as `score` makes them, by name of method.

    Raises CardError, UnknownNameError, and InputError for a method that cannot explain the model.
    """
    chosen, seed = list(methods), options.get("seed", 0)
    check_input(model, recordings)
    for method in chosen:
        if reason := method.unsupported(model, evidence=recordings.evidence is not None):
            raise InputError(f"model '{model.name}': {reason}")

    def explain(rows: slice) -> tuple[Batch, dict[str, Explained]]:
        batch = make_batch(model, recordings[rows], target=target)
        return batch, explain_batch(model, batch, chosen, recordings.record_id[rows], seed)

    return score_blocks(model, recordings, chosen, explain, **options)


def _metrics(metrics: str | Metric | Iterable[str | Metric], zoo: Zoo) -> list[Metric]:
    """The metrics asked for, once each, in the order of families; a card goes before its name."""
    chosen = [metrics] if isinstance(metrics, str | Metric) else list(metrics)
    names = ",".join(one for one in chosen if isinstance(one, str))
    found = {metric.name: metric for metric in (zoo.metrics(names) if names else ())}
    found |= {one.name: one for one in chosen if isinstance(one, Metric)}
    order = [*FAMILIES, *(one.family for one in found.values())]
    return sorted(found.values(), key=lambda one: (order.index(one.family), one.name))


def _method(name: str) -> Method:
    """The method of this name, or one of which no more than its attributions is known."""
    try:
        (method,) = find_methods([name])
    except InputError:
        return GivenMethod(name)
    return method
