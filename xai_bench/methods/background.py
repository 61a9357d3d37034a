"""A few recordings that stand for all others, where a method needs some to compare with."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Int8
from torch import Tensor

from xai_bench.data import EMBEDDED, SYNTHETIC, load_data, open_source
from xai_bench.methods.base import Batch, Method, Pass, Reads
from xai_bench.models import Model
from xai_bench.tasks import Task
from xai_bench.types import Recordings

__all__ = ["BACKGROUND", "FromBackground", "background", "background_recordings"]
__all__ += ["background_waves"]

BACKGROUND = 16


def background(model: Model) -> Float[Tensor, "16 lead time"]:
    """Sixteen embedded recordings of fold 9, normalised; the classes of the task in turn.

    Always the same ones, whatever is explained, so that an attribution depends on nothing but its
    recording and its seed.
    """
    return model.normalise(torch.from_numpy(_recordings(model).signal))


class FromBackground(Method):
    """Attributions from all of the background: they sum to m(z) less the mean of m over it."""

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"]:
        logits = model.net(background(model))
        usual = [model.log_odds_of(logits, target).mean() for target in batch.target.tolist()]
        return passed[Reads.LOG_ODDS] - torch.stack(usual)


def background_waves(model: Model) -> Int8[Tensor, "16 time"]:
    """Index into WAVES for every sample of the background."""
    waves = _recordings(model).waves
    assert waves is not None, "synthetic recordings have waves"
    return torch.from_numpy(np.asarray(waves)).to(model.device)


def _recordings(model: Model) -> Recordings:
    return background_recordings(model.task, model.rate_hz, model.seconds)


@cache
def background_recordings(task: Task, rate_hz: float, seconds: float) -> Recordings:
    """The sixteen, of a task, in the form that a model reads."""
    return load_data(
        _data(task), n=BACKGROUND, split="validation", task=task, rate_hz=rate_hz, seconds=seconds
    )


def _data(task: Task) -> str:
    """The embedded data that have all classes of a task; the usual ones where none have."""
    for name in EMBEDDED:
        labels = open_source(name).index.labels or ()
        if set(task.classes) <= frozenset().union(*labels):
            return name
    return SYNTHETIC
