"""The log-odds of recordings of which a part is set to the baseline: zero, or another."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from xai_bench.devices import rows_of_a_pass
from xai_bench.methods.base import Batch
from xai_bench.methods.perturbation.lead_sums import log_odds_of_leads
from xai_bench.methods.perturbation.local_drops import local_drops, widest
from xai_bench.methods.perturbation.regions import Regions
from xai_bench.methods.perturbation.windows import inside
from xai_bench.methods.version_passes import version_passes
from xai_bench.models import Model
from xai_bench.nets.lead_sum import LeadSumNet

__all__ = [
    "drops_of_regions",
    "drops_of_windows",
    "kept_parts",
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
    if isinstance(model.net, LeadSumNet) and regions.of_lead is not None:
        return log_odds_of_leads(model, model.net, batch, kept[:, regions.of_lead])
    return _log_odds_of_kept(
        model,
        batch,
        len(kept),
        lambda records, some: kept[some][:, regions.index[records]].transpose(0, 1),
    )


def log_odds_of_masked(
    model: Model,
    batch: Batch,
    count: int,
    masks: Callable[[slice, slice], Float[Tensor, "record part lead time"]],
) -> Float[Tensor, "record mask"]:
    """m of each recording times each of its masks; with a baseline b, of b + mask * (z - b).

    masks: from the places of some recordings and of some of their `count` masks to these masks.
    """
    return _log_odds_of_kept(model, batch, count, masks)


def drops_of_regions(
    model: Model, batch: Batch, regions: Regions
) -> Float[Tensor, "record region"]:
    """m(z) - m(z with one region set to the baseline)."""
    if regions.windows is not None:
        return drops_of_windows(model, batch, regions.windows)
    all_but_one = ~torch.eye(len(regions), dtype=torch.bool, device=batch.z.device)
    left = log_odds_of_coalitions(model, batch, regions, all_but_one)
    return _log_odds(model, batch) - left


def drops_of_windows(
    model: Model, batch: Batch, windows: Int64[Tensor, "window 4"]
) -> Float[Tensor, "record window"]:
    """m(z) - m(z with one window set to the baseline).

    windows: (lead from, lead to, sample from, sample to), the ends excluded; in main memory, so
        that no device has to be waited for.
    """
    leads, samples = batch.z.shape[1:]
    local, size = model.local((leads, samples)), widest(windows)
    windows = windows.to(batch.z.device)
    if batch.baseline is None and local is not None and local.saves(size):
        alone = windows[:, None].expand(len(batch.z), -1, -1, -1)
        drops = local_drops(model, batch, local, local.known(batch.z), alone, size)
        return drops.squeeze(2).float()
    left = _log_odds_of_kept(
        model, batch, len(windows), lambda _, some: ~inside(windows[some], leads, samples)[None]
    )
    return _log_odds(model, batch) - left


def kept_parts(
    batch: Batch,
    records: slice,
    kept: Bool[Tensor, "mask_record part lead time"] | Float[Tensor, "mask_record part lead time"],
) -> Float[Tensor, "record part lead time"]:
    """Some recordings, of which each mask keeps a part, all at once or to a degree; the rest is the
    baseline."""
    z = batch.z[records].unsqueeze(1)
    if batch.baseline is None:
        return z * kept
    baseline = batch.baseline[records].unsqueeze(1)
    if kept.dtype == torch.bool:
        return torch.where(kept, z, baseline)
    return baseline + kept * (z - baseline)


@torch.inference_mode()
def _log_odds(model: Model, batch: Batch) -> Float[Tensor, "record 1"]:
    return model.log_odds(batch.z, batch.target)[:, None]


@torch.inference_mode()
def _log_odds_of_kept(
    model: Model, batch: Batch, count: int, kept: Callable[[slice, slice], Tensor]
) -> Float[Tensor, "record part"]:
    """m of what is kept of each recording.

    kept: from the places of some recordings and of some of the `count` parts to masks, (record or
    1, part, lead, time).
    """
    found = batch.z.new_empty(len(batch.z), count)
    rows = rows_of_a_pass(batch.z.device, "versions")
    for records, some in version_passes(len(batch.z), count, rows):
        z = kept_parts(batch, records, kept(records, some))
        target = batch.target[records].repeat_interleave(z.shape[1])
        found[records, some] = model.log_odds(z.flatten(0, 1), target).unflatten(0, z.shape[:2])
    return found
