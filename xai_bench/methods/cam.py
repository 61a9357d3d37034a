"""Class activation maps, read from a layer that keeps leads apart where there is one."""

from __future__ import annotations

from typing import final

from captum.attr import LayerGradCam
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from xai_bench.methods.base import Batch, Method, Needs
from xai_bench.models import Model

__all__ = ["GradCAM"]


@final
class GradCAM(Method):
    """ReLU of the activations weighted by their mean gradients (Selvaraju et al. 2017).

    A layer of shape (record, channel, lead, time') gives a map for each lead, interpolated in
    time only; one of shape (record, channel, time') has lost the leads, and its map is repeated
    for all twelve.
    """

    name = "gradcam"
    summary = "Grad-CAM at the card's cam_layer, one map a lead where the layer keeps leads"
    cite = "selvaraju2017gradcam"
    needs = frozenset({Needs.CAM_LAYER})

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        cam: Tensor = LayerGradCam(model.log_odds, model.cam_layer).attribute(
            batch.z.detach().clone().requires_grad_(),
            additional_forward_args=(batch.target,),
            relu_attributions=True,
        )
        leads, samples = batch.z.shape[1:]
        if cam.dim() == 3:
            cam = cam.unsqueeze(2).expand(-1, -1, leads, -1)
        size = (leads, samples)
        return interpolate(cam.detach(), size=size, mode="bilinear", align_corners=False)[:, 0]
