"""A few recordings that stand for all others, where a method needs some to compare with."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from jaxtyping import Float, Int8
from torch import Tensor

from xai_bench.data import EMBEDDED, SYNTHETIC, load_data, open_source
from xai_bench.errors import InputError
from xai_bench.methods.base import Batch, Method, Pass, Reads
from xai_bench.models import Model
from xai_bench.tasks import Task
from xai_bench.types import LEADS, Recordings

__all__ = ["BACKGROUND", "FromBackground", "background", "background_recordings"]
__all__ += ["background_waves", "no_background"]

BACKGROUND = 16


def background(model: Model) -> Float[Tensor, "16 lead time"]:
    """Sixteen embedded recordings of fold 9 with the leads that the model reads, normalised; the
    classes of the task in turn.

    Always the same ones, whatever is explained, so that an attribution depends on nothing but its
    recording and its seed.
    """
    return model.normalise(torch.from_numpy(_recordings(model).signal))


class FromBackground(Method):
    """Attributions from all of the background: they sum to m(z) less the mean of m over it."""

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        return super().unsupported(model, evidence=evidence) or no_background(model) or None

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
    return background_recordings(model.task, model.rate_hz, model.seconds, model.leads)


@cache
def background_recordings(
    task: Task, rate_hz: float, seconds: float, leads: tuple[str, ...] = LEADS
) -> Recordings:
    """The sixteen, of a task, in the form that a model reads. Raises InputError, see
    `no_background`."""
    data = _embedded(task, seconds, leads)
    if data is None:
        raise InputError(_NONE.format(leads=", ".join(leads), seconds=f"{seconds:g}"))
    return load_data(
        data,
        n=BACKGROUND,
        split="validation",
        task=task,
        rate_hz=rate_hz,
        seconds=seconds,
        leads=leads,
    )


_NONE = "no embedded data have recordings of {leads} and {seconds} s to compare with"


def no_background(model: Model) -> str:
    """Why there are no recordings to compare with, of what a model reads; "" where there are."""
    if _embedded(model.task, model.seconds, model.leads) is not None:
        return ""
    return _NONE.format(leads=", ".join(model.leads), seconds=f"{model.seconds:g}")


def _embedded(task: Task, seconds: float, leads: tuple[str, ...]) -> str | None:
    """The embedded data that have these leads, if any do: of that length and with all classes of
    the task before others."""
    wanted = {lead.casefold() for lead in leads}
    able = {
        name: one
        for name, one in EMBEDDED.items()
        if wanted <= {lead.casefold() for lead in one.leads}
    }
    of_length = [name for name, one in able.items() if one.form.seconds == seconds]
    with_classes = [name for name in of_length if _has_classes(name, task)]
    usual = [name for name in able if name == SYNTHETIC]
    return next(iter([*with_classes, *of_length, *usual]), None)


def _has_classes(name: str, task: Task) -> bool:
    labels = open_source(name).index.labels or ()
    return set(task.classes) <= frozenset().union(*labels)
