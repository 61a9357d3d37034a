"""Compared models whose similarities are known: closed forms and made-up recordings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from tests.closed_forms import closed_form
from tests.recordings import recordings
from xai_bench.methods import find_methods
from xai_bench.models import Model
from xai_bench.nets.base import Net
from xai_bench.studies.stability.batch_scores import BatchScores
from xai_bench.studies.stability.compared_model import ComparedModel
from xai_bench.types import Recordings

__all__ = ["Measured", "by_measure", "compared_model", "measured"]


def compared_model(
    net: Net | Model,
    methods: str,
    *,
    given: Recordings | None = None,
    seeds: tuple[Model, ...] | None = None,
    rivals: tuple[tuple[Model, ...], ...] = (),
    target: str = "predicted",
) -> ComparedModel:
    """Of five recordings with evidence, of three patients, if none are given."""
    model = net if isinstance(net, Model) else closed_form(net)
    return ComparedModel(
        model=model,
        seeds=seeds or (model,),
        rivals=rivals,
        methods=tuple(find_methods(methods)),
        recordings=given or recordings(5, evidence=True),
        target=target,
    )


class Measured(NamedTuple):
    """One measure of the scores of a batch."""

    method: str
    condition: str
    against: str
    level: float
    measure: str
    scores: np.ndarray
    reasons: tuple[str, ...]
    same_prediction: np.ndarray | None


def measured(parts: Iterable[BatchScores]) -> list[Measured]:
    return [
        Measured(
            *(part.method, part.condition, part.against, part.level),
            *(measure, one.scores, one.reasons, part.same_prediction),
        )
        for part in parts
        for measure, one in part.measures.items()
    ]


def by_measure(parts: Iterable[Measured], **of: object) -> dict[str, list[float]]:
    """Scores of all recordings by measure, of the parts that have these values."""
    found: dict[str, list[float]] = {}
    for part in parts:
        if all(getattr(part, name) == value for name, value in of.items()):
            found.setdefault(part.measure, []).extend(part.scores.tolist())
    return found
