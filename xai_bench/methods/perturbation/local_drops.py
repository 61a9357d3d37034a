"""What the log-odds lose without windows, computed from what the windows change in the net."""

from __future__ import annotations

from jaxtyping import Float64, Int64
from torch import Tensor

from xai_bench.methods.base import Batch
from xai_bench.models import Model
from xai_bench.nets.local import Known, LocalForward

__all__ = ["local_drops", "widest"]


def local_drops(
    model: Model,
    batch: Batch,
    local: LocalForward,
    known: Known,
    windows: Int64[Tensor, "record chain step 4"],
    size: tuple[int, int],
) -> Float64[Tensor, "record chain step"]:
    """m(z) - m(z with the first, the first two, ... windows of a chain set to zero).

    known: of the recordings in `batch`. windows, size: as `LocalForward.logits` takes them.
    """
    left = local.logits(known, windows, size)
    target = batch.target.repeat_interleave(windows.shape[1] * windows.shape[2])
    without = model.log_odds_of(left.flatten(0, 2), target).reshape(left.shape[:3])
    return model.log_odds_of(known.logits, batch.target)[:, None, None] - without


def widest(windows: Int64[Tensor, "window 4"]) -> tuple[int, int]:
    """The most leads and the most samples of windows that are held in main memory."""
    leads, samples = (windows[:, 1::2] - windows[:, ::2]).amax(dim=0).tolist()
    return leads, samples
