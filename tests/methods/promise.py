"""What a method promises that its attributions sum to."""

from __future__ import annotations

import torch
from torch import Tensor

from xai_bench.methods import Batch, Method
from xai_bench.methods.base import Reads
from xai_bench.methods.shared_pass import one_pass, shared_reads
from xai_bench.models import Model


def promised(method: Method, model: Model, given: Batch) -> Tensor | None:
    """From a pass of its own."""
    passed = one_pass(model, given, {Reads.LOG_ODDS, *shared_reads([method])})
    with torch.inference_mode():
        return method.total(model, given, passed)


def above_zero(model: Model, given: Batch) -> Tensor:
    """m(z) - m(0)."""
    with torch.no_grad():
        m, m_0 = (model.log_odds(z, given.target) for z in (given.z, torch.zeros_like(given.z)))
        return m - m_0
