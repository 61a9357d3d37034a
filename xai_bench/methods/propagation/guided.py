"""Guided backpropagation: gradients that are clipped at every ReLU on the way back."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.methods.base import Batch, Needs
from xai_bench.methods.cam import GradCAM, lost_leads, why_no_map
from xai_bench.methods.propagation.head import gradient
from xai_bench.methods.propagation.steps import Kind, Step, UnknownOperationError
from xai_bench.methods.propagation.stepwise import StepwiseMethod
from xai_bench.methods.propagation.tape import hand_back, record
from xai_bench.models import Model

__all__ = ["GuidedBackprop", "GuidedGradCAM"]


_KINDS = frozenset(Kind) - {Kind.CURVE}


class _Guided(StepwiseMethod):
    """For nets whose only non-linearities are ReLU and maxima."""

    def follow(
        self, net: nn.Module, z: Float[Tensor, "record lead time"]
    ) -> tuple[Tensor, list[Step]]:
        logits, steps = record(net, z, kinds=_KINDS)
        if not any(step.kind is Kind.RELU for step in steps):
            raise UnknownOperationError("a net without ReLU")
        return logits, steps


@final
class GuidedBackprop(_Guided):
    """dm/dz, with what is negative set to zero at every ReLU on the way back, before the ReLU's own
    mask (Springenberg et al. 2015).

    Defined for nets whose only non-linearities are ReLU and maxima: elsewhere nothing is clipped,
    and it is the gradient under another name. One pass forward and back.
    """

    name = "guided-backprop"
    summary = "gradient of the log-odds, clipped at every ReLU on the way back"
    cite = "springenberg2015striving"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        with torch.inference_mode(False), torch.enable_grad():
            z = batch.z.detach().clone()
            logits, steps = record(model.net, z, kinds=_KINDS)
            return hand_back(z, logits, steps, gradient(model, logits, batch.target), _clipped)


@final
class GuidedGradCAM(_Guided):
    """`guided-backprop` * `gradcam` (Selvaraju et al. 2017, section 3.2). Two passes forward and
    back.
    """

    name = "guided-gradcam"
    summary = "guided backpropagation times Grad-CAM"
    cite = "selvaraju2017gradcam"
    needs = frozenset({Needs.RULES, Needs.CAM_LAYER})
    passes = 4

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if reason := super().unsupported(model, evidence=evidence):
            return reason
        reason = why_no_map(model)
        return f"{self.name} {reason}" if reason else None

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return GuidedBackprop().attribute(model, batch) * GradCAM().attribute(model, batch)

    def remark(self, model: Model) -> str:
        return lost_leads(model)


def _clipped(step: Step, gradients: Tensor) -> tuple[Tensor, ...]:
    """Gradients that reach the output of a ReLU lose what is negative."""
    if step.kind is Kind.RELU:
        return (gradients.relu().mul_(step.output.detach() > 0),)
    return step.gradients(gradients)
