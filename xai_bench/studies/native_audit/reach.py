"""Question 6a: what does one weight see? The samples of z that W[l, t] depends on, measured."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator

import torch
from jaxtyping import Bool
from torch import Tensor

from xai_bench.nets.base import NativeNet
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import QuantityEstimate, net_property

__all__ = ["reach", "seen"]

_RECORDS = 2
_LEADS = (0, 5, 11)
_PHASES = (0, 1, 2, 3)  # after two poolings by two, neighbouring samples do not see alike


def reach(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """How far before, after and across leads a weight sees; the largest of a few weights."""
    middle = audited.z.shape[-1] // 2
    probes = [(lead, middle + phase) for lead in _LEADS for phase in _PHASES]
    count = min(_RECORDS, len(audited))
    before = after = rows = 0
    share = 0.0
    for (lead, sample), mask in zip(probes, seen(audited, probes, records=count), strict=True):
        if not mask.any():
            continue
        leads, times = mask.nonzero().unbind(1)
        before = max(before, sample - int(times.min()))
        after = max(after, int(times.max()) - sample)
        rows = max(rows, int((leads - lead).abs().max()))
        share = max(share, float(mask.double().mean()))
    yield net_property("reach_before", float(before), n=count)
    yield net_property("reach_after", float(after), n=count)
    yield net_property("reach_leads", float(rows), n=count)
    yield net_property("reach_share", share, n=count)


def seen(
    audited: AuditedNet, probes: Iterable[tuple[int, int]], *, records: int
) -> Iterator[Bool[Tensor, "lead time"]]:
    """For each (lead, sample) where dW[lead, sample]/dz is not zero in any of the first recordings.

    In float64, where convolutions are exact zeros outside their field. Max-pooling passes on one of
    two samples: another recording shows the other.
    """
    net = copy.deepcopy(audited.model.net).double()
    assert isinstance(net, NativeNet), "an AuditedNet is native"
    z = audited.z[:records].double().requires_grad_()
    W = audited.model.explained(net.generate(z)[0], audited.batch.target[:records])
    for lead, sample in probes:
        if not W.requires_grad:
            yield torch.zeros(z.shape[1:], dtype=torch.bool)
            continue
        (gradient,) = torch.autograd.grad(W[:, lead, sample].sum(), z, retain_graph=True)
        yield (gradient != 0).any(dim=0).cpu()
