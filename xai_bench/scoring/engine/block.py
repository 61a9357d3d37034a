"""A few recordings under one model, and all that no method has a part in, computed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int64, Shaped
from torch import Tensor

from xai_bench.devices import sent
from xai_bench.generators import normal, permutations, seed_tensor, uniform
from xai_bench.memo import Memo
from xai_bench.methods import Method, OnePassMethod, explain_together
from xai_bench.methods.attribute import recording_seeds
from xai_bench.methods.base import Batch, Needs
from xai_bench.methods.baseline_recordings import make_baseline
from xai_bench.models import Model
from xai_bench.randomness import seed_for, seeds_for
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.engine.references import References
from xai_bench.types import ZERO

__all__ = ["Block"]


@dataclass(slots=True, kw_only=True, eq=False)
class Block:
    """Recordings that are scored together, for all methods of one model."""

    model: Model
    forward: Forward
    methods: tuple[Method, ...]
    """Those that explain together, where recordings, the model or the target change."""
    seed: int
    """The run's seed."""
    record_id: tuple[str, ...]
    millivolt: Float[Tensor, "record lead time"]
    batch: Batch
    """The same recordings, normalised, with their targets."""
    classes: Int64[Tensor, " record"] | None = None
    """What the recordings are by their labels, see `classes_of`."""
    references: References | None = None
    """Recordings that each is compared with, where a metric asks for them."""
    memo: Memo = field(default_factory=Memo)
    """What does not depend on an attribution (random sets, noise, the log-odds of perturbed
    recordings, representations), and explanations of changed recordings, of which all methods that
    need one pass read the same: made once for all metrics and methods."""

    def __post_init__(self) -> None:
        seeds = recording_seeds(self.seed, self.record_id, self.batch.z.device)
        self.batch = replace(self.batch, recording_seeds=seeds)

    def __len__(self) -> int:
        return len(self.record_id)

    def only(self, row: int) -> Block:
        """One recording of the block, as a block that shares nothing made."""
        rows = slice(row, row + 1)
        batch = self.batch.versions(torch.tensor([row], device=self.z.device), self.z[rows])
        return replace(
            self,
            record_id=self.record_id[rows],
            millivolt=self.millivolt[rows],
            batch=batch,
            classes=None if self.classes is None else self.classes[rows],
            memo=Memo(),
        )

    @property
    def z(self) -> Float[Tensor, "record lead time"]:
        return self.batch.z

    def seeds(self, purpose: str) -> tuple[int, ...]:
        """A seed for the random draws of one purpose, one a recording."""
        return seeds_for(self.seed, self.record_id, purpose)

    def uniform(self, purpose: str, shape: tuple[int, ...]) -> Float64[Tensor, "record ..."]:
        """Uniform values in (0, 1) for each recording."""
        return uniform(self._drawing(purpose), shape)

    def normal(self, purpose: str, shape: tuple[int, ...]) -> Float32[Tensor, "record ..."]:
        """Standard normal values for each recording."""
        return normal(self._drawing(purpose), shape)

    def permutations(
        self, purpose: str, count: int, parts: int
    ) -> Int64[Tensor, "record count part"]:
        """`count` random orders of 0 to `parts` - 1 for each recording."""
        return permutations(self._drawing(purpose), count, parts)

    def draw_as_quantus(
        self, purpose: str, one: Callable[[np.random.RandomState], np.ndarray]
    ) -> Shaped[Tensor, "record ..."]:
        """What `one` draws for each recording from numpy's old generator, which Quantus draws
        from."""
        drawn = [one(np.random.RandomState(seed % 2**32)) for seed in self.seeds(purpose)]
        return sent(np.stack(drawn), self.z.device)

    def _drawing(self, purpose: str) -> Int64[Tensor, " record"]:
        return seed_tensor(self.seeds(purpose), self.z.device)

    def log_odds(self) -> Float[Tensor, " record"]:
        """m(z), float64."""
        return self.memo("log-odds", lambda: self.forward(self.z, self.batch.target))

    def log_odds_of_zero(self) -> Float[Tensor, " record"]:
        """m(0), every lead at its mean, float64."""
        zero = torch.zeros_like(self.z)
        return self.memo("log-odds of zero", lambda: self.forward(zero, self.batch.target))

    def baseline(self, name: str) -> Float[Tensor, "record lead time"]:
        """One of BASELINES, the same for all metrics and methods. Raises CannotExplain."""
        batch = replace(self.batch, seeds=self.seeds("baseline"))
        return self.memo(("baseline", name), lambda: make_baseline(name, self.model, batch))

    def log_odds_of_baseline(self, name: str) -> Float[Tensor, " record"]:
        """m(baseline), float64."""
        if name == ZERO:
            return self.log_odds_of_zero()
        target = self.batch.target
        return self.memo(("log-odds of", name), lambda: self.forward(self.baseline(name), target))

    def without(
        self, gone: Bool[Tensor, "#record #lead time"], baseline: str = ZERO
    ) -> Float[Tensor, "record lead time"]:
        """z with the samples that are gone at a baseline; of one lead: of all leads alike."""
        if baseline == ZERO:
            return self.z.masked_fill(gone, 0.0)
        return torch.where(gone, self.baseline(baseline), self.z)

    def versions(
        self, count: int, make: Callable[[int], Float[Tensor, "record lead time"]]
    ) -> Float[Tensor, "record count"]:
        """m of `count` versions of each recording in z, float64; `make(k)` makes version k."""
        return self.forward.versions(self.batch.target, count, make)

    def falls(
        self, count: int, make: Callable[[int], Float[Tensor, "record lead time"]]
    ) -> Float[Tensor, "record count"]:
        """m(z) - m of each of `versions`, float64."""
        return self.log_odds().unsqueeze(1) - self.versions(count, make)

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
        chosen, name = self._together(method)
        explained = self.memo(("explain", key, name), lambda: self._explain(chosen, z, evidence))
        return explained[method.name]

    def explain_instead(
        self,
        method: Method,
        key: str,
        *,
        model: Callable[[], Model] | None = None,
        target: Int64[Tensor, " record"] | None = None,
        rows: Sequence[int] | None = None,
    ) -> Float[Tensor, "row lead time"]:
        """A method's attributions of the recordings under another model or for other targets.

        A method that draws draws what it drew for the first explanation: only the model or the
        target makes a difference. `key` names it. model: makes it, where nothing was explained
        under it yet. rows: of some of the recordings alone.
        """
        chosen, name = self._together(method)
        batch = self.batch if target is None else replace(self.batch, target=target)
        of = range(len(self)) if rows is None else rows
        if rows is not None:
            places = seed_tensor(rows, self.z.device)
            batch = batch.versions(places, batch.z[places])

        def seeds(method: Method) -> tuple[int, ...]:
            of_all = self.seeds(method.name)
            return tuple(of_all[row] for row in of)

        return self.memo(
            ("explain instead", key, name, tuple(of)),
            lambda: explain_together(model() if model else self.model, batch, chosen, seeds),
        )[method.name]

    def _together(self, method: Method) -> tuple[list[Method], str]:
        """The methods that read the same pass as this one, and what they are called together."""
        if isinstance(method, OnePassMethod):
            return [m for m in self.methods if isinstance(m, OnePassMethod)], "one pass"
        return [method], method.name

    def seed_of_version(self, method: Method, row: int, version: int) -> int:
        """The seed for explaining a version of a recording."""
        return seed_for(self.seed, self.record_id[row], f"{method.name} again {version}")

    def _explain(
        self,
        methods: list[Method],
        z: Float[Tensor, "record version lead time"],
        evidence: Bool[Tensor, "record version lead time"] | None,
    ) -> dict[str, Float[Tensor, "record version lead time"]]:
        records, versions = z.shape[:2]
        # Rules, and whatever looks into a net, are for the net itself, and not for the copy.
        inside = any(m.reads_layers or Needs.RULES in m.needs for m in methods)
        explains = self.model if inside else self.forward.explains
        rows = torch.arange(records, device=z.device).repeat_interleave(versions)
        parts = []
        for first in range(0, records * versions, self.forward.rows):
            places = range(first, min(first + self.forward.rows, records * versions))

            def seeds(method: Method, places: range = places) -> tuple[int, ...]:
                return tuple(self.seed_of_version(method, *divmod(p, versions)) for p in places)

            some = slice(places.start, places.stop)
            batch = self.batch.versions(rows[some], z.flatten(0, 1)[some])
            if evidence is not None:
                batch = replace(batch, evidence=evidence.flatten(0, 1)[some])
            parts.append(explain_together(explains, batch, methods, seeds))
        return {
            method.name: torch.cat([part[method.name] for part in parts]).unflatten(
                0, (records, versions)
            )
            for method in methods
        }
