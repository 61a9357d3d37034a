"""Do methods agree, and are they right where they agree?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from xai_bench.studies.stability.compared_models import Piece
from xai_bench.studies.stability.comparisons import Found, Key, found
from xai_bench.studies.stability.similarity import Maps, Similarity, similarities

__all__ = ["FEWEST", "against_each_other"]

FEWEST = 2
"""Methods that make a consensus."""


def against_each_other(piece: Piece) -> Iterator[Found]:
    """Every two methods; and where evidence was planted, whether their consensus is in it."""
    subject = piece.subject
    for one, other in combinations(piece.maps, 2):
        key = Key(
            question="methods", model=subject.name, method=one, against=other, condition="pair"
        )
        measures = similarities(piece.maps[one], piece.maps[other])
        yield from found(key, piece.recordings, measures)
    if piece.batch.evidence is not None:
        yield from _consensus(piece, piece.batch.evidence)


def _consensus(piece: Piece, evidence: Bool[Tensor, "record lead time"]) -> Iterator[Found]:
    """Shares of evidence: among the samples in the largest tenth of |a| of every method that is no
    control, in that of one method, and among all samples."""
    maps = {m.name: piece.maps[m.name] for m in piece.subject.methods if not m.control}
    planted = evidence.flatten(1).double()
    nothing = ["" if any_ else "nothing was planted" for any_ in planted.any(dim=1).tolist()]
    key = Key(question="methods", model=piece.subject.name, method="", condition="consensus")
    if len(maps) >= FEWEST:
        shared = reduce(torch.minimum, (one.top for one in maps.values()))
        flaws = [_first(why, maps, row) for row, why in enumerate(nothing)]
        empty = shared.sum(dim=1) == 0
        flaws = [
            why or "no sample is in the largest 10 % of every method" * none
            for why, none in zip(flaws, empty.tolist(), strict=True)
        ]
        measures = {"consensus in evidence": _share(shared, planted, flaws)}
        yield from found(key, piece.recordings, measures)
    for name, one in maps.items():
        flaws = [why or flaw for why, flaw in zip(nothing, one.flaws, strict=True)]
        measures = {"single in evidence": _share(one.top, planted, flaws)}
        yield from found(replace(key, method=name), piece.recordings, measures)
    measures = {"chance": _share(torch.ones_like(planted), planted, nothing)}
    yield from found(key, piece.recordings, measures)


def _first(why: str, maps: dict[str, Maps], row: int) -> str:
    return next(filter(None, [why, *(one.flaws[row] for one in maps.values())]), "")


def _share(
    held: Float64[Tensor, "record value"],
    planted: Float64[Tensor, "record value"],
    reasons: list[str],
) -> Similarity:
    """sum(held * planted) / sum(held)."""
    share = ((held * planted).sum(dim=1) / held.sum(dim=1)).cpu().numpy()
    good = np.array([not why for why in reasons], dtype=np.bool_)
    return Similarity(scores=np.where(good, share, np.nan), reasons=tuple(reasons))
