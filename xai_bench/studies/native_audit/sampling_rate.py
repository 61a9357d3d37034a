"""Question 6c: does the net read the same heart at 500 Hz? A field of 77 samples is then 0.15 s."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from xai_bench.data.normalise import Form, to_form
from xai_bench.errors import InputError
from xai_bench.studies.native_audit.answer import Answer, across, area, missing
from xai_bench.studies.native_audit.audited_net import Subject
from xai_bench.types import Recordings

__all__ = ["rate"]


def rate(subject: Subject) -> Iterator[Answer]:
    """Log-odds and AUROC of the faster recordings, as they are and resampled."""
    faster = subject.faster
    if faster is None:
        names = (
            f"{kind}_{what}" for kind in ("fast", "resampled") for what in ("log_odds", "auroc")
        )
        yield from (missing(name, subject.why_not_faster) for name in names)
        return
    try:
        yield from _at(subject, "fast", faster.signal)
    except (InputError, RuntimeError) as error:  # torch's own word for shapes that do not fit
        reason = str(error).splitlines()[0]
        yield from (missing(name, reason) for name in ("fast_log_odds", "fast_auroc"))
    yield from _at(subject, "resampled", _resampled(subject, faster))


def _at(
    subject: Subject, name: str, millivolt: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> list[Answer]:
    z = subject.model.normalise(torch.from_numpy(millivolt))
    m = subject.forward(z, subject.batch.target)
    return [
        across(subject, f"{name}_log_odds", (m - subject.log_odds).abs()),
        area(subject, f"{name}_auroc", subject.columns(z, m)),
    ]


def _resampled(
    subject: Subject, faster: Recordings
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    form = Form(rate_hz=subject.recordings.rate_hz, seconds=subject.recordings.seconds)
    made = [
        to_form(signal.astype(np.float64), faster.rate_hz, form, record_id)
        for signal, record_id in zip(faster.signal, faster.record_id, strict=True)
    ]
    return np.stack(made).astype(np.float32) / np.float32(1000)
