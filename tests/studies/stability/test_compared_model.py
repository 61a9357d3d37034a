"""Batches of recordings, and their partners."""

from __future__ import annotations

import torch

from tests.closed_forms import Linear, Quadratic
from tests.recordings import recordings
from tests.studies.stability.compared import compared_model
from xai_bench.methods.attribute import attribute


def test_batches_hold_every_recording_once_and_explain_as_alone() -> None:
    every = compared_model(Quadratic(), "ig-16,random")
    batches = every.batches()
    assert [i for batch in batches for i in batch.places] == list(range(5))
    for name in ("ig-16", "random"):
        values = torch.cat([batch.own.explained[name].values for batch in batches])
        whole = attribute(every.model, every.recordings, name)
        torch.testing.assert_close(values, torch.from_numpy(whole.values), rtol=1e-4, atol=1e-6)


def test_partners_are_of_other_patients() -> None:
    every = compared_model(Linear(), "saliency")
    assert [every.partner(place) for place in range(5)] == [2, 2, 4, 4, 0]
    assert compared_model(Linear(), "saliency", given=recordings(2)).partner(0) is None


def test_partners_are_explained_for_the_class_of_the_recording() -> None:
    every = compared_model(Linear(), "saliency", target="label")
    batch = every.batches()[0]
    assert batch.own.batch.target.tolist() == [0, 1, 0, 1]
    assert batch.partners.batch.target.tolist() == [0, 1, 0, 1]
    w = every.model.net.get_parameter("w").detach()
    for row, sign in enumerate((-1, 1, -1, 1)):
        torch.testing.assert_close(batch.partners.explained["saliency"].values[row], sign * w)


def test_a_recording_without_a_partner_is_not_compared_with_itself() -> None:
    (batch,) = compared_model(Linear(), "saliency", given=recordings(2)).batches()
    assert batch.partner_flaws("saliency") == ("no recording of another patient",) * 2
