"""What the log-odds lose when a part of the recording is set to zero."""

from __future__ import annotations

from typing import ClassVar, final

from jaxtyping import Float
from torch import Tensor

from xai_bench.methods.base import Batch, Method
from xai_bench.methods.perturbation.masked_passes import drops_of_regions, drops_of_windows
from xai_bench.methods.perturbation.regions import divide
from xai_bench.methods.perturbation.windows import mean_over_windows, sliding_windows
from xai_bench.models import Model

__all__ = ["FeatureAblation", "Occlusion", "WaveAblation"]


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
    takes_baseline = True
    passes = 469

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        leads, samples = batch.z.shape[1:]
        windows = sliding_windows(leads, samples, width=samples // 20, stride=samples // 40)
        drops = drops_of_windows(model, batch, windows)
        return mean_over_windows(drops, windows, leads, samples)


class _Ablation(Method):
    """(m(z) - m(z')) / size, with z' without one region (Li et al. 2016).

    Regions are set to zero. Promises no sum: what regions do together counts for each of them, or
    for none. One forward pass a region, and one for z.
    """

    cite = "li2016erasure"
    takes_baseline = True

    regions: ClassVar[str]

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        regions = divide(self.regions, batch)
        return regions.spread(drops_of_regions(model, batch, regions).double()).to(batch.z.dtype)


@final
class FeatureAblation(_Ablation):
    """Ablation of 120 regions, 12 leads x 10 segments."""

    name = "feature-ablation"
    summary = "drop of the log-odds without one region of 12 leads x 10 segments"
    regions = "grid-10"
    passes = 121


@final
class WaveAblation(_Ablation):
    """Ablation of one kind of wave in one lead, in all beats at once: P, QRS, ST, T, and the rest.

    Waves are those of the truth where it is known, and of the delineator where it is not.
    """

    name = "wave-ablation"
    summary = "drop of the log-odds without one kind of wave (P, QRS, ST, T, rest) of one lead"
    regions = "waves"
    passes = 61
