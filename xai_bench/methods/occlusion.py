"""What the log-odds lose when one window of one lead is set to zero."""

from __future__ import annotations

from typing import final

from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.methods.base import Batch, Method
from xai_bench.methods.perturbed import drops_of_windows
from xai_bench.methods.windows import grid_windows, mean_over_windows, sliding_windows
from xai_bench.models import Model

__all__ = ["FeatureAblation", "Occlusion"]


@final
class Occlusion(Method):
    """The mean of (m(z) - m(z')) / size over the windows that cover a sample.

    z' is z with one window of one lead set to zero (Zeiler & Fergus 2014; the mean is Captum's).
    Windows are 1/20 of the recording long, 0.5 s of 10 s, and begin every half of that. Promises
    no sum.

    469 forward passes a recording: 12 leads x 39 windows, and z.
    """

    name = "occlusion"
    summary = "drop of the log-odds without a window of 1/20 of a lead, every 1/40"
    cite = "zeiler2014occlusion"

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        leads, samples = batch.z.shape[1:]
        windows = sliding_windows(leads, samples, width=samples // 20, stride=samples // 40)
        return _mean_drop(model, batch, windows)


@final
class FeatureAblation(Method):
    """(m(z) - m(z')) / size, with z' without one of 120 regions (Li et al. 2016).

    Regions are 12 leads x 10 segments, set to zero. Promises no sum: what regions do together
    counts for each of them, or for none.

    121 forward passes a recording: 120 regions, and z.
    """

    name = "feature-ablation"
    summary = "drop of the log-odds without one region of 12 leads x 10 segments"
    cite = "li2016erasure"

    segments = 10

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        leads, samples = batch.z.shape[1:]
        windows = grid_windows(leads, samples, segments=self.segments)
        return _mean_drop(model, batch, windows)


def _mean_drop(
    model: Model, batch: Batch, windows: Int64[Tensor, "window 4"]
) -> Float[Tensor, "record lead time"]:
    windows = windows.to(batch.z.device)
    drops = drops_of_windows(model, batch, windows)
    return mean_over_windows(drops, windows, *batch.z.shape[1:])
