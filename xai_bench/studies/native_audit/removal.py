"""Question 3b: does a region's attribution say what its removal does?

The authors' demo removes a region by setting the generated weights over it to zero: the logit then
falls by the sum of W * z over it, by arithmetic. Removing the region from the recording lets the
hypernetwork write W and b again; the logit falls by m(z) - m(z with the region at zero).
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.methods.perturbation.masked_passes import drops_of_regions
from xai_bench.methods.perturbation.regions import Regions, divide
from xai_bench.studies.native_audit.answer import Answer, across, missing
from xai_bench.studies.native_audit.audited_net import IN_LOG_ODDS, RIVALS, Subject
from xai_bench.studies.native_audit.rank import spearman

__all__ = ["SECONDS", "TOP", "dependence", "drops"]

SECONDS = 0.5
"""The demo's window. Its windows overlap by half, which counts samples twice; these do not."""

TOP = (1, 3, 5)
"""Segments that are removed together, those of the largest sums: the demo's choice."""

_UNIT = "its values are not log-odds"


def drops(subject: Subject) -> Iterator[Answer]:
    """Predicted and true drops of all segments of a lead, and of the top ones together."""
    batch = subject.head(subject.compared)
    regions = divide(f"grid-{round(subject.recordings.seconds / SECONDS)}", batch)
    true = drops_of_regions(subject.model, batch, regions).double()
    for method in RIVALS:
        if reason := subject.unsupported(method):
            yield from (missing(q, reason, method=method) for q in _quantities())
            continue
        predicted = regions.sums(subject.maps[method])
        yield across(subject, "drop_rank", spearman(predicted, true), method=method)
        yield from _sizes(subject, method, predicted, true)
        for count in TOP:
            yield from _together(subject, method, regions, predicted, count)


def dependence(
    predicted: Float[Tensor, "record region"], true: Float[Tensor, "record region"]
) -> Float[Tensor, " record"]:
    """sum over regions of |true - predicted| / sum of (|true| + |predicted|).

    0: every drop is as predicted. 1: every drop has the other sign, or only one of the two is not
    zero. Of the native explanation it is the hypernetwork's part in what a removal does. Sums, not
    the mean of ratios, so that regions that do nothing say nothing.
    """
    return (true - predicted).abs().sum(dim=1) / (true.abs() + predicted.abs()).sum(dim=1)


def _quantities() -> Iterator[str]:
    yield from ("drop_rank", "drop_slope", "dependence")
    for count in TOP:
        yield from (f"top{count}_{what}" for what in ("frozen", "true", "ratio", "dependence"))


def _sizes(
    subject: Subject,
    method: str,
    predicted: Float[Tensor, "record region"],
    true: Float[Tensor, "record region"],
) -> Iterator[Answer]:
    if method not in IN_LOG_ODDS:
        yield from (missing(q, _UNIT, method=method) for q in ("drop_slope", "dependence"))
        return
    slope = (true * predicted).sum(dim=1) / predicted.square().sum(dim=1)
    yield across(subject, "drop_slope", slope, method=method)
    yield across(subject, "dependence", dependence(predicted, true), method=method)


def _together(
    subject: Subject,
    method: str,
    regions: Regions,
    predicted: Float[Tensor, "record region"],
    count: int,
) -> Iterator[Answer]:
    top = predicted.topk(count, dim=1).indices
    true = _true_drop(subject, regions, top)
    yield across(subject, f"top{count}_true", true, method=method)
    names = [f"top{count}_{what}" for what in ("frozen", "ratio", "dependence")]
    if method not in IN_LOG_ODDS:
        yield from (missing(name, _UNIT, method=method) for name in names)
        return
    frozen = predicted.gather(1, top).sum(dim=1)
    bound = dependence(frozen[:, None], true[:, None])
    for name, values in zip(names, (frozen, true / frozen, bound), strict=True):
        yield across(subject, name, values, method=method)


def _true_drop(
    subject: Subject, regions: Regions, removed: Int64[Tensor, "record choice"]
) -> Float[Tensor, " record"]:
    """m(z) - m(z with the regions at zero), W and b written again."""
    chosen = torch.zeros(len(removed), len(regions), dtype=torch.int64, device=removed.device)
    gone = regions.at(chosen.scatter(1, removed, 1)) > 0
    batch = subject.head(len(removed))
    after = subject.forward(batch.z.masked_fill(gone, 0.0), batch.target)
    return subject.log_odds[: len(removed)] - after
