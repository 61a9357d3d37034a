"""The log-odds of recordings of which a part is set to the baseline, zero."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.methods.base import Batch
from xai_bench.methods.windows import inside
from xai_bench.models import Model

__all__ = ["drops_of_windows", "log_odds_of_coalitions"]

_ROWS = {"cpu": 8, "cuda": 256}
"""Perturbed copies of one recording in one pass; larger passes are slower on a CPU."""


def log_odds_of_coalitions(
    model: Model,
    batch: Batch,
    region: Int64[Tensor, "lead time"],
    kept: Bool[Tensor, "coalition region"],
) -> Float[Tensor, "record coalition"]:
    """m of each recording in which only the regions of a coalition are kept."""
    rows = _ROWS[batch.z.device.type]
    return _log_odds_of_kept(model, batch, (part[:, region] for part in torch.split(kept, rows)))


def drops_of_windows(
    model: Model, batch: Batch, windows: Int64[Tensor, "window 4"]
) -> Float[Tensor, "record window"]:
    """m(z) - m(z with one window set to zero).

    windows: (lead from, lead to, sample from, sample to), the ends excluded.
    """
    rows, shape = _ROWS[batch.z.device.type], batch.z.shape[1:]
    kept = (~inside(part, *shape) for part in torch.split(windows, rows))
    with torch.inference_mode():
        whole = model.log_odds(batch.z, batch.target)
    return whole[:, None] - _log_odds_of_kept(model, batch, kept)


@torch.inference_mode()
def _log_odds_of_kept(
    model: Model, batch: Batch, masks: Iterator[Bool[Tensor, "copy lead time"]]
) -> Float[Tensor, "record _"]:
    # A pass holds copies of one recording only, so that it does not depend on the batch.
    parts = [
        torch.stack(
            [
                model.log_odds(z * kept, target.expand(len(kept)))
                for z, target in zip(batch.z, batch.target, strict=True)
            ]
        )
        for kept in masks
    ]
    return torch.cat(parts, dim=1)
