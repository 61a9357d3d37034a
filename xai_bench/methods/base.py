"""What an attribution method is: a batch of recordings in, a signed map for each out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int8, Int64
from torch import Tensor

from xai_bench.models import Model
from xai_bench.types import LEADS

__all__ = ["Batch", "CannotExplain", "FromZero", "Method", "Needs", "Pass", "Reads"]
__all__ += ["without_gradient"]


class CannotExplain(Exception):  # noqa: N818 - not an error: what would explain has no score
    """This method cannot explain such a thing, for the reason given."""


class Needs(Enum):
    """What a method cannot work without, and how its absence is put in words."""

    WEIGHTS = "needs a net that generates its own weights"
    GATES = "needs a net with gates on its channels (ChannelGate)"
    CAM_LAYER = "needs a cam_layer in the model card"
    EVIDENCE = "needs recordings with planted evidence"
    TRUTH = "needs a net whose exact attribution is known"
    RULES = "needs a rule for every operation of the net"
    CLAUSES = "needs a net of clauses, such as that of tsetlin-pvc"
    GRADIENT = "needs a gradient"


def without_gradient(model: Model) -> str:
    """That a model has no gradient, and why."""
    return f"'{model.name}' has none at its input: {model.gradient_flaw}"


class Reads(Enum):
    """What a pass leaves behind for a method to read."""

    LOG_ODDS = "m(z) of the target, (record,)"
    WEIGHTS = "W that a native net generated for the target, (record, lead, time)"
    BIAS = "b that a native net generated for the target, (record,)"
    COLUMN = "the target's own column of the W of a net with several outputs, (record, lead, time)"
    GRADIENT = "dm/dz, (record, lead, time)"
    ACTIVATION = "what the model's cam_layer put out, (record, channel, ...)"
    ACTIVATION_GRADIENT = "dm/dactivation, of the same shape"


Pass = Mapping[Reads, Tensor]
"""What was asked for, and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """The recordings to explain, on the model's device."""

    z: Float[Tensor, "record lead time"]
    """Normalised recordings."""
    target: Int64[Tensor, " record"]
    """The class whose log-odds are explained."""
    leads: tuple[str, ...] = LEADS
    """What the lead axis of `z` holds."""
    seeds: tuple[int, ...] = ()
    """One seed a recording, so that a draw does not depend on the rest of the batch; empty for
    methods that draw nothing."""
    recording_seeds: Int64[Tensor, " record"] | None = None
    """One seed a recording, which its versions share and which is the same for all methods: of what
    must stay when the recording changes, such as the net before training that it is explained
    under. None where no method asks."""
    evidence: Bool[Tensor, "record lead time"] | None = None
    twin: Float[Tensor, "record lead time"] | None = None
    """The healthy twins in the normalisation of `z`, so that they differ where the disease is."""
    baseline: Float[Tensor, "record lead time"] | None = None
    """What a method that `takes_baseline` puts in the place of samples that it removes, or begins
    at; None: zero."""
    find_waves: Callable[[], Int8[Tensor, "record time"]] | None = None
    """Makes `waves`, which few methods and metrics need and which may have to be looked for."""

    @property
    def own_seeds(self) -> Int64[Tensor, " record"]:
        """`recording_seeds`, or the same for all where nothing set them."""
        same = self.target.new_zeros(len(self.target))
        return same if self.recording_seeds is None else self.recording_seeds

    @property
    def waves(self) -> Int8[Tensor, "record time"] | None:
        """Index into WAVES for every sample."""
        return None if self.find_waves is None else self.find_waves()

    def versions(
        self,
        rows: Int64[Tensor, " row"],
        z: Float[Tensor, "row lead time"],
        seeds: tuple[int, ...] = (),
    ) -> Batch:
        """Changed recordings to explain: `z[k]` is a version of recording `rows[k]`."""

        def find_waves() -> Int8[Tensor, "record time"]:
            assert self.waves is not None
            return self.waves[rows]

        return Batch(
            z=z,
            target=self.target[rows],
            leads=self.leads,
            seeds=seeds,
            recording_seeds=None if self.recording_seeds is None else self.recording_seeds[rows],
            evidence=None if self.evidence is None else self.evidence[rows],
            twin=None if self.twin is None else self.twin[rows],
            baseline=None if self.baseline is None else self.baseline[rows],
            find_waves=None if self.find_waves is None else find_waves,
        )


class Method(ABC):
    """An attribution method. Subclasses are final and hold no state."""

    name: str
    summary: str
    cite: str
    needs: frozenset[Needs] = frozenset()
    control: ClassVar[bool] = False
    """Controls explain nothing: they calibrate the metrics."""
    takes_baseline: ClassVar[bool] = False
    """Whether it removes samples, or integrates from a recording, and takes `Batch.baseline`."""
    explains_anew: ClassVar[bool] = True
    """Whether it can explain changed recordings and other models; where it cannot, `attribute`
    raises CannotExplain."""
    passes: int | None = None
    """Forward and backward passes that an explanation of one recording takes; None where that is
    not known."""
    asks_what_was_learnt: bool = True
    """Whether its maps change with the weights of the model; controls of the recording's alone do
    not."""
    reads_layers: bool = False
    """Whether it may look into the net, which must then be the model's own and no frozen copy."""

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        """Why this method cannot explain `model` on such recordings, or None if it can."""
        offered = {
            Needs.WEIGHTS: model.is_native,
            Needs.GATES: model.is_gated,
            Needs.CAM_LAYER: model.cam_layer is not None,
            Needs.EVIDENCE: evidence,
            Needs.TRUTH: model.is_known,
            Needs.RULES: True,  # methods that need them look at the net themselves
            Needs.CLAUSES: model.has_clauses,
            Needs.GRADIENT: Needs.GRADIENT not in self.needs or not model.gradient_flaw,
        }
        missing = sorted(need.value for need in self.needs if not offered[need])
        if not offered[Needs.GRADIENT]:
            missing.append(without_gradient(model))
        return f"{self.name} {'; '.join(missing)}" if missing else None

    @property
    def depends_on(self) -> object:
        """All that its attributions depend on, beside the model and the recordings."""
        return self

    def remark(self, model: Model) -> str:
        """What a reader must know of its attributions of `model`, or nothing."""
        return ""

    @abstractmethod
    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        """The attribution of `model.log_odds(batch.z, batch.target)`: positive speaks for it."""

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"] | None:
        """What the attributions of each recording must sum to, or None if nothing is promised.

        passed: a pass of `batch` that holds LOG_ODDS and whatever else the method reads.
        """
        return None


class FromZero(Method):
    """Attributions that begin at the zero recording: they sum to m(z) - m(0).

    Those that take a baseline begin there: they sum to m(z) - m(baseline).
    """

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"]:
        begin = torch.zeros_like(batch.z) if batch.baseline is None else batch.baseline
        return passed[Reads.LOG_ODDS] - model.log_odds(begin, batch.target)
