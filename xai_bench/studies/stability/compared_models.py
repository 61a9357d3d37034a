"""Who is asked: a model with its seeds, methods, and recordings a piece at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.methods import Batch, Method
from xai_bench.methods.attribute import explain_batch, make_batch
from xai_bench.models import Model
from xai_bench.scoring.metrics.randomisation.cascade import cascade, independent, layer_groups
from xai_bench.studies.stability.similarity import Maps, prepare
from xai_bench.types import RESIDUAL_TOLERANCE, Recordings

__all__ = ["Explanation", "Piece", "Subject", "explain", "outlook", "same_class"]

_ROWS = {"cpu": 4, "cuda": 64}
"""Recordings in a piece. On a CPU the activations of four stay near the cache."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """What one method says about a batch."""

    values: Float[Tensor, "record lead time"]
    flaws: tuple[str, ...]
    """Why an attribution must not be compared, or ""."""

    def maps(self, *, of_size: bool = False) -> Maps:
        """Ready to be compared."""
        return prepare(self.values, self.flaws, of_size=of_size)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A model, the methods that can explain it, and all recordings that it is asked about."""

    model: Model
    seeds: tuple[Model, ...]
    """Nets that differ from the model's in their seed alone; the model itself first."""
    others: tuple[tuple[Model, ...], ...] = ()
    """Other models with which it is compared: the seeds of each, itself first."""
    methods: tuple[Method, ...]
    recordings: Recordings
    target: str = "predicted"
    seed: int = 0

    @property
    def name(self) -> str:
        return self.model.name

    def pieces(self) -> list[Piece]:
        """The recordings, as many as are explained together."""
        rows = _ROWS[self.model.device.type]
        places = range(len(self.recordings))
        return [
            Piece(subject=self, places=places[first : first + rows]) for first in places[::rows]
        ]

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Names of the layers that are lost together, from the output on."""
        return layer_groups(self.model, self.model.shape)

    @cached_property
    def randomised(self) -> dict[str, tuple[Model, ...]]:
        """The model as it loses one group after another, and with each group lost alone."""
        given = (self.model, self.model.shape, self.seed)
        return {"cascade": cascade(*given), "independent": independent(*given)}

    def partner(self, place: int) -> int | None:
        """The next recording of another patient, or None where all are of one."""
        count = len(self.recordings)
        for step in range(1, count):
            other = (place + step) % count
            if self.recordings.patient_id[other] != self.recordings.patient_id[place]:
                return other
        return None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """Some of the recordings, and what all questions need of them, made once."""

    subject: Subject
    places: Sequence[int]

    def __len__(self) -> int:
        return len(self.places)

    @cached_property
    def recordings(self) -> Recordings:
        return self.subject.recordings[self.places]

    @cached_property
    def batch(self) -> Batch:
        return make_batch(self.subject.model, self.recordings, target=self.subject.target)

    @cached_property
    def outlook(self) -> tuple[Int64[Tensor, " record"], Float[Tensor, " record"]]:
        """Predicted classes, and the log-odds of the explained ones."""
        return outlook(self.subject.model, self.batch.z, self.batch.target)

    @cached_property
    def explained(self) -> dict[str, Explanation]:
        """The model's attributions by each method."""
        return self.explain(self.subject.model, self.subject.methods, self.batch)

    @cached_property
    def maps(self) -> dict[str, Maps]:
        """The same, ready to be compared."""
        return {name: explanation.maps() for name, explanation in self.explained.items()}

    @cached_property
    def partners(self) -> tuple[int | None, ...]:
        """Of each recording, another of another patient."""
        return tuple(self.subject.partner(place) for place in self.places)

    @cached_property
    def of_partners(self) -> tuple[Recordings, Batch]:
        """The partners, to be explained for the class that the recordings are explained for.

        A recording without a partner is its own, and whoever asks must pass it over.
        """
        places = [
            place if partner is None else partner
            for place, partner in zip(self.places, self.partners, strict=True)
        ]
        recordings = self.subject.recordings[places]
        batch = make_batch(self.subject.model, recordings, target=self.subject.target)
        return recordings, replace(batch, target=self.batch.target)

    @cached_property
    def explained_partners(self) -> dict[str, Explanation]:
        """Attributions of the partners."""
        recordings, batch = self.of_partners
        names = recordings.record_id
        return explain(self.subject.model, self.subject.methods, batch, names, self.subject.seed)

    def explain(
        self, model: Model, methods: Sequence[Method], batch: Batch, version: str = ""
    ) -> dict[str, Explanation]:
        """Attributions of the recordings, or of the `version` of them that is in the batch.

        A method that draws draws afresh for each version, as it would for another recording, so
        that its sampling noise counts as instability; under another model, it draws the same.
        """
        names = [f"{name} {version}".rstrip() for name in self.recordings.record_id]
        return explain(model, methods, batch, names, self.subject.seed)


def explain(
    model: Model, methods: Sequence[Method], batch: Batch, names: Sequence[str], seed: int
) -> dict[str, Explanation]:
    """Attributions of a batch by each method; those that need one pass share it.

    One that misses the sum it promises has a flaw.
    """
    found = explain_batch(model, batch, methods, names, seed)
    return {
        name: Explanation(
            values=one.values,
            flaws=tuple(
                f"completeness residual {residual:.3g} > {RESIDUAL_TOLERANCE}"
                if residual > RESIDUAL_TOLERANCE
                else ""
                for residual in one.residual.tolist()
            ),
        )
        for name, one in found.items()
    }


@torch.inference_mode()
def outlook(
    model: Model, z: Float[Tensor, "record lead time"], target: Int64[Tensor, " record"]
) -> tuple[Int64[Tensor, " record"], Float[Tensor, " record"]]:
    """Predicted classes and log-odds of the targets, from one forward pass."""
    columns = model.column_log_odds(z)
    if model.task.multilabel:
        return columns.argmax(dim=1), columns.gather(1, target[:, None])[:, 0]
    positive = columns[:, 0]
    return (positive > 0).long(), positive.where(target == 1, -positive)


def same_class(
    one: Int64[Tensor, " record"], other: Int64[Tensor, " record"]
) -> Bool[np.ndarray, " record"]:
    """Whether two predictions agree, recording by recording."""
    equal: Bool[np.ndarray, " record"] = (one == other).cpu().numpy()
    return equal
