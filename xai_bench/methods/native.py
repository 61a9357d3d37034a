"""The explanation a native net writes itself: its generated weights times the recording."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Needs
from xai_bench.methods.one_pass import OnePassMethod, Pass, Reads
from xai_bench.models import Model

__all__ = ["Native"]


@final
class Native(OnePassMethod):
    """W * z, for two outputs (W1 - W0) * z (arXiv 2602.09566), for several classes W_k * z.

    One forward pass. Sums to log-odds - b by construction.
    """

    name = "native"
    summary = "generated weights W times z: the net's own explanation"
    cite = "thambawita2026ecgimn"
    needs = frozenset({Needs.WEIGHTS})
    reads = frozenset({Reads.WEIGHTS})

    def read(self, batch: Batch, passed: Pass) -> Float[Tensor, "record lead time"]:
        return passed[Reads.WEIGHTS] * batch.z

    @torch.inference_mode()
    def total(self, model: Model, batch: Batch) -> Float[Tensor, " record"]:
        return model.log_odds(batch.z, batch.target) - model.native(batch.z, batch.target)[1]
