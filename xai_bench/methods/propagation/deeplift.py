"""DeepLIFT and DeepSHAP: multipliers between a recording and a reference, for ReLU nets."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.methods.background import above_background, background
from xai_bench.methods.base import Batch, Method, Needs, above_baseline
from xai_bench.methods.propagation.rescale import rescaled_differences
from xai_bench.models import Model

__all__ = ["DeepLIFT", "DeepSHAP"]

_PAIRS = {"cpu": 4, "cuda": 16}
"""References in one pass, each beside z; larger passes are no faster on a CPU."""


@final
class DeepLIFT(Method):
    """(z - 0) * multipliers of the rescale rule (Shrikumar et al. 2017), reference zero.

    The multiplier of a layer is the difference of its outputs over that of its inputs, between z
    and zero; multipliers of layers follow the chain rule. Sums to m(z) - m(0). Only for ReLU nets:
    Captum's DeepLift takes the plain gradient where it has no rule, as for GELU and for W * z, and
    its rule for max pools loses a part of the sum, on `inception1d` nearly all of it.

    Two forward and two backward passes a recording: z and the reference.
    """

    name = "deeplift"
    summary = "DeepLIFT, rescale rule, from the zero recording"
    cite = "shrikumar2017deeplift"
    needs = frozenset({Needs.RELU})

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return rescaled_differences(model, batch.z, torch.zeros_like(batch.z), batch.target)

    @torch.inference_mode()
    def total(self, model: Model, batch: Batch) -> Float[Tensor, " record"]:
        return above_baseline(model, batch)


@final
class DeepSHAP(Method):
    """The mean of DeepLIFT over 16 references, those of `background` (Lundberg & Lee 2017).

    Sums to m(z) less the mean of m over the references. Only for ReLU nets, as `DeepLIFT`.

    32 forward and 32 backward passes a recording: with each reference, z and the reference.
    """

    name = "deepshap"
    summary = "DeepLIFT from each of 16 synthetic recordings, their mean"
    cite = "lundberg2017shap"
    needs = frozenset({Needs.RELU})

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        references = background(model).split(_PAIRS[batch.z.device.type])
        return torch.stack(
            [
                torch.cat([_from_each(model, z, target, some) for some in references]).mean(dim=0)
                for z, target in zip(batch.z, batch.target, strict=True)
            ]
        )

    def total(self, model: Model, batch: Batch) -> Float[Tensor, " record"]:
        return above_background(model, batch)


def _from_each(
    model: Model,
    z: Float[Tensor, "lead time"],
    target: Int64[Tensor, ""],
    references: Float[Tensor, "reference lead time"],
) -> Float[Tensor, "reference lead time"]:
    count = len(references)
    same = z.expand(count, -1, -1)
    return rescaled_differences(model, same, references, target.expand(count))
