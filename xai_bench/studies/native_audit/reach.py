"""Question 6: what does a weight see, and what does the file's form change?

Reach: the samples of z that W[l, t] depends on, measured. Lead order: convolutions across rows take
neighbours in the file for neighbours on the body. Sampling rate: does the net read the same heart
at 500 Hz? A field of 77 samples is then 0.15 s.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32
from torch import Tensor

from xai_bench.data.normalise import Form, to_form
from xai_bench.data.source import about
from xai_bench.errors import InputError
from xai_bench.stats.correlation import spearman
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import (
    QuantityEstimate,
    auroc_of_columns,
    estimates,
    over_recordings,
)
from xai_bench.types import Recordings

__all__ = ["ORDERS", "lead_order", "reach", "sampling_rate", "seen"]

ORDERS = {
    "swapped": (6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5),
    "reversed": (11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
}
"""Precordial leads before limb leads, and V6 to I."""

_RECORDS = 2
_LEADS = (0, 5, 11)
_PHASES = (0, 1, 2, 3)  # after two poolings by two, neighbouring samples do not see alike

_SHAPES = re.compile(r"\b(shape|size|dimension)s?\b", re.IGNORECASE)
"""In every message of torch about tensors that do not fit together."""


def reach(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """How far before, after and across leads a weight sees; the largest of a few weights."""
    middle = audited.z.shape[-1] // 2
    probes = [(lead, middle + phase) for lead in _LEADS for phase in _PHASES]
    count = min(_RECORDS, len(audited))
    reached = dict.fromkeys(("reach_before", "reach_after", "reach_leads", "reach_share"), 0.0)
    for (lead, sample), mask in zip(probes, seen(audited, probes, records=count), strict=True):
        if not mask.any():
            continue
        leads, times = mask.nonzero().unbind(1)
        of_probe = (
            sample - int(times.min()),
            int(times.max()) - sample,
            int((leads - lead).abs().max()),
            float(mask.double().mean()),
        )
        pairs = zip(reached.items(), of_probe, strict=True)
        reached = {name: max(most, float(value)) for (name, most), value in pairs}
    for name, most in reached.items():
        yield QuantityEstimate(quantity=name, value=most, n=count)


def seen(
    audited: AuditedNet, probes: Iterable[tuple[int, int]], *, records: int
) -> Iterator[Bool[Tensor, "lead time"]]:
    """For each (lead, sample) where dW[lead, sample]/dz is not zero in any of the first recordings.

    In float64, where convolutions are exact zeros outside their field. Max-pooling passes on one of
    two samples: another recording shows the other.
    """
    model = audited.model.with_net(copy.deepcopy(audited.model.net).double())
    z = audited.z[:records].double().requires_grad_()
    W, _ = model.native(z, audited.batch.target[:records])
    for lead, sample in probes:
        if not W.requires_grad:
            yield torch.zeros(z.shape[1:], dtype=torch.bool)
            continue
        (gradient,) = torch.autograd.grad(W[:, lead, sample].sum(), z, retain_graph=True)
        yield (gradient != 0).any(dim=0).cpu()


def lead_order(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Change of the log-odds, AUROC, and rank correlation of W * z brought back to order."""
    terms = audited.terms.flatten(1)
    for name, rows in ORDERS.items():
        taken = torch.tensor(rows, device=audited.z.device)
        z = audited.z[:, taken]
        yield from _read(audited, name, z)
        W, _ = audited.native(z)
        back = (W * z)[:, taken.argsort()]
        yield over_recordings(audited, f"{name}_rank", spearman(terms, back.flatten(1)))


def sampling_rate(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Log-odds and AUROC of the faster recordings, as they are and resampled."""
    faster = audited.faster
    if faster is None:
        names = (*_names("fast"), *_names("resampled"))
        yield from estimates(audited, dict.fromkeys(names, audited.why_not_faster))
        return
    try:
        yield from _read(audited, "fast", audited.model.normalise(torch.from_numpy(faster.signal)))
    except (InputError, RuntimeError) as error:
        if not _is_about_length(error):
            raise
        yield from estimates(audited, dict.fromkeys(_names("fast"), str(error).splitlines()[0]))
    resampled = torch.from_numpy(_resampled(audited, faster))
    yield from _read(audited, "resampled", audited.model.normalise(resampled))


def _names(form: str) -> list[str]:
    return [f"{form}_{what}" for what in ("log_odds", "auroc")]


def _read(
    audited: AuditedNet, form: str, z: Float[Tensor, "record lead time"]
) -> list[QuantityEstimate]:
    """Change of the log-odds and AUROC where the net reads the recordings in another form."""
    m = audited.forward(z, audited.batch.target)
    log_odds, auroc = _names(form)
    return [
        over_recordings(audited, log_odds, (m - audited.log_odds).abs()),
        auroc_of_columns(audited, auroc, audited.columns(z, m)),
    ]


def _is_about_length(error: Exception) -> bool:
    """Whether a net says that it reads no recordings of this length; not of memory, or a fault."""
    if isinstance(error, torch.OutOfMemoryError):
        return False
    return isinstance(error, InputError) or _SHAPES.search(str(error)) is not None


def _resampled(audited: AuditedNet, faster: Recordings) -> Float32[np.ndarray, "record lead time"]:
    form = Form(rate_hz=audited.recordings.rate_hz, seconds=audited.recordings.seconds)
    made = []
    for signal, record_id in zip(faster.signal, faster.record_id, strict=True):
        with about(record_id):
            made.append(to_form(signal.astype(np.float64), faster.rate_hz, form))
    millivolt: np.ndarray = np.stack(made).astype(np.float32) / np.float32(1000)
    return millivolt
