"""How alike two attributions are: Spearman, cosine, overlap of the largest tenth, SSIM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from xai_bench.methods.attribute import Explained
from xai_bench.stats.correlation import average_ranks
from xai_bench.studies.stability.batch_scores import Measurement

__all__ = ["CONSTANT", "SSIM_WINDOW", "TOP", "ZERO", "Maps"]
__all__ += ["prepare", "prepare_each", "similarities"]

TOP = 0.1
"""Share of a map's samples that its largest are."""

SSIM_WINDOW = 7
"""Leads and samples in the window of SSIM, the default of scikit-image."""

ZERO = "an attribution is zero everywhere"
CONSTANT = "an attribution is the same everywhere"
_NARROW = f"fewer than {SSIM_WINDOW} samples to compare, which SSIM looks at"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maps:
    """Attributions that are ranked and scaled once, by `prepare`, to be compared many times."""

    ranks: Float64[Tensor, "map value"]
    """Ranks, ties at their mean, centred and of length 1; NaN for a map that is constant."""
    direction: Float64[Tensor, "map value"]
    """Values at length 1; NaN for a map that is zero."""
    top: Float64[Tensor, "map value"]
    """1 for the k largest |a|, k a tenth of the samples. Where several |a| are tied for the last
    places, each holds an equal share of a place, so that the sum is k."""
    plane: Float64[np.ndarray, "map lead time"]
    """Values divided by the largest |a|."""
    flaws: tuple[str, ...]
    """Why a map cannot be compared, or ""."""
    constant: tuple[bool, ...]
    """Whether a map is the same everywhere."""


def prepare(
    attribution: Float[Tensor, "map lead time"],
    flaws: Sequence[str] = (),
    *,
    of_size: bool = False,
) -> Maps:
    """Rank and scale maps.

    flaws: what is wrong with each already.
    of_size: rank |a|, not a, as tests of randomised weights do (Adebayo et al. 2018).
    """
    values = attribution.flatten(1).double()
    size = values.abs()
    constant = values.amax(dim=1) == values.amin(dim=1)
    known = list(flaws) or [""] * len(values)
    for row, (finite, peak) in enumerate(
        zip(values.isfinite().all(dim=1).tolist(), size.amax(dim=1).tolist(), strict=True)
    ):
        if not finite:
            known[row] = known[row] or "an attribution is not finite"
        elif peak == 0:
            known[row] = known[row] or ZERO
    ranks = average_ranks(size if of_size else values)
    plane = values / size.amax(dim=1, keepdim=True)
    return Maps(
        ranks=_of_length_one(ranks - ranks.mean(dim=1, keepdim=True)),
        direction=_of_length_one(values),
        top=_top(size),
        plane=plane.reshape(attribution.shape).cpu().numpy(),
        flaws=tuple(known),
        constant=tuple(constant.tolist()),
    )


def prepare_each(explained: Mapping[str, Explained], *, of_size: bool = False) -> dict[str, Maps]:
    """The attributions by each method, see `prepare`."""
    return {
        name: prepare(one.values, one.flaws, of_size=of_size) for name, one in explained.items()
    }


def similarities(a: Maps, b: Maps) -> dict[str, Measurement]:
    """Every one of SIMILARITIES, of map k of `a` and map k of `b`.

    spearman  correlation of ranks
    cosine    <a, b> / (|a| |b|)
    top-10%   places that the k largest |a| of both maps have in common / k; by chance 0.1. Tied
              places are shared, and what both maps hold of a sample is the smaller of the shares
    ssim      structural similarity (Wang et al. 2004) of the lead x time planes, each scaled by its
              own largest |a|, over windows of 7 leads and 7 samples. Where both maps are near zero
              their windows are alike: sparse maps have a high one whatever they show, so that it
              means nothing without its floor
    """
    flaws = [one or other for one, other in zip(a.flaws, b.flaws, strict=True)]
    constant = [one or other for one, other in zip(a.constant, b.constant, strict=True)]
    narrow = _NARROW if min(a.plane.shape[1:]) < SSIM_WINDOW else ""
    shared = torch.minimum(a.top, b.top).sum(dim=1) / a.top.sum(dim=1)
    return {
        "spearman": Measurement.where_defined(
            _products(a.ranks, b.ranks),
            [why or CONSTANT * flat for why, flat in zip(flaws, constant, strict=True)],
        ),
        "cosine": Measurement.where_defined(_products(a.direction, b.direction), flaws),
        "top-10%": Measurement.where_defined(shared.cpu().numpy(), flaws),
        "ssim": _ssim(a, b, [why or narrow for why in flaws]),
    }


def _ssim(a: Maps, b: Maps, reasons: Sequence[str]) -> Measurement:
    from skimage.metrics import structural_similarity  # slow to import

    scores = np.full(len(reasons), np.nan)
    for row in (row for row, why in enumerate(reasons) if not why):
        scores[row] = structural_similarity(
            a.plane[row], b.plane[row], win_size=SSIM_WINDOW, data_range=2.0
        )
    return Measurement(scores, tuple(reasons))


def _products(
    a: Float64[Tensor, "map value"], b: Float64[Tensor, "map value"]
) -> Float64[np.ndarray, " map"]:
    products: Float64[np.ndarray, " map"] = (a * b).sum(dim=1).clamp(-1, 1).cpu().numpy()
    return products


def _of_length_one(values: Float64[Tensor, "map value"]) -> Float64[Tensor, "map value"]:
    # Scaled first: the squares of small gradients would vanish.
    scaled = values / values.abs().amax(dim=1, keepdim=True)
    unit: Float64[Tensor, "map value"] = scaled / scaled.norm(dim=1, keepdim=True)
    return unit


def _top(size: Float64[Tensor, "map value"]) -> Float64[Tensor, "map value"]:
    k = max(1, round(TOP * size.shape[1]))
    least = size.topk(k, dim=1).values[:, -1:]
    above, tied = (size > least).double(), (size == least).double()
    places = k - above.sum(dim=1, keepdim=True)
    return above + tied * places / tied.sum(dim=1, keepdim=True)
