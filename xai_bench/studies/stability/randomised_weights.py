"""Does the explanation go when what the net learnt goes?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from xai_bench.studies.stability.batch_scores import BatchScores, Measurement, same_class
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.studies.stability.own_nets import Answer, answer_of, together
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

    Each recording has random weights of its own, so that an interval over recordings is one over
    draws of weights too.
    """
    compared, own = batch.compared, batch.own
    groups = compared.layer_groups
    trained = prepare_each(own.explained, of_size=True)
    for condition in ("cascade", "independent"):
        stages: list[list[Answer]] = [[] for _ in groups]
        for row, name in enumerate(own.recordings.record_id):
            alone = own.alone(row)
            models = compared.randomised(condition, name)
            for stage, model in zip(stages, models, strict=True):
                stage.append(answer_of(model, alone, own.methods))
        randomised = 0
        for group, stage in zip(groups, stages, strict=True):
            randomised += len(group)
            answer = together(stage)
            same = same_class(own.prediction, answer.prediction)
            for method, one in answer.explained.items():
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
