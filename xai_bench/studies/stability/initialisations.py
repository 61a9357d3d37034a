"""Do nets that differ in their seed alone explain alike, and nets of another architecture?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

from jaxtyping import Int64
from torch import Tensor

from xai_bench.methods import Batch
from xai_bench.methods.attribute import make_batch
from xai_bench.models import Model
from xai_bench.studies.stability.compared_models import Piece, outlook, same_class
from xai_bench.studies.stability.comparisons import Found, Key, found
from xai_bench.studies.stability.schema import FLOORS
from xai_bench.studies.stability.similarity import Maps, similarities

__all__ = ["JOINED", "reinitialised"]

JOINED = " / "
"""Between the names of two nets."""


class _Seen(NamedTuple):
    """What one net makes of the recordings."""

    maps: dict[str, Maps]
    predicted: Int64[Tensor, " record"]


def reinitialised(piece: Piece) -> Iterator[Found]:
    """Similarity of the attributions of two nets, for the class that the model itself explains.

    same net     every two seeds of the model
    another net  the seeds of the model and those of another model with like numbers
    untrained    the model and the same net before training: the floor
    """
    subject = piece.subject
    seeds = [_seen(piece, model, piece.batch) for model in subject.seeds]
    for (i, one), (k, other) in combinations(enumerate(seeds), 2):
        names = JOINED.join((subject.seeds[i].name, subject.seeds[k].name))
        yield from _pair(piece, "same net", names, one, other)
    for rivals in subject.others:
        for model, one, rival in zip(subject.seeds, seeds, rivals, strict=False):
            batch = make_batch(rival, piece.recordings, target=subject.target)
            other = _seen(piece, rival, replace(batch, target=piece.batch.target))
            yield from _pair(
                piece, "another net", JOINED.join((model.name, rival.name)), one, other
            )
    floor = _seen(piece, subject.model.untrained, piece.batch)
    yield from _pair(piece, FLOORS["initialisations"], subject.name, seeds[0], floor)


def _seen(piece: Piece, model: Model, batch: Batch) -> _Seen:
    subject = piece.subject
    predicted, _ = outlook(model, batch.z, batch.target)
    if model is subject.model:
        return _Seen(piece.maps, predicted)
    evidence = piece.recordings.evidence is not None
    methods = [m for m in subject.methods if m.unsupported(model, evidence=evidence) is None]
    explained = piece.explain(model, methods, batch)
    return _Seen({name: one.maps() for name, one in explained.items()}, predicted)


def _pair(piece: Piece, condition: str, names: str, one: _Seen, other: _Seen) -> Iterator[Found]:
    shared: Sequence[str] = [name for name in one.maps if name in other.maps]
    for method in shared:
        key = Key(
            question="initialisations",
            model=piece.subject.name,
            method=method,
            against=names,
            condition=condition,
        )
        measures = similarities(one.maps[method], other.maps[method])
        same = same_class(one.predicted, other.predicted)
        yield from found(key, piece.recordings, measures, same)
