"""What is compared: a model with its seeds and rivals, and its recordings a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

from xai_bench.devices import rows_of_a_pass
from xai_bench.methods import Method
from xai_bench.methods.attribute import make_batch
from xai_bench.models import Model
from xai_bench.scoring.metrics.randomisation.cascade import RandomisedLayers, cascade_seed
from xai_bench.studies.base import RecordingBatch
from xai_bench.studies.stability.similarity import Maps, prepare_each
from xai_bench.types import Recordings

__all__ = ["ComparedBatch", "ComparedModel"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ComparedModel:
    """A model, the methods that can explain it, and the recordings that they explain."""

    model: Model
    seeds: tuple[Model, ...]
    """Nets that differ from the model's in their seed alone; the model itself first."""
    rivals: tuple[tuple[Model, ...], ...] = ()
    """Other models with which it is compared: the seeds of each, itself first."""
    methods: tuple[Method, ...]
    recordings: Recordings
    target: str = "predicted"
    seed: int = 0

    def batches(self) -> list[ComparedBatch]:
        """The recordings, as many as are explained together."""
        rows = rows_of_a_pass(self.model.device, "compared")
        places = range(len(self.recordings))
        return [
            ComparedBatch(compared=self, places=places[first : first + rows])
            for first in places[::rows]
        ]

    @cached_property
    def _layers(self) -> RandomisedLayers:
        return RandomisedLayers.of(self.model, self.model.shape)

    @property
    def layer_groups(self) -> tuple[tuple[str, ...], ...]:
        """Names of the layers that are randomised together, from the output on."""
        return self._layers.groups

    def randomised(self, condition: str, record_id: str) -> tuple[Model, ...]:
        """The model as it loses one group after another ("cascade"), or each group alone
        ("independent"), to random weights that no other recording has."""
        layers = self._layers
        lose = {"cascade": layers.cascade, "independent": layers.independent}[condition]
        return lose(cascade_seed(self.seed, record_id, 0))

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
class ComparedBatch:
    """Some of the recordings, and what all questions need of them, made once."""

    compared: ComparedModel
    places: Sequence[int]

    @cached_property
    def own(self) -> RecordingBatch:
        """The recordings, as they are."""
        return self._explained_at(self.places)

    @cached_property
    def maps(self) -> dict[str, Maps]:
        """Their attributions by each method, ready to be compared."""
        return prepare_each(self.own.explained)

    @cached_property
    def partner_places(self) -> tuple[int | None, ...]:
        """Of each recording, where another of another patient stands."""
        return tuple(self.compared.partner(place) for place in self.places)

    @cached_property
    def partners(self) -> RecordingBatch:
        """Of each recording the partner, explained for the class that the recording is explained
        for. A recording without a partner is its own: see `partner_flaws`."""
        pairs = zip(self.places, self.partner_places, strict=True)
        made = self._explained_at([own if other is None else other for own, other in pairs])
        return replace(made, batch=replace(made.batch, target=self.own.batch.target))

    def partner_flaws(self, method: str) -> tuple[str, ...]:
        """Why a method's attribution of a partner must not be compared, or ""."""
        flaws = self.partners.explained[method].flaws
        return tuple(
            "no recording of another patient" if place is None else flaw
            for place, flaw in zip(self.partner_places, flaws, strict=True)
        )

    def _explained_at(self, places: Sequence[int]) -> RecordingBatch:
        of = self.compared
        recordings = of.recordings[places]
        batch = make_batch(of.model, recordings, target=of.target)
        return RecordingBatch(
            model=of.model, methods=of.methods, recordings=recordings, batch=batch, seed=of.seed
        )
