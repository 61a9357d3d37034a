"""Guided backpropagation: gradients that are clipped at every ReLU on the way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.methods.base import Batch, Method, Needs, Reads
from xai_bench.methods.cam import GradCAM, lost_leads
from xai_bench.methods.shared_pass import one_pass
from xai_bench.models import Model

__all__ = ["GuidedBackprop", "GuidedGradCAM"]


@final
class GuidedBackprop(Method):
    """dm/dz, with what is negative set to zero at every ReLU on the way back, before the ReLU's own
    mask (Springenberg et al. 2015).

    Defined for ReLU nets only: elsewhere nothing is clipped, and it is the gradient under another
    name. One pass forward and back.
    """

    name = "guided-backprop"
    summary = "gradient of the log-odds, clipped at every ReLU on the way back"
    cite = "springenberg2015striving"
    needs = frozenset({Needs.RELU})

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        with _clipped(model.net):
            return one_pass(model, batch, {Reads.GRADIENT})[Reads.GRADIENT]


@final
class GuidedGradCAM(Method):
    """`guided-backprop` * `gradcam` (Selvaraju et al. 2017, section 3.2). Two passes forward and
    back.
    """

    name = "guided-gradcam"
    summary = "guided backpropagation times Grad-CAM"
    cite = "selvaraju2017gradcam"
    needs = frozenset({Needs.RELU, Needs.CAM_LAYER})

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return GuidedBackprop().attribute(model, batch) * GradCAM().attribute(model, batch)

    def remark(self, model: Model) -> str:
        return lost_leads(model)


@contextmanager
def _clipped(net: nn.Module) -> Iterator[None]:
    """Gradients that reach the output of a ReLU lose what is negative."""

    def clip(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        output.register_hook(lambda gradient: gradient.relu())

    hooks = [
        layer.register_forward_hook(clip) for layer in net.modules() if isinstance(layer, nn.ReLU)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
