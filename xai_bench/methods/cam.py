"""Class activation maps, read from a layer that keeps leads apart where there is one."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from xai_bench.methods.base import Batch, Needs
from xai_bench.methods.one_pass import OnePassMethod, Pass, Reads

__all__ = ["GradCAM"]


@final
class GradCAM(OnePassMethod):
    """ReLU of the activations weighted by their mean gradients (Selvaraju et al. 2017).

    A layer of shape (record, channel, lead, time') gives a map for each lead, interpolated in
    time only; one of shape (record, channel, time') has lost the leads, and its map is repeated
    for all twelve.
    """

    name = "gradcam"
    summary = "Grad-CAM at the card's cam_layer, one map a lead where the layer keeps leads"
    cite = "selvaraju2017gradcam"
    needs = frozenset({Needs.CAM_LAYER})
    reads = frozenset({Reads.ACTIVATION, Reads.ACTIVATION_GRADIENT})

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        places = tuple(range(2, passed[Reads.ACTIVATION].dim()))
        weights = passed[Reads.ACTIVATION_GRADIENT].mean(dim=places, keepdim=True)
        cam = (weights * passed[Reads.ACTIVATION]).sum(dim=1, keepdim=True).relu()
        leads, samples = batch.z.shape[1:]
        if cam.dim() == 3:
            cam = cam.unsqueeze(2).expand(-1, -1, leads, -1)
        return interpolate(cam, size=(leads, samples), mode="bilinear", align_corners=False)[:, 0]
