"""Question 3: does W say what a change of the recording does?

Is W the slope of the net? dm/dz = W + z * dW/dz + db/dz, and only W is shown.

Does a region's attribution say what its removal does? The authors' demo removes a region by setting
the generated weights over it to zero: the logit then falls by the sum of W * z over it, by
arithmetic. Removing the region from the recording lets the hypernetwork write W and b again; the
logit falls by m(z) - m(z with the region at zero).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.methods.perturbation.masked_passes import drops_of_regions
from xai_bench.methods.perturbation.regions import Regions, divide
from xai_bench.stats.correlation import spearman
from xai_bench.studies.native_audit.audited_net import IN_LOG_ODDS, AuditedNet
from xai_bench.studies.native_audit.gauge import centred
from xai_bench.studies.native_audit.quantity_estimates import (
    Measured,
    QuantityEstimate,
    by_method,
    estimates,
)

__all__ = ["SECONDS", "TOP", "dependence", "removal", "slope"]

SECONDS = 0.5
"""The demo's window. Its windows overlap by half, which counts samples twice; these do not."""

TOP = (1, 3, 5)
"""Segments that are removed together, those of the largest sums: the demo's choice."""

_UNIT = "its values are not log-odds"


def slope(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Cosine of W and the gradient, as they are and centred per lead, and |gradient| / |W|."""
    W, g = audited.weights.double(), audited.gradient.double()
    cosines = {
        "gradient_cosine": _cosine(W, g),
        "gradient_cosine_centred": _cosine(centred(W), centred(g)),
    }
    yield from estimates(audited, cosines, undefined="W or gradient is zero")
    yield from estimates(audited, {"gradient_ratio": _norm(g) / _norm(W)}, undefined="W is zero")


def removal(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Predicted and true drops of all segments of a lead, and of the top ones together."""
    batch = audited.head(audited.compared)
    regions = divide(f"grid-{round(audited.recordings.seconds / SECONDS)}", batch)
    true = drops_of_regions(audited.model, batch, regions).double()

    def measure(method: str) -> Measured:
        predicted = regions.sums(audited.maps[method])
        measured: dict[str, Float[Tensor, " record"] | str] = {
            "drop_rank": spearman(predicted, true),
            "drop_slope": (true * predicted).sum(dim=1) / predicted.square().sum(dim=1),
            "dependence": dependence(predicted, true),
        }
        for count in TOP:
            top = predicted.topk(count, dim=1).indices
            frozen = predicted.gather(1, top).sum(dim=1)
            true_drop = _true_drop(audited, regions, top)
            measured |= {
                f"top{count}_true": true_drop,
                f"top{count}_frozen": frozen,
                f"top{count}_ratio": true_drop / frozen,
                f"top{count}_dependence": dependence(frozen[:, None], true_drop[:, None]),
            }
        if method in IN_LOG_ODDS:
            return measured
        of_any_unit = ("drop_rank", *(f"top{count}_true" for count in TOP))
        return {name: measured[name] if name in of_any_unit else _UNIT for name in measured}

    of_top = (f"top{k}_{what}" for k in TOP for what in ("frozen", "true", "ratio", "dependence"))
    return by_method(audited, ("drop_rank", "drop_slope", "dependence", *of_top), measure)


def dependence(
    predicted: Float[Tensor, "record region"], true: Float[Tensor, "record region"]
) -> Float[Tensor, " record"]:
    """sum over regions of |true - predicted| / sum of (|true| + |predicted|).

    0: every drop is as predicted. 1: every drop has the other sign, or only one of the two is not
    zero. Of the native explanation it is the hypernetwork's part in what a removal does. Sums, not
    the mean of ratios, so that regions that do nothing say nothing.
    """
    return (true - predicted).abs().sum(dim=1) / (true.abs() + predicted.abs()).sum(dim=1)


def _true_drop(
    audited: AuditedNet, regions: Regions, removed: Int64[Tensor, "record choice"]
) -> Float[Tensor, " record"]:
    """m(z) - m(z with the regions at zero), W and b written again."""
    chosen = torch.zeros(len(removed), len(regions), dtype=torch.int64, device=removed.device)
    gone = regions.at(chosen.scatter(1, removed, 1)) > 0
    batch = audited.head(len(removed))
    after = audited.forward(batch.z.masked_fill(gone, 0.0), batch.target)
    return audited.log_odds[: len(removed)] - after


def _cosine(
    a: Float[Tensor, "record lead time"], b: Float[Tensor, "record lead time"]
) -> Float[Tensor, " record"]:
    return (a * b).sum(dim=(1, 2)) / (_norm(a) * _norm(b))


def _norm(a: Float[Tensor, "record lead time"]) -> Float[Tensor, " record"]:
    length: Tensor = a.flatten(1).norm(dim=1)
    return length
