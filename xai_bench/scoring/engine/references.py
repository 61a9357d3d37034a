"""Recordings of a run that others are compared with, and what methods say of them, made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TypeVar, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.memo import Memo
from xai_bench.methods import Batch, Method, explain_together
from xai_bench.methods.attribute import make_batch, recording_seeds
from xai_bench.models import Model
from xai_bench.randomness import seeds_for
from xai_bench.tasks import Task
from xai_bench.types import Recordings

__all__ = ["NO_CLASS", "References", "classes_of"]

Made = TypeVar("Made")

NO_CLASS = -1
"""Of a recording that is in no class of the task."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class References:
    """The first recordings of a run, in which the classes of the task take turns.

    They are the same for every recording, block, worker and method, so that a score depends on
    nothing but its recording and them.
    """

    model: Model
    recordings: Recordings
    seed: int
    """The run's."""
    memo: Memo
    """That of the whole run, see `Forward`."""

    def __len__(self) -> int:
        return len(self.recordings)

    @property
    def batch(self) -> Batch:
        """As the model reads them; their targets are set where they are explained."""
        first = self.model.task.classes[0]
        return self._once("batch", lambda: make_batch(self.model, self.recordings, target=first))

    @property
    def classes(self) -> Int64[Tensor, " reference"]:
        """The class of each, NO_CLASS where it has none; the predicted one where none is known."""
        known = classes_of(self.recordings, self.model.task)
        if known is not None:
            return known.to(self.model.device)
        return self._once("predicted", lambda: self.model.predicted(self.batch.z))

    def explained(self, method: Method, target: int) -> Float[Tensor, "reference lead time"]:
        """A method's attributions of all of them for one target, as in a run of that target.

        Raises CannotExplain.
        """
        return self._once((method.name, target), lambda: self._explain(method, target))

    def _explain(self, method: Method, target: int) -> Float[Tensor, "reference lead time"]:
        ids, batch = self.recordings.record_id, self.batch
        batch = replace(
            batch,
            target=torch.full_like(batch.target, target),
            recording_seeds=recording_seeds(self.seed, ids, batch.z.device),
        )
        explained = explain_together(
            self.model, batch, [method], lambda one: seeds_for(self.seed, ids, one.name)
        )
        return explained[method.name]

    def _once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        return self.memo(("references", self.recordings.fingerprint(), self.seed, key), make)


def classes_of(recordings: Recordings, task: Task) -> Int64[Tensor, " record"] | None:
    """The class of each recording by its labels, or NO_CLASS; None where none are known."""
    if recordings.labels is None:
        return None
    known = [task.label(labels) for labels in recordings.labels]
    return torch.tensor([NO_CLASS if label is None else label for label in known])
