"""The explanation of a net that gates its channels: what its gates let through, and when."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.errors import InputError
from xai_bench.methods.base import Batch, Method, Needs
from xai_bench.methods.cam import enlarged
from xai_bench.models import Model

__all__ = ["GatesMap"]


@final
class GatesMap(Method):
    """Sum over channels of g_c * |A_c(t)|, with the gates g and the maps A of the last gated block
    (ours, after the use that is made of squeeze-and-excitation gates, Hu et al. 2018: a channel
    with a large gate is said to matter). Interpolated as CAMs are; the same for all leads where
    the maps have lost them.

    It is Grad-CAM with the net's own gates in the place of gradients. No gradient is needed and no
    class is asked: it is the same for every class, says nothing of the sign, and promises no sum.
    One forward pass.
    """

    name = "gates"
    summary = "the net's own gates times its channel maps, at its last gated block"
    cite = "hu2018squeeze"
    needs = frozenset({Needs.GATES})
    passes = 1
    reads_layers = True

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        if reason := super().unsupported(model, evidence=evidence):
            return reason
        try:
            model.gates(torch.zeros(2, *model.shape, device=model.device))
        except InputError as error:
            return f"{self.name}: {error}"
        return None

    def remark(self, model: Model) -> str:
        maps = list(model.gates(torch.zeros(1, *model.shape, device=model.device)).values())[
            -1
        ].maps
        every = "the same for every class"
        return every if maps.dim() == 4 else f"{every}; no lead axis: one map for all leads"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        last = list(model.gates(batch.z).values())[-1]
        found = torch.einsum("rc,rc...->r...", last.gates, last.maps.abs())
        return enlarged(found, batch.z.shape[1], batch.z.shape[2])
