"""The log-odds of recordings of which a part is set to the baseline, zero."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.methods.base import Batch
from xai_bench.methods.windows import inside
from xai_bench.models import Model
from xai_bench.nets.local import LocalForward

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
    if model.local is not None:
        return _drops_by_local_passes(model, model.local, batch, windows)
    rows, shape = _ROWS[batch.z.device.type], batch.z.shape[1:]
    kept = (~inside(part, *shape) for part in torch.split(windows, rows))
    with torch.inference_mode():
        whole = model.log_odds(batch.z, batch.target)
    return whole[:, None] - _log_odds_of_kept(model, batch, kept)


def _drops_by_local_passes(
    model: Model, local: LocalForward, batch: Batch, windows: Int64[Tensor, "window 4"]
) -> Float[Tensor, "record window"]:
    """The same from one full pass, and from the cells that each window changes."""
    records, known = len(batch.z), local.known(batch.z)
    drops = batch.z.new_empty(records, len(windows))
    sizes, kind = torch.unique(windows[:, 1::2] - windows[:, ::2], dim=0, return_inverse=True)
    for one in range(len(sizes)):
        same = (kind == one).nonzero()[:, 0]
        logits = local.windows(known, windows[same].expand(records, -1, -1))
        change = known.logits.unsqueeze(1) - logits
        target = batch.target.repeat_interleave(len(same))
        drops[:, same] = model.explained(change.flatten(0, 1), target).reshape(records, -1).float()
    return drops


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
