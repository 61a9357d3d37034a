"""Do nets that differ in their seed alone explain alike, and nets of another architecture?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import torch

from xai_bench.methods import Batch
from xai_bench.methods.attribute import make_batch, recording_seeds
from xai_bench.models import Model
from xai_bench.studies.base import Prediction, able_methods, predict
from xai_bench.studies.stability.batch_scores import BatchScores, same_class
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.studies.stability.own_nets import answer_of, together
from xai_bench.studies.stability.schema import FLOORS, PAIR_SEPARATOR
from xai_bench.studies.stability.similarity import Maps, prepare_each, similarities

__all__ = ["compare_initialisations"]


class _Explained(NamedTuple):
    """What one net makes of the recordings."""

    maps: dict[str, Maps]
    prediction: Prediction


def compare_initialisations(batch: ComparedBatch) -> Iterator[BatchScores]:
    """Similarity of the attributions of two nets, for the class that the model itself explains.

    same net     every two seeds of the model
    another net  the seeds of the model and those of another model with like numbers
    untrained    the model and the same net before training, with random weights of its own for each
                 recording: the floor
    """
    compared, own = batch.compared, batch.own
    seeds = [(model.name, _explained(batch, model, own.batch)) for model in compared.seeds]
    for (name, one), (other_name, other) in combinations(seeds, 2):
        yield from _pair("same net", PAIR_SEPARATOR.join((name, other_name)), one, other)
    for rivals in compared.rivals:
        for (name, one), rival in zip(seeds, rivals, strict=False):
            read = make_batch(rival, own.recordings, target=compared.target)
            other = _explained(batch, rival, replace(read, target=own.batch.target))
            yield from _pair("another net", PAIR_SEPARATOR.join((name, rival.name)), one, other)
    if own.model.new_net is not None:  # what was fitted elsewhere has no state before
        yield from _pair(FLOORS["initialisations"], own.model.name, seeds[0][1], _untrained(batch))


def _untrained(batch: ComparedBatch) -> _Explained:
    own = batch.own
    drawn = recording_seeds(own.seed, own.recordings.record_id, torch.device("cpu")).tolist()
    methods, _ = able_methods(own.model.before_training(drawn[0]), own.methods, own.recordings)
    answer = together(
        [
            answer_of(own.model.before_training(seed), own.alone(row), methods)
            for row, seed in enumerate(drawn)
        ]
    )
    return _Explained(prepare_each(answer.explained), answer.prediction)


def _explained(batch: ComparedBatch, model: Model, read: Batch) -> _Explained:
    own = batch.own
    if model is own.model:
        return _Explained(batch.maps, own.prediction)
    methods, _ = able_methods(model, own.methods, own.recordings)
    maps = prepare_each(own.explain(model, methods, read))
    return _Explained(maps, predict(model, read.z, read.target))


def _pair(condition: str, names: str, one: _Explained, other: _Explained) -> Iterator[BatchScores]:
    same = same_class(one.prediction, other.prediction)
    for method in (name for name in one.maps if name in other.maps):
        measures = similarities(one.maps[method], other.maps[method])
        yield BatchScores(method, condition, measures, against=names, same_prediction=same)
