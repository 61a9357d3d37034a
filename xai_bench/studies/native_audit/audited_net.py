"""What is audited: a native net, recordings, and what all questions need of them, made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from xai_bench.errors import InputError
from xai_bench.methods import Batch, Method, find_methods
from xai_bench.methods.attribute import Explained, check_input, explain_batch, make_batch
from xai_bench.methods.base import Reads
from xai_bench.methods.shared_pass import one_pass
from xai_bench.models import Model
from xai_bench.presets import PRESETS
from xai_bench.randomness import seeds_for
from xai_bench.scoring.engine.forward import Forward
from xai_bench.studies.base import able_methods
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

__all__ = ["COMPARED", "IN_LOG_ODDS", "METHODS", "AuditedNet", "check_native"]

METHODS = PRESETS.native_audit.methods
"""The native explanation, and methods that explain the same net from outside."""

IN_LOG_ODDS = ("native", "input-x-gradient", "ig")
"""Of them those whose values have a unit: sums of them predict a change of log-odds."""

COMPARED = 24
"""Recordings on which methods are compared: integrated gradients cost a hundred forwards each."""

_ROWS = 8


def check_native(model: Model) -> None:
    """Raises InputError for a net that has no explanation of its own."""
    if not model.is_native:
        raise InputError(
            f"model '{model.name}' does not write its own weights, so it has no intrinsic "
            "explanation to audit; ask for one that does, such as imn"
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AuditedNet:
    """A native net and the recordings it is asked about. The explained class is the true one.

    Raises InputError for a net that writes no weights, for recordings that the net does not read,
    and for recordings without a label.
    """

    model: Model
    recordings: Recordings
    seed: int = 0
    zoo: Zoo = field(default_factory=Zoo)
    """Where metrics are."""
    faster: Recordings | None = None
    """The same recordings at a higher rate."""
    why_not_faster: str = "these recordings are not known at a higher rate"

    def __post_init__(self) -> None:
        check_native(self.model)
        check_input(self.model, self.recordings)

    def __len__(self) -> int:
        return len(self.recordings)

    @cached_property
    def batch(self) -> Batch:
        return make_batch(self.model, self.recordings, target="label")

    @property
    def z(self) -> Float[Tensor, "record lead time"]:
        return self.batch.z

    @cached_property
    def millivolt(self) -> Float[Tensor, "record lead time"]:
        return torch.from_numpy(self.recordings.signal)

    @cached_property
    def forward(self) -> Forward:
        return Forward(self.model)

    @cached_property
    def log_odds(self) -> Float[Tensor, " record"]:
        """m(z) of the true class, float64."""
        return self.forward(self.z, self.batch.target)

    @cached_property
    def classifier(self) -> tuple[Float[Tensor, "record lead time"], Float[Tensor, " record"]]:
        """(W, b) that the net wrote for the true class of each recording."""
        return self.native(self.z)

    @property
    def weights(self) -> Float[Tensor, "record lead time"]:
        """W, the weights of each sample."""
        return self.classifier[0]

    @property
    def bias(self) -> Float[Tensor, " record"]:
        """b, which goes with them."""
        return self.classifier[1]

    @property
    def terms(self) -> Float[Tensor, "record lead time"]:
        """W * z, the intrinsic explanation."""
        return self.weights * self.z

    @cached_property
    def gradient(self) -> Float[Tensor, "record lead time"]:
        """dm/dz, through the hypernetwork."""
        passes = (one_pass(self.model, part, {Reads.GRADIENT}) for part in self.parts(len(self)))
        return torch.cat([passed[Reads.GRADIENT] for passed in passes])

    @cached_property
    def truth(self) -> Int[np.ndarray, "record column"]:
        """What each column of the task is, 0 or 1."""
        assert self.recordings.labels is not None, "make_batch found the labels"
        known = (self.model.task.truth(labels) for labels in self.recordings.labels)
        return np.array([row for row in known if row is not None], dtype=np.int64)

    @property
    def patients(self) -> Sequence[str]:
        return self.recordings.patient_id

    @property
    def compared(self) -> int:
        """How many recordings, the first, methods are compared on."""
        return min(COMPARED, len(self))

    @cached_property
    def maps(self) -> dict[str, Float[Tensor, "record lead time"]]:
        """Attributions of the first recordings by each method that can explain this net."""
        methods, _ = self._methods
        found: list[dict[str, Explained]] = []
        for part in self.parts(self.compared):
            names = self.recordings.record_id[len(found) * _ROWS :][: len(part.z)]
            found.append(explain_batch(self.model, part, methods, names, self.seed))
        return {m.name: torch.cat([part[m.name].values for part in found]) for m in methods}

    @property
    def unable(self) -> dict[str, str]:
        """Why a method cannot explain this net, by method."""
        return self._methods[1]

    @cached_property
    def _methods(self) -> tuple[list[Method], dict[str, str]]:
        return able_methods(self.model, find_methods(METHODS), self.recordings)

    @torch.inference_mode()
    def native(
        self, z: Float[Tensor, "record lead time"]
    ) -> tuple[Float[Tensor, "record lead time"], Float[Tensor, " record"]]:
        """(W, b) for versions of the recordings, one each, and the same classes."""
        pairs = zip(z.split(_ROWS), self.batch.target.split(_ROWS), strict=True)
        W, b = zip(*(self.model.native(*pair) for pair in pairs), strict=True)
        return torch.cat(W), torch.cat(b)

    @torch.inference_mode()
    def columns(
        self, z: Float[Tensor, "record lead time"], log_odds: Float[Tensor, " record"]
    ) -> Float[np.ndarray, "record column"]:
        """Log-odds of all columns of the task, for versions of the recordings.

        log_odds: of the true class, which tell all there is where a task has two classes.
        """
        if len(self.model.task.columns) == 1:
            return log_odds.where(self.batch.target == 1, -log_odds)[:, None].cpu().numpy()
        parts = [self.model.column_log_odds(part).double() for part in z.split(_ROWS)]
        return torch.cat(parts).cpu().numpy()

    def draws(self, purpose: str) -> tuple[int, ...]:
        """A seed for the random draws of one purpose, one a recording."""
        return seeds_for(self.seed, self.recordings.record_id, f"audit {purpose}")

    def head(self, count: int) -> Batch:
        """The first recordings."""
        return self._rows(slice(count))

    def parts(self, count: int) -> list[Batch]:
        """The first recordings, as many as fit a pass at a time."""
        edges = range(0, count, _ROWS)
        return [self._rows(slice(first, min(first + _ROWS, count))) for first in edges]

    def _rows(self, rows: slice) -> Batch:
        chosen = torch.arange(len(self), device=self.z.device)[rows]
        return self.batch.versions(chosen, self.z[chosen])
