"""A few recordings under one model, and all that no method has a part in, computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.methods import Method, OnePassMethod, explain_together
from xai_bench.methods.base import Batch, Needs
from xai_bench.models import Model
from xai_bench.randomness import seed_for
from xai_bench.scoring.engine.forward import Forward

__all__ = ["Block"]

Made = TypeVar("Made")


@dataclass(slots=True, kw_only=True, eq=False)
class Block:
    """Recordings that are scored together, for all methods of one model.

    What does not depend on an attribution (random sets, noise, the log-odds of perturbed
    recordings, representations) is made once and kept here; so are explanations of changed
    recordings, of which all methods that need one pass read the same.
    """

    model: Model
    forward: Forward
    methods: tuple[Method, ...]
    seed: int
    """The run's seed."""
    record_id: tuple[str, ...]
    millivolt: Float[Tensor, "record lead time"]
    batch: Batch
    """The same recordings, normalised, with their targets."""
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.record_id)

    @property
    def z(self) -> Float[Tensor, "record lead time"]:
        return self.batch.z

    def keep(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` returns, made once for all metrics and methods that ask for `key`."""
        if key not in self._kept:
            self._kept[key] = make()
        made: Made = self._kept[key]
        return made

    def draw(self, purpose: str) -> tuple[int, ...]:
        """A seed for the random draws of one purpose, one a recording."""
        return tuple(seed_for(self.seed, record_id, purpose) for record_id in self.record_id)

    def log_odds(self) -> Float[Tensor, " record"]:
        """m(z), float64."""
        return self.keep("log-odds", lambda: self.forward(self.z, self.batch.target))

    def log_odds_of_zero(self) -> Float[Tensor, " record"]:
        """m(0), every lead at its mean, float64."""

        def make() -> Float[Tensor, " record"]:
            return self.forward(torch.zeros_like(self.z), self.batch.target)

        return self.keep("log-odds of zero", make)

    def versions(
        self, count: int, make: Callable[[int, int], Float[Tensor, "record version lead time"]]
    ) -> Float[Tensor, "record count"]:
        """m of `count` versions of each recording in z, float64; `make(i, k)` makes i to k - 1."""
        return self.forward.versions(self.batch.target, count, make)

    def explain(
        self,
        method: Method,
        key: str,
        z: Float[Tensor, "record version lead time"],
        evidence: Bool[Tensor, "record version lead time"] | None = None,
    ) -> Float[Tensor, "record version lead time"]:
        """A method's attributions of versions of each recording, for the same target.

        A method that draws draws afresh for each version, as it would for another recording, so
        that its sampling noise counts as instability. `key` names the versions. evidence: of the
        versions, where it is not that of the recordings.
        """
        together = isinstance(method, OnePassMethod)
        asked: list[Method]
        asked = [m for m in self.methods if isinstance(m, OnePassMethod)] if together else [method]
        name = "one pass" if together else method.name
        explained = self.keep(("explain", key, name), lambda: self._explain(asked, z, evidence))
        return explained[method.name]

    def explain_instead(
        self,
        method: Method,
        key: str,
        *,
        model: Model | None = None,
        target: Int64[Tensor, " record"] | None = None,
    ) -> Float[Tensor, "record lead time"]:
        """A method's attributions of the recordings under another model or for other targets.

        A method that draws draws what it drew for the first explanation: only the model or the
        target makes a difference. `key` names it.
        """

        def seeds(method: Method) -> tuple[int, ...]:
            return self.draw(method.name)

        def make() -> dict[str, Float[Tensor, "record lead time"]]:
            batch = self.batch if target is None else replace(self.batch, target=target)
            return explain_together(model or self.model, batch, self.methods, seeds)

        return self.keep(("explain instead", key), make)[method.name]

    def again(self, method: Method, row: int, version: int) -> int:
        """The seed for explaining a version of a recording."""
        return seed_for(self.seed, self.record_id[row], f"{method.name} again {version}")

    def _explain(
        self,
        methods: list[Method],
        z: Float[Tensor, "record version lead time"],
        evidence: Bool[Tensor, "record version lead time"] | None,
    ) -> dict[str, Float[Tensor, "record version lead time"]]:
        records, versions = z.shape[:2]
        # Rules for each kind of layer know the layers of the net itself, and not those of the copy.
        by_layer = any(Needs.RELU in method.needs for method in methods)
        explains = self.model if by_layer else self.forward.explains
        rows = torch.arange(records, device=z.device).repeat_interleave(versions)
        parts = []
        for first in range(0, records * versions, self.forward.rows):
            places = range(first, min(first + self.forward.rows, records * versions))

            def seeds(method: Method, places: range = places) -> tuple[int, ...]:
                return tuple(self.again(method, *divmod(place, versions)) for place in places)

            piece = slice(places.start, places.stop)
            batch = self.batch.versions(rows[piece], z.flatten(0, 1)[piece])
            if evidence is not None:
                batch = replace(batch, evidence=evidence.flatten(0, 1)[piece])
            parts.append(explain_together(explains, batch, methods, seeds))
        return {
            method.name: torch.cat([part[method.name] for part in parts]).unflatten(
                0, (records, versions)
            )
            for method in methods
        }
