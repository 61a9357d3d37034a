"""Score explanations: every recording with every metric, one row each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
import pandas as pd
import torch

from xai_bench.errors import InputError
from xai_bench.methods import Batch, Method, Methods, find_methods
from xai_bench.methods.attribute import Explained, check_input, explain_batch, make_batch
from xai_bench.methods.given import GivenMethod
from xai_bench.models import Model, check_model
from xai_bench.scoring import Engine, Metrics, find_metrics
from xai_bench.scoring.engine.loop import ScoringOptions, score_blocks
from xai_bench.types import Attributions, Recordings, check_recordings
from xai_bench.zoo import Zoo

__all__ = ["score", "score_attributions", "score_methods"]


def score(
    model: Model,
    recordings: Recordings,
    attributions: Attributions | Methods,
    *,
    target: str = "predicted",
    metrics: Metrics = "core",
    seed: int = 0,
    engine: Engine = "auto",
    zoo: Zoo | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Scores in long form: record_id, patient_id, metric, score, status, reason, residual,
    explained, label, log_odds, outcome.

    attributions: of these recordings, Attributions or an array (record, lead, time); or what makes
        them: a name, a Method, a function or a class of Captum, see `find_methods`. Those that are
        of no method that is known here have no score from metrics that explain anew.
    target: the class that is explained: "predicted", "label" or a name; Attributions know theirs.
    metrics: "core", "all", names or families, a card, a function or an instance of Quantus, or some
        of each, see `find_metrics`.
    engine: "quantus", "fast" or "auto": fast wherever a metric has a fast scorer.
    status: "ok"; "failed", when a metric is not defined for a recording; "invalid", when the
        attribution breaks the identity it promises, or the log-odds it explains are not finite.
        The score is then NaN and `reason` says why.
    residual: how far an attribution is from the sum it promises, see `Attributions`.
    explained, log_odds: the class that is explained, and its log-odds. label: the classes of the
        task that the recording is of, with a + between them; empty where that is not known.
    outcome: detected, missed, false alarm or true negative, see `Task.outcome`, or unknown.
    zoo: where names are looked up; that of the package if not given.

    Raises UnknownNameError, CardError, InputError.
    """
    check_model(model)
    check_recordings(recordings)
    zoo = zoo or Zoo()
    chosen = find_metrics(metrics, zoo)
    options = ScoringOptions(metrics=chosen, seed=seed, engine=engine, progress=progress)
    if isinstance(attributions, Attributions):
        tables = score_attributions(model, recordings, [attributions], **options)
        return tables[attributions.method]
    methods = find_methods(attributions, zoo, recordings)
    if len(methods) != 1:
        raise InputError(f"score takes one method at a time, not {len(methods)}; call it for each")
    (table,) = score_methods(model, recordings, methods, target=target, **options).values()
    return table


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
                values=torch.from_numpy(np.array(one.values[rows])).to(model.device),
                log_odds=torch.from_numpy(one.log_odds[rows]).to(model.device),
                residual=torch.from_numpy(one.residual[rows]).to(model.device),
            )
            for one in attributions
        }
        return replace(batch, target=target), explained

    methods = [_method(one, recordings) for one in attributions]
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


def _method(made: Attributions, recordings: Recordings) -> Method:
    """The method that made attributions, or one of which no more than these is known."""
    try:
        (method,) = find_methods([made.method])
    except InputError:
        values = torch.from_numpy(made.values)
        return GivenMethod(made.method, values, recordings.record_id, made)
    return method
