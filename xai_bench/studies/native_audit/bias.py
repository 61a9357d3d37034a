"""Question 1: does the net decide by W * z, which is shown, or by b, which is not?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.studies.native_audit.answer import Answer, across, area
from xai_bench.studies.native_audit.audited_net import Subject

__all__ = ["bias"]


def bias(subject: Subject) -> Iterator[Answer]:
    """Shares of |b|, and how well each part of the logit tells the classes apart."""
    terms, b = subject.terms.double(), subject.b.double().abs()
    yield across(subject, "bias_share", _share(b, terms.abs().sum(dim=(1, 2))))
    yield across(subject, "net_bias_share", _share(b, terms.sum(dim=(1, 2)).abs()))
    parts = _parts(subject)
    yield area(subject, "auroc_bias", parts[1])
    yield area(subject, "auroc_terms", parts[0])
    yield area(subject, "auroc_logit", parts[0] + parts[1])


def _share(b: Float[Tensor, " record"], rest: Float[Tensor, " record"]) -> Tensor:
    return b / (b + rest)


@torch.inference_mode()
def _parts(subject: Subject) -> tuple[Float[np.ndarray, "record column"], ...]:
    """sum(W * z) and b of every column of the task."""
    task = subject.model.task
    found = []
    for piece in subject.pieces(len(subject)):
        columns = []
        for name in task.columns:
            W, b = subject.model.native(piece.z, task.classes.index(name))
            columns.append(torch.stack([(W * piece.z).double().sum(dim=(1, 2)), b.double()]))
        found.append(torch.stack(columns, dim=2))
    return tuple(torch.cat(found, dim=1).cpu().numpy())
