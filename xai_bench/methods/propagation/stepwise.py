"""Methods with a rule for each operation of a net, and the nets that they are right for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.generators import normal, seed_tensor
from xai_bench.methods.base import Method, Needs, without_gradient
from xai_bench.methods.propagation.steps import Kind, Step, UnknownOperationError
from xai_bench.models import Model
from xai_bench.nets.base import PredictOnly
from xai_bench.nets.frozen import same_but_for_rounding

__all__ = ["StepwiseMethod"]


class StepwiseMethod(Method, ABC):
    """A method that hands something back through a net, operation by operation.

    It sees what the net does and not how that is written: layers and functions, layers that are
    used twice and operations in place are all the same to it. A net is refused that does something
    that no rule is for, that is random, or that lets recordings of a batch depend on one another.
    """

    needs = frozenset({Needs.RULES})
    passes = 2
    by_row: ClassVar[frozenset[Kind]] = frozenset()
    """Steps whose rules look at recordings one by one, along the first axis."""

    @abstractmethod
    def follow(
        self, net: nn.Module, z: Float[Tensor, "record lead time"]
    ) -> tuple[Tensor, list[Step]]:
        """The logits of z, and steps that all have a rule. Raises UnknownOperationError."""

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if reason := super().unsupported(model, evidence=evidence):
            return reason
        if isinstance(model.net, PredictOnly):
            return f"{self.name} {Needs.GRADIENT.value}; {without_gradient(model)}"
        z = normal(seed_tensor((0, 1), model.device), model.shape)
        try:
            logits, steps = self.follow(model.net, z)
            reason = _why_not(model.net, z, logits) or self._not_by_row(model.net, z, steps)
        except UnknownOperationError as error:
            reason = f"there is none for {error}"
        return f"{self.name} {Needs.RULES.value}; {reason}" if reason else None

    def _not_by_row(
        self, net: nn.Module, z: Float[Tensor, "two lead time"], together: list[Step]
    ) -> str | None:
        """Whether each recording is, in all steps that it must be, what it is alone."""
        alone = [self.follow(net, one)[1] for one in z.split(1)]
        if any(len(steps) != len(together) for steps in alone):
            return "the net takes other steps for one recording than for two"
        for step, *each in zip(together, *alone, strict=True):
            if step.kind not in self.by_row:
                continue
            expected = torch.cat([one.output for one in each])
            if step.output.shape != expected.shape or not same_but_for_rounding(
                step.output, expected
            ):
                return f"recordings do not lie along the first axis of what {step.name} puts out"
        return None


def _why_not(net: nn.Module, z: Float[Tensor, "two lead time"], followed: Tensor) -> str | None:
    """Why logits that were followed do not stand for the net, or None."""
    with torch.no_grad():
        once, again = net(z.clone()), net(z.clone())  # which it may overwrite
        alone = torch.cat([net(one.clone()) for one in z.split(1)])
    if not same_but_for_rounding(once, again):
        return "the net is random: two passes of a recording differ"
    if not same_but_for_rounding(once, alone):
        return "the logits of a recording depend on the others of its batch"
    if not same_but_for_rounding(once, followed):
        return "the net does something that is not seen from outside of it"
    return None
