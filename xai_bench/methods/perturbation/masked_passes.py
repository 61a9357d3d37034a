"""The log-odds of recordings of which a part is set to the baseline, zero."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.methods.base import Batch
from xai_bench.methods.perturbation.regions import Regions
from xai_bench.methods.perturbation.windows import inside
from xai_bench.methods.version_passes import version_passes
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
    return _log_odds_of_kept(
        model, batch, kept, lambda part, rows: part[:, regions.index[rows]].transpose(0, 1)
    )


def log_odds_of_masked(
    model: Model, batch: Batch, masks: Float[Tensor, "mask lead time"]
) -> Float[Tensor, "record mask"]:
    """m of each recording times each mask."""
    return _log_odds_of_kept(model, batch, masks, lambda part, rows: part[None])


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
    leads, samples = batch.z.shape[1:]
    left = _log_odds_of_kept(
        model, batch, windows, lambda part, rows: ~inside(part, leads, samples)[None]
    )
    return _log_odds(model, batch) - left


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
    model: Model, batch: Batch, parts: Tensor, kept: Callable[[Tensor, slice], Tensor]
) -> Float[Tensor, "record part"]:
    """m of each recording times what is kept of it.

    kept: from some of the parts and the places of some recordings to masks, (record or 1, part,
    lead, time).
    """
    found = batch.z.new_empty(len(batch.z), len(parts))
    for records, some in version_passes(len(batch.z), len(parts), batch.z.device):
        z = batch.z[records].unsqueeze(1) * kept(parts[some], records)
        target = batch.target[records].repeat_interleave(z.shape[1])
        found[records, some] = model.log_odds(z.flatten(0, 1), target).unflatten(0, z.shape[:2])
    return found
