"""Does the explanation stay when the recording is disturbed before it is normalised?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from xai_bench.studies.stability.compared_models import Piece, outlook, same_class
from xai_bench.studies.stability.comparisons import Found, Key, found
from xai_bench.studies.stability.disturbances import changed, changes
from xai_bench.studies.stability.schema import FLOORS
from xai_bench.studies.stability.similarity import Similarity, prepare, similarities

__all__ = ["disturbed"]

_ALONE = "no recording of another patient"


def disturbed(piece: Piece) -> Iterator[Found]:
    """The attribution of each changed recording against that of the clean one, for the class that
    the clean one is explained for; and the floor, the attribution of another patient's recording.
    """
    subject, recordings = piece.subject, piece.recordings
    name, model = subject.name, subject.model
    predicted, m = piece.outlook
    for change in changes(recordings.rate_hz, recordings.microvolt.shape[2])[0]:
        batch = changed(model, recordings, piece.batch, change, subject.seed)
        now, m_now = outlook(model, batch.z, batch.target)
        same = same_class(predicted, now)
        key = Key(
            question="input", model=name, method="", condition=change.condition, level=change.level
        )
        yield from found(key, recordings, _prediction(m, m_now, same), same)
        explained = piece.explain(model, subject.methods, batch, change.name)
        for method, explanation in explained.items():
            kept = piece.maps[method]
            if change.kept is not None:
                clean = piece.explained[method]
                kept = prepare(change.kept(clean.values), clean.flaws)
            back = prepare(change.back(explanation.values), explanation.flaws)
            of_method = replace(key, method=method)
            yield from found(of_method, recordings, similarities(kept, back), same)
    yield from _floor(piece)


def _prediction(
    before: Float[Tensor, " record"],
    after: Float[Tensor, " record"],
    same: Bool[np.ndarray, " record"],
) -> dict[str, Similarity]:
    fine = ("",) * len(same)
    change = (after.double() - before.double()).abs().cpu().numpy()
    return {
        "log-odds change": Similarity(scores=change, reasons=fine),
        "flipped": Similarity(scores=(~same).astype(np.float64), reasons=fine),
    }


def _floor(piece: Piece) -> Iterator[Found]:
    subject = piece.subject
    _, batch = piece.of_partners
    now, _ = outlook(subject.model, batch.z, batch.target)
    same = same_class(piece.outlook[0], now)
    alone = tuple(_ALONE if partner is None else "" for partner in piece.partners)
    for method, explanation in piece.explained_partners.items():
        flaws = tuple(a or b for a, b in zip(alone, explanation.flaws, strict=True))
        other = prepare(explanation.values, flaws)
        key = Key(question="input", model=subject.name, method=method, condition=FLOORS["input"])
        yield from found(key, piece.recordings, similarities(piece.maps[method], other), same)
