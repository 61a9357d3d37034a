"""Does the explanation go when what the net learnt goes?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xai_bench.studies.base import predict
from xai_bench.studies.stability.batch_scores import BatchScores, Measurement, same_class
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.studies.stability.similarity import (
    CONSTANT,
    ZERO,
    Maps,
    prepare,
    prepare_each,
    similarities,
)

__all__ = ["compare_randomised"]

_EMPTY = (ZERO, CONSTANT)


def compare_randomised(batch: ComparedBatch) -> Iterator[BatchScores]:
    """The attributions of the model and of the same net after some of its layers lost what they
    learnt (Adebayo et al. 2018), as |a| for "spearman".

    cascade      one group after another, from the output on
    independent  one group alone
    """
    compared, own = batch.compared, batch.own
    groups = compared.layer_groups
    trained = prepare_each(own.explained, of_size=True)
    for condition, models in compared.randomised.items():
        randomised = 0
        for group, model in zip(groups, models, strict=True):
            randomised += len(group)
            same = same_class(own.prediction, predict(model, own.batch.z, own.batch.target))
            explained = own.explain(model, own.methods, own.batch)
            for method, one in explained.items():
                random = prepare(one.values, one.flaws, of_size=True)
                yield BatchScores(
                    method,
                    condition,
                    _similarities(trained[method], random),
                    against=group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}",
                    level=randomised / sum(map(len, groups)),
                    same_prediction=same,
                )


def _similarities(trained: Maps, random: Maps) -> dict[str, Measurement]:
    """Similarities; 0 where nothing but the random net's map, constant or zero, leaves one
    undefined.

    Such a map keeps nothing of the explanation. Left out, it would raise the mean of those that do.
    """
    gone = [
        not why and not constant and (random_constant or random_why in _EMPTY)
        for why, constant, random_why, random_constant in zip(
            trained.flaws, trained.constant, random.flaws, random.constant, strict=True
        )
    ]
    measures = {}
    for name, measured in similarities(trained, random).items():
        none = [
            why in _EMPTY and is_gone for why, is_gone in zip(measured.reasons, gone, strict=True)
        ]
        reasons = zip(none, measured.reasons, strict=True)
        measures[name] = Measurement(
            np.where(none, 0.0, measured.scores),
            tuple("" if is_0 else why for is_0, why in reasons),
        )
    return measures
