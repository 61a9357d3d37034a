"""The recordings that lesions are planted in: healthy ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from xai_bench.data import load_data
from xai_bench.errors import DatasetError
from xai_bench.models import Model
from xai_bench.studies.base import Inputs
from xai_bench.tasks import Task
from xai_bench.types import Recordings

__all__ = ["HealthyAlone", "healthy_recordings"]


@final
@dataclass(frozen=True, slots=True)
class HealthyAlone(Task):
    """Recordings labelled NORM and nothing else: no question, but a choice of recordings."""

    name: str = "healthy"
    classes: tuple[str, ...] = ("NORM",)
    multilabel: Literal[False] = False

    @property
    def columns(self) -> tuple[str, ...]:
        return self.classes

    @property
    def outputs(self) -> tuple[int, ...]:
        return (1,)

    def label(self, labels: frozenset[str]) -> int | None:
        return 0 if labels == {"NORM"} else None

    def truth(self, labels: frozenset[str]) -> tuple[int, ...] | None:
        return (1,) if self.label(labels) == 0 else None


def healthy_recordings(inputs: Inputs, model: Model) -> Recordings:
    """Up to `inputs.n` recordings labelled NORM alone, at the rate and length of a model.

    Raises DatasetError where no label says which are healthy, and XaiBenchError.
    """
    found = load_data(
        inputs.given or inputs.data,
        n=inputs.n,
        split=inputs.split,
        fold=inputs.fold,
        task=HealthyAlone(),
        seed=inputs.seed,
        rate_hz=model.rate_hz,
        seconds=model.seconds,
        length=inputs.length,
        labels=inputs.labels,
        gain=inputs.gain,
        progress=lambda k, total: inputs.progress("reading recordings", k, total),
    )
    if found.labels is None:
        raise DatasetError(
            f"no labels say which recordings of {found.name} are healthy, and a lesion is planted "
            "in healthy ones; give a table: --labels"
        )
    return found
