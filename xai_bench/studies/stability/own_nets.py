"""Recordings that are explained each under a net of its own, as one batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from xai_bench.methods import Method
from xai_bench.methods.attribute import Explained
from xai_bench.models import Model
from xai_bench.studies.base import Prediction, RecordingBatch, predict

__all__ = ["Answer", "answer_of", "together"]


class Answer(NamedTuple):
    """What a net makes of recordings."""

    explained: dict[str, Explained]
    """By method."""
    prediction: Prediction


def answer_of(model: Model, own: RecordingBatch, methods: Sequence[Method]) -> Answer:
    """Of the recordings, for the classes that are explained."""
    batch = own.batch
    return Answer(own.explain(model, methods, batch), predict(model, batch.z, batch.target))


def together(answers: Sequence[Answer]) -> Answer:
    """Of all recordings, from those of one each."""
    first = answers[0].explained
    return Answer(
        {
            method: Explained(
                values=torch.cat([one.explained[method].values for one in answers]),
                log_odds=torch.cat([one.explained[method].log_odds for one in answers]),
                residual=torch.cat([one.explained[method].residual for one in answers]),
            )
            for method in first
        },
        Prediction(
            classes=torch.cat([one.prediction.classes for one in answers]),
            log_odds=torch.cat([one.prediction.log_odds for one in answers]),
        ),
    )
