"""Does the explanation go when what the net learnt goes?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xai_bench.studies.base import predict
from xai_bench.studies.stability.batch_scores import BatchScores, Measurement, same_class
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.studies.stability.similarity import CONSTANT, ZERO, Maps, prepare, similarities

__all__ = ["compare_randomised"]


def compare_randomised(batch: ComparedBatch) -> Iterator[BatchScores]:
    """The attributions of the model and of the same net after some of its layers lost what they
    learnt (Adebayo et al. 2018), as |a| for "spearman".

    cascade      one group after another, from the output on
    independent  one group alone
    """
    compared, own = batch.compared, batch.own
    groups = compared.layer_groups
    trained = {
        name: prepare(one.values, one.flaws, of_size=True) for name, one in own.explained.items()
    }
    for condition, models in compared.randomised.items():
        randomised = 0
        for group, model in zip(groups, models, strict=True):
            randomised += len(group)
            same = same_class(own.prediction, predict(model, own.batch.z, own.batch.target))
            explained = own.explain(model, own.methods, own.batch)
            for method, one in explained.items():
                random = prepare(one.values, one.flaws, of_size=True)
                yield BatchScores(
                    method=method,
                    condition=condition,
                    against=group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}",
                    level=randomised / sum(map(len, groups)),
                    measures=_similarities(trained[method], random),
                    same_prediction=same,
                )


def _similarities(trained: Maps, random: Maps) -> dict[str, Measurement]:
    """Similarities; 0 where nothing but the random net's map, constant or zero, leaves one
    undefined.

    Such a map keeps nothing of the explanation. Left out, it would raise the mean of those that do.
    """
    empty = (ZERO, CONSTANT)
    gone = np.array(
        [
            not why and not flat and (other_flat or other_why in empty)
            for why, flat, other_why, other_flat in zip(
                trained.flaws, trained.flat, random.flaws, random.flat, strict=True
            )
        ],
        dtype=np.bool_,
    )
    measures = {}
    for name, measured in similarities(trained, random).items():
        none = np.array([why in empty for why in measured.reasons], dtype=np.bool_) & gone
        measures[name] = Measurement(
            scores=np.where(none, 0.0, measured.scores),
            reasons=tuple(
                "" if is_0 else why for is_0, why in zip(none, measured.reasons, strict=True)
            ),
        )
    return measures
