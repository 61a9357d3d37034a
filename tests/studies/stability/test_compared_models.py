"""Pieces of recordings, their partners, and attributions that must not be compared."""

from __future__ import annotations

from typing import final

import numpy as np
import torch

from tests.closed_forms import FiveLinear, Linear, Quadratic, closed_form
from tests.recordings import recordings
from tests.studies.stability.compared import subject
from xai_bench.methods import Batch, Method
from xai_bench.methods.attribute import attribute
from xai_bench.methods.base import Pass
from xai_bench.models import Model
from xai_bench.studies.stability.compared_models import explain, outlook


@final
class Short(Method):
    """Promises a sum that it misses in every other recording."""

    name, summary, cite = "short", "misses its sum", "xaibench"

    def attribute(self, model: Model, batch: Batch) -> torch.Tensor:
        return torch.ones_like(batch.z) / batch.z[0].numel()

    def total(self, model: Model, batch: Batch, passed: Pass) -> torch.Tensor:
        return 1.0 + torch.arange(len(batch.z)) % 2


def test_pieces_hold_every_recording_once_and_explain_as_alone() -> None:
    every = subject(Quadratic(), "ig-16,random")
    pieces = every.pieces()
    assert [i for piece in pieces for i in piece.places] == list(range(5))
    for name in ("ig-16", "random"):
        values = torch.cat([piece.explained[name].values for piece in pieces])
        whole = attribute(every.model, every.recordings, name)
        torch.testing.assert_close(values, torch.from_numpy(whole.values), rtol=1e-4, atol=1e-6)


def test_partners_are_of_other_patients() -> None:
    every = subject(Linear(), "saliency")
    assert [every.partner(place) for place in range(5)] == [2, 2, 4, 4, 0]
    assert subject(Linear(), "saliency", given=recordings(2)).partner(0) is None


def test_partners_are_explained_for_the_class_of_the_recording() -> None:
    every = subject(Linear(), "saliency", target="label")
    piece = every.pieces()[0]
    assert piece.batch.target.tolist() == [0, 1, 0, 1]
    w = every.model.net.get_parameter("w").detach()
    for row, sign in enumerate((-1, 1, -1, 1)):
        torch.testing.assert_close(piece.explained_partners["saliency"].values[row], sign * w)


def test_an_attribution_that_misses_its_sum_has_a_flaw() -> None:
    given = subject(Linear(), "saliency").pieces()[0]
    found = explain(given.subject.model, [Short()], given.batch, ["a", "b", "c", "d"], 0)["short"]
    assert found.flaws == ("", "completeness residual 0.5 > 0.05") * 2
    assert found.maps().flaws == found.flaws


def test_predictions_are_those_of_the_model() -> None:
    for model in (closed_form(Linear()), closed_form(FiveLinear(), labels={"task": "superclass"})):
        z = model.normalise(torch.from_numpy(recordings(6).signal))
        target = torch.arange(6) % len(model.task.classes)
        predicted, m = outlook(model, z, target)
        np.testing.assert_array_equal(predicted, model.predicted(z))
        torch.testing.assert_close(m, model.log_odds(z, target).detach())
