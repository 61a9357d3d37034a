"""Question 6c: does the net read the same heart at 500 Hz? A field of 77 samples is then 0.15 s."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float32

from xai_bench.data.normalise import Form, to_form
from xai_bench.errors import InputError
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import (
    QuantityEstimate,
    auroc_of_columns,
    over_recordings,
    unavailable,
)
from xai_bench.types import Recordings

__all__ = ["sampling_rate"]

Signal = Float32[np.ndarray, "record lead time"]

_SHAPES = re.compile(r"\b(shape|size|dimension)s?\b", re.IGNORECASE)
"""In every message of torch about tensors that do not fit together."""


def sampling_rate(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Log-odds and AUROC of the faster recordings, as they are and resampled."""
    faster = audited.faster
    if faster is None:
        yield from unavailable([*_names("fast"), *_names("resampled")], audited.why_not_faster)
        return
    try:
        yield from _at(audited, "fast", faster.signal)
    except (InputError, RuntimeError) as error:
        if not _is_about_length(error):
            raise
        yield from unavailable(_names("fast"), str(error).splitlines()[0])
    yield from _at(audited, "resampled", _resampled(audited, faster))


def _names(kind: str) -> list[str]:
    return [f"{kind}_{what}" for what in ("log_odds", "auroc")]


def _is_about_length(error: Exception) -> bool:
    """Whether a net says that it reads no recordings of this length; not of memory, or a fault."""
    if isinstance(error, torch.OutOfMemoryError):
        return False
    return isinstance(error, InputError) or _SHAPES.search(str(error)) is not None


def _at(audited: AuditedNet, name: str, millivolt: Signal) -> list[QuantityEstimate]:
    z = audited.model.normalise(torch.from_numpy(millivolt))
    m = audited.forward(z, audited.batch.target)
    return [
        over_recordings(audited, f"{name}_log_odds", (m - audited.log_odds).abs()),
        auroc_of_columns(audited, f"{name}_auroc", audited.columns(z, m)),
    ]


def _resampled(audited: AuditedNet, faster: Recordings) -> Signal:
    form = Form(rate_hz=audited.recordings.rate_hz, seconds=audited.recordings.seconds)
    made = [
        to_form(signal.astype(np.float64), faster.rate_hz, form, record_id)
        for signal, record_id in zip(faster.signal, faster.record_id, strict=True)
    ]
    signal: Signal = np.stack(made).astype(np.float32) / np.float32(1000)
    return signal
