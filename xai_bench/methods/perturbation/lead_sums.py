"""Coalitions of whole leads, of a net whose leads meet in one sum: exact, without its branches."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from xai_bench.devices import halved
from xai_bench.methods.base import Batch
from xai_bench.models import Model
from xai_bench.nets.lead_sum import LeadSumNet

__all__ = ["log_odds_of_leads"]

_ROWS = {"cpu": 256, "cuda": 4096}
"""Sums of a pass: small, and so more of them than of recordings."""


@torch.inference_mode()
def log_odds_of_leads(
    model: Model,
    net: LeadSumNet,
    batch: Batch,
    kept: Bool[Tensor, "coalition record lead"],
) -> Float[Tensor, "record coalition"]:
    """m of each recording in which only the leads of a coalition are kept, the others being zero or
    `batch.baseline`: the branches run once for the recording and once for the baseline."""
    found = batch.z.new_empty(len(batch.z), len(kept))
    for row in range(len(batch.z)):
        here = slice(row, row + 1)
        (present,) = net.parts(batch.z[here])
        missing = torch.zeros_like(batch.z[here])
        (absent,) = net.parts(missing if batch.baseline is None else batch.baseline[here])
        gain, none = (present - absent).flatten(1), absent.sum(dim=0)
        for some in torch.arange(len(kept)).split(halved(_ROWS[batch.z.device.type])):
            chosen = kept[some[0] : some[-1] + 1, row].to(gain.dtype)
            total = none + (chosen @ gain).unflatten(1, none.shape)
            target = batch.target[here].expand(len(total))
            found[row, some[0] : some[-1] + 1] = model.log_odds_of(net.head(total), target)
    return found
