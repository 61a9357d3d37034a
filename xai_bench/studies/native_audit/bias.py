"""Question 1: does the net decide by W * z, which is shown, or by b, which is not?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import (
    QuantityEstimate,
    auroc_of_columns,
    over_recordings,
)

__all__ = ["bias"]


def bias(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Shares of |b|, and how well each part of the logit tells the classes apart."""
    terms, b = audited.terms.double(), audited.bias.double().abs()
    yield over_recordings(audited, "bias_share", _share(b, terms.abs().sum(dim=(1, 2))))
    yield over_recordings(audited, "net_bias_share", _share(b, terms.sum(dim=(1, 2)).abs()))
    parts = _parts(audited)
    yield auroc_of_columns(audited, "auroc_bias", parts[1])
    yield auroc_of_columns(audited, "auroc_terms", parts[0])
    yield auroc_of_columns(audited, "auroc_logit", parts[0] + parts[1])


def _share(b: Float[Tensor, " record"], rest: Float[Tensor, " record"]) -> Tensor:
    return b / (b + rest)


@torch.inference_mode()
def _parts(audited: AuditedNet) -> tuple[Float[np.ndarray, "record column"], ...]:
    """sum(W * z) and b of every column of the task."""
    task = audited.model.task
    found = []
    for part in audited.parts(len(audited)):
        columns = []
        for name in task.columns:
            W, b = audited.model.native(part.z, task.classes.index(name))
            columns.append(torch.stack([(W * part.z).double().sum(dim=(1, 2)), b.double()]))
        found.append(torch.stack(columns, dim=2))
    return tuple(torch.cat(found, dim=1).cpu().numpy())
