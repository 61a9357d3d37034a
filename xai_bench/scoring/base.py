"""What a scorer is: one recording and its explanation in, one number out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import partial

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.methods import Batch, Method
from xai_bench.models import Model
from xai_bench.randomness import seed_for
from xai_bench.scoring.cost import Cost, measure

__all__ = ["Case", "Scorer", "Unscorable"]


class Unscorable(Exception):  # noqa: N818 - not an error: the score of this recording is NaN
    """This recording has no score, for the reason given."""


@dataclass(slots=True, kw_only=True, eq=False)
class Case:
    """One recording, what a method says about it, and the means to ask the method again."""

    model: Model
    method: Method
    record_id: str
    seed: int
    """The run's seed."""
    millivolt: Float[Tensor, "1 lead time"]
    batch: Batch
    """The same recording, normalised, with its target: a batch of one."""
    attribution: Float[Tensor, "1 lead time"]
    _explained: dict[bytes, Float[Tensor, "1 lead time"]] = field(default_factory=dict)
    _cost: Cost | None = None

    @property
    def target(self) -> Int64[Tensor, "1"]:
        return self.batch.target

    def draw(self, purpose: str) -> int:
        """The seed for this recording's random draws of one purpose."""
        return seed_for(self.seed, self.record_id, purpose)

    def evidence(self) -> Bool[Tensor, "lead time"]:
        """The planted evidence. Raises Unscorable where there is none."""
        if self.batch.evidence is None:
            raise Unscorable("this dataset has no planted evidence")
        evidence = self.batch.evidence[0]
        if not evidence.any():
            raise Unscorable("no pathology was planted in this recording")
        return evidence

    def twin(self) -> Float[Tensor, "1 lead time"]:
        """The healthy twin in the normalisation of the recording. Raises Unscorable.

        Patching a region with it stays on the manifold of recordings, as no baseline does.
        """
        if self.batch.twin is None:
            raise Unscorable("this dataset has no healthy twins")
        return self.batch.twin

    def explain(self, millivolt: Float[Tensor, "1 lead time"]) -> Float[Tensor, "1 lead time"]:
        """The method's attribution of another version of this recording, for the same target.

        A method that draws draws afresh, as it would for another recording, so its sampling noise
        counts as instability. Answers are remembered, because the stability metrics add the same
        noise and so ask the same questions.
        """
        key = millivolt.cpu().numpy().tobytes()
        if key not in self._explained:
            fresh = self.draw(f"{self.method.name} again {len(self._explained)}")
            batch = replace(self.batch, z=self.model.normalise(millivolt), seeds=(fresh,))
            self._explained[key] = self.method.attribute(self.model, batch)
        return self._explained[key]

    def cost(self) -> Cost:
        """What one explanation of this recording costs; measured once, on a batch of one."""
        if self._cost is None:
            explain = partial(self.method.attribute, self.model, self.batch)
            self._cost = measure(explain, self.model.net, self.model.device)
        return self._cost

    def check(self) -> None:
        """Raises Unscorable for an attribution that says nothing or is not finite."""
        if not torch.isfinite(self.attribution).all():
            raise Unscorable("the attribution is not finite")
        if not self.attribution.any():
            raise Unscorable("the attribution is zero everywhere")


class Scorer(ABC):
    """Computes one metric. Subclasses are final; their arguments are the card's [params]."""

    @abstractmethod
    def score(self, case: Case) -> float:
        """The score of one recording. Raises Unscorable."""
