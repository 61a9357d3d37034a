"""Does the explanation stay when the recording is disturbed before it is normalised?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from jaxtyping import Bool

from xai_bench.studies.base import Prediction, predict
from xai_bench.studies.stability.batch_scores import BatchScores, Measurement, same_class
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.studies.stability.disturbances import changed, changes
from xai_bench.studies.stability.schema import FLOORS
from xai_bench.studies.stability.similarity import prepare, similarities

__all__ = ["compare_disturbed"]


def compare_disturbed(batch: ComparedBatch) -> Iterator[BatchScores]:
    """The attribution of each changed recording against that of the clean one, for the class that
    the clean one is explained for; and the floor, the attribution of another patient's recording.
    """
    own = batch.own
    given = own.recordings
    for change in changes(given.rate_hz, given.microvolt.shape[2], given.leads)[0]:
        disturbed = changed(own.model, own.recordings, own.batch, change, own.seed)
        prediction = predict(own.model, disturbed.z, disturbed.target)
        same = same_class(own.prediction, prediction)
        scores = partial(
            BatchScores, condition=change.condition, level=change.level, same_prediction=same
        )
        yield scores("", measures=_of_prediction(own.prediction, prediction, same))
        explained = own.explain(own.model, own.methods, disturbed, change.name)
        for method, explanation in explained.items():
            clean = batch.maps[method]
            if change.kept is not None:
                whole = own.explained[method]
                clean = prepare(change.kept(whole.values), whole.flaws)
            back = prepare(change.back(explanation.values), explanation.flaws)
            yield scores(method, measures=similarities(clean, back))
    same = same_class(own.prediction, batch.partners.prediction)
    for method, explanation in batch.partners.explained.items():
        other = prepare(explanation.values, batch.partner_flaws(method))
        measures = similarities(batch.maps[method], other)
        yield BatchScores(method, FLOORS["input"], measures, same_prediction=same)


def _of_prediction(
    before: Prediction, after: Prediction, same: Bool[np.ndarray, " record"]
) -> dict[str, Measurement]:
    known = ("",) * len(same)
    change = (after.log_odds.double() - before.log_odds.double()).abs().cpu().numpy()
    return {
        "log-odds change": Measurement(change, known),
        "flipped": Measurement((~same).astype(np.float64), known),
    }
