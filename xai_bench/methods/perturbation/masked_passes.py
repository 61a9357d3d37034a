"""The log-odds of recordings of which a part is set to the baseline, zero."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.devices import rows_of_a_pass
from xai_bench.methods.base import Batch
from xai_bench.methods.perturbation.regions import Regions
from xai_bench.methods.perturbation.windows import inside
from xai_bench.models import Model
from xai_bench.nets.local import LocalForward

__all__ = [
    "drops_of_regions",
    "drops_of_windows",
    "log_odds_of_coalitions",
    "log_odds_of_masked",
]


def log_odds_of_coalitions(
    model: Model,
    batch: Batch,
    regions: Regions,
    kept: Bool[Tensor, "coalition region"],
) -> Float[Tensor, "record coalition"]:
    """m of each recording in which only the regions of a coalition are kept."""
    rows = rows_of_a_pass(batch.z.device, "versions")
    return torch.stack(
        [
            _log_odds_of_kept(model, z, target, (part[:, index] for part in kept.split(rows)))
            for z, target, index in zip(batch.z, batch.target, regions.index, strict=True)
        ]
    )


def log_odds_of_masked(
    model: Model, batch: Batch, masks: Float[Tensor, "mask lead time"]
) -> Float[Tensor, "record mask"]:
    """m of each recording times each mask."""
    parts = masks.split(rows_of_a_pass(batch.z.device, "versions"))
    return torch.stack(
        [
            _log_odds_of_kept(model, z, target, parts)
            for z, target in zip(batch.z, batch.target, strict=True)
        ]
    )


def drops_of_regions(
    model: Model, batch: Batch, regions: Regions
) -> Float[Tensor, "record region"]:
    """m(z) - m(z with one region set to zero)."""
    if regions.windows is not None:
        return drops_of_windows(model, batch, regions.windows)
    all_but_one = ~torch.eye(len(regions), dtype=torch.bool, device=batch.z.device)
    left = log_odds_of_coalitions(model, batch, regions, all_but_one)
    return _log_odds(model, batch) - left


def drops_of_windows(
    model: Model, batch: Batch, windows: Int64[Tensor, "window 4"]
) -> Float[Tensor, "record window"]:
    """m(z) - m(z with one window set to zero).

    windows: (lead from, lead to, sample from, sample to), the ends excluded.
    """
    if model.local is not None:
        return _drops_by_local_passes(model, model.local, batch, windows)
    rows, shape = rows_of_a_pass(batch.z.device, "versions"), batch.z.shape[1:]
    left = [
        _log_odds_of_kept(model, z, target, (~inside(part, *shape) for part in windows.split(rows)))
        for z, target in zip(batch.z, batch.target, strict=True)
    ]
    return _log_odds(model, batch) - torch.stack(left)


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
def _log_odds(model: Model, batch: Batch) -> Float[Tensor, "record 1"]:
    return model.log_odds(batch.z, batch.target)[:, None]


@torch.inference_mode()
def _log_odds_of_kept(
    model: Model,
    z: Float[Tensor, "lead time"],
    target: Int64[Tensor, ""],
    masks: Iterable[Bool[Tensor, "_ lead time"] | Float[Tensor, "_ lead time"]],
) -> Float[Tensor, " _"]:
    # A pass holds copies of one recording only, so that it does not depend on the batch.
    return torch.cat([model.log_odds(z * kept, target.expand(len(kept))) for kept in masks])
