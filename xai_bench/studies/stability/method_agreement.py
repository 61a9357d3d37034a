"""Do methods agree, and are they right where they agree?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from xai_bench.studies.stability.batch_scores import BatchScores, Measurement
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.studies.stability.similarity import prepare, similarities

__all__ = ["FEWEST_OF_A_CONSENSUS", "compare_methods"]

FEWEST_OF_A_CONSENSUS = 2
"""Methods."""


def compare_methods(batch: ComparedBatch) -> Iterator[BatchScores]:
    """Every two methods; and where evidence was planted, whether their consensus is in it.

    Where one of two maps of a recording has no signs, as |z| has none, sizes are compared with
    sizes: a map that is as large where the other is would look unlike it for its signs alone.
    """
    maps = batch.maps
    values = {name: one.values for name, one in batch.own.explained.items()}
    signed = {name: (one < 0).flatten(1).any(dim=1).cpu().numpy() for name, one in values.items()}
    for one, other in combinations(maps, 2):
        measures = similarities(maps[one], maps[other])
        both = signed[one] & signed[other]
        if not both.all():
            pair = (prepare(values[name].abs(), maps[name].flaws) for name in (one, other))
            of_sizes = similarities(*pair)
            measures = {
                name: _chosen(both, measures[name], measured) for name, measured in of_sizes.items()
            }
        yield BatchScores(one, "pair", measures, against=other)
    if batch.own.batch.evidence is not None:
        yield from _consensus(batch, batch.own.batch.evidence)


def _chosen(
    first: Bool[np.ndarray, " record"], one: Measurement, other: Measurement
) -> Measurement:
    """`one` of the recordings that are `first`, and `other` of the rest."""
    reasons = zip(first, one.reasons, other.reasons, strict=True)
    return Measurement(
        np.where(first, one.scores, other.scores),
        tuple(of_one if is_first else of_other for is_first, of_one, of_other in reasons),
    )


def _consensus(
    batch: ComparedBatch, evidence: Bool[Tensor, "record lead time"]
) -> Iterator[BatchScores]:
    """Shares of evidence: among the samples in the largest tenth of |a| of every method that is no
    control, in that of one method, and among all samples."""
    maps = {m.name: batch.maps[m.name] for m in batch.own.methods if not m.control}
    in_evidence = evidence.flatten(1).double()
    nothing = ["" if any_ else "nothing was planted" for any_ in in_evidence.any(dim=1).tolist()]
    if len(maps) >= FEWEST_OF_A_CONSENSUS:
        shared = reduce(torch.minimum, (one.top for one in maps.values()))
        each = zip(nothing, *(one.flaws for one in maps.values()), strict=True)
        flaws = [next(filter(None, of_record), "") for of_record in each]
        empty = shared.sum(dim=1) == 0
        flaws = [
            why or "no sample is in the largest 10 % of every method" * none
            for why, none in zip(flaws, empty.tolist(), strict=True)
        ]
        yield _share("consensus in evidence", shared, in_evidence, flaws)
    for name, one in maps.items():
        flaws = [why or flaw for why, flaw in zip(nothing, one.flaws, strict=True)]
        yield _share("single in evidence", one.top, in_evidence, flaws, name)
    yield _share("chance", torch.ones_like(in_evidence), in_evidence, nothing)


def _share(
    measure: str,
    held: Float64[Tensor, "record value"],
    in_evidence: Float64[Tensor, "record value"],
    reasons: list[str],
    method: str = "",
) -> BatchScores:
    """sum(held * in_evidence) / sum(held)."""
    share = ((held * in_evidence).sum(dim=1) / held.sum(dim=1)).cpu().numpy()
    return BatchScores(method, "consensus", {measure: Measurement.where_defined(share, reasons)})
