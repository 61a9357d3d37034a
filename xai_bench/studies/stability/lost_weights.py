"""Does the explanation go when what the net learnt goes?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from xai_bench.studies.stability.compared_models import Piece, outlook, same_class
from xai_bench.studies.stability.comparisons import Found, Key, found
from xai_bench.studies.stability.similarity import Maps, Similarity, similarities

__all__ = ["randomised"]

_LOST = ("an attribution is zero everywhere", "an attribution is the same everywhere")


def randomised(piece: Piece) -> Iterator[Found]:
    """The attributions of the model and of the same net after some of its layers lost what they
    learnt (Adebayo et al. 2018), as |a| for "spearman".

    cascade      one group after another, from the output on
    independent  one group alone
    """
    subject = piece.subject
    count = sum(len(group) for group in subject.groups)
    trained = {name: one.maps(of_size=True) for name, one in piece.explained.items()}
    for condition, models in subject.randomised.items():
        gone = 0
        for group, model in zip(subject.groups, models, strict=True):
            gone += len(group)
            now, _ = outlook(model, piece.batch.z, piece.batch.target)
            key = Key(
                question="weights",
                model=subject.name,
                method="",
                against=group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}",
                condition=condition,
                level=gone / count,
            )
            explained = piece.explain(model, subject.methods, piece.batch)
            for method, explanation in explained.items():
                measures = _kept(trained[method], explanation.maps(of_size=True))
                same = same_class(piece.outlook[0], now)
                yield from found(replace(key, method=method), piece.recordings, measures, same)


def _kept(trained: Maps, random: Maps) -> dict[str, Similarity]:
    """Similarities; 0 where nothing but the random net's map, flat or zero, leaves one undefined.

    Such a map keeps nothing of the explanation. Left out, it would raise the mean of those that do.
    """
    gone = np.array(
        [
            not why and not flat and (other_flat or other_why in _LOST)
            for why, flat, other_why, other_flat in zip(
                trained.flaws, trained.flat, random.flaws, random.flat, strict=True
            )
        ],
        dtype=np.bool_,
    )
    found = {}
    for name, measured in similarities(trained, random).items():
        none = np.array([why in _LOST for why in measured.reasons], dtype=np.bool_) & gone
        found[name] = Similarity(
            scores=np.where(none, 0.0, measured.scores),
            reasons=tuple(
                "" if is_0 else why for is_0, why in zip(none, measured.reasons, strict=True)
            ),
        )
    return found
