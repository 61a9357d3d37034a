"""Input stability where it is known: linear and quadratic models, and predictions by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, Quadratic
from tests.recordings import recordings
from tests.studies.stability.compared import by_measure, compared_model, measured
from xai_bench.studies.stability.disturbances import changed, changes
from xai_bench.studies.stability.disturbed_input import compare_disturbed
from xai_bench.studies.stability.schema import PREDICTION, SIMILARITIES
from xai_bench.types import Recordings, to_microvolt


def asleep() -> Recordings:
    """Recordings that are at their mean before sample 100 and after 900."""
    given = recordings(3)
    signal = given.signal.copy()
    signal[..., :100] = signal[..., 900:] = 0
    signal -= (signal.sum(axis=2, keepdims=True) / 800) * (signal != 0)
    return replace(given, microvolt=to_microvolt(signal))


def even(net: Linear | Quadratic) -> Linear | Quadratic:
    """The same weight everywhere: what it says of a sample moves with the sample."""
    with torch.no_grad():
        net.get_parameter("w").fill_(0.01)
    return net


def test_the_gradient_of_a_linear_model_is_perfectly_stable() -> None:
    """In place: when it is shifted against fixed weights, or leads are swapped, it is not."""
    (batch, _) = compared_model(Linear(), "saliency", target="MI").batches()
    for part in measured(compare_disturbed(batch)):
        if part.measure in PREDICTION:
            continue
        if part.condition in ("shift", "lead swap"):
            assert (part.scores < 0.9).all(), part
        else:
            np.testing.assert_allclose(part.scores, 1, atol=1e-6, err_msg=part.condition)


def test_what_moves_with_the_recording_is_perfectly_stable_under_shifts() -> None:
    (moving,) = compared_model(even(Quadratic()), "input-x-gradient", given=asleep()).batches()
    (fixed,) = compared_model(Quadratic(), "input-x-gradient", given=asleep()).batches()
    of = {"condition": "shift", "method": "input-x-gradient"}
    for measure, scores in by_measure(measured(compare_disturbed(moving)), **of).items():
        np.testing.assert_allclose(scores, 1, atol=2e-3, err_msg=measure)
    assert max(by_measure(measured(compare_disturbed(fixed)), **of)["cosine"]) < 0.5


@pytest.mark.slow
def test_amplitude_is_stable_under_gain_and_a_swap_of_leads() -> None:
    """|z| does not know the sign of lead I, and comes back to the leads it came from."""
    (batch, _) = compared_model(Linear(), "amplitude").batches()
    for condition in ("gain", "lead swap"):
        for measure, scores in by_measure(
            measured(compare_disturbed(batch)), condition=condition
        ).items():
            if measure in SIMILARITIES:
                np.testing.assert_allclose(scores, 1, atol=1e-5, err_msg=measure)


def test_less_noise_changes_less() -> None:
    (batch, _) = compared_model(Linear(), "amplitude").batches()
    parts = measured(compare_disturbed(batch))
    for condition in ("white noise", "muscle", "electrode motion"):
        for measure in (*SIMILARITIES, "log-odds change"):
            quiet, middle, loud = (
                np.mean(by_measure(parts, condition=condition, level=snr)[measure])
                for snr in (30.0, 20.0, 10.0)
            )
            order = (quiet, middle, loud) if measure == "log-odds change" else (loud, middle, quiet)
            assert list(order) == sorted(order), (condition, measure)


@pytest.mark.slow
def test_predictions_literally() -> None:
    (batch, _) = compared_model(Linear(), "saliency").batches()
    model = batch.compared.model
    w = model.net.get_parameter("w").double()
    flipped = 0
    for part in measured(compare_disturbed(batch)):
        if part.measure not in PREDICTION:
            continue
        (change,) = (
            c
            for c in changes(100.0, 1000)[0]
            if (c.condition, str(c.level)) == (part.condition, str(part.level))
        )
        z = changed(model, batch.own.recordings, batch.own.batch, change, 0).z.double()
        before, after = ((w * each).sum(dim=(1, 2)) + 0.5 for each in (batch.own.batch.z, z))
        same = ((before > 0) == (after > 0)).numpy()
        assert part.method == ""
        np.testing.assert_array_equal(part.same_prediction, same)
        expected = (~same) if part.measure == "flipped" else (after - before).abs().numpy()
        np.testing.assert_allclose(part.scores, expected, atol=1e-4)
        flipped += int((~same).sum())
    assert flipped > 0


def test_the_floor_is_the_next_recording_of_another_patient_for_the_same_class() -> None:
    """Patients are 0, 0, 1, 1, 2; the partners of the recordings 2, 2, 4, 4 and 0."""
    given = recordings(5)
    every = compared_model(Quadratic(), "input-x-gradient", given=given)
    w = every.model.net.get_parameter("w")
    found, expected = [], []
    for batch in every.batches():
        found += by_measure(measured(compare_disturbed(batch)), condition="another recording")[
            "cosine"
        ]
    for row, partner in enumerate((2, 2, 4, 4, 0)):
        a, b = (
            (w * every.model.normalise(torch.from_numpy(given.signal[[i]])) ** 2).double().flatten()
            for i in (row, partner)
        )
        expected.append(float(a @ b / (a.norm() * b.norm())))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_without_another_patient_there_is_no_floor() -> None:
    given = replace(recordings(2), patient_id=("p", "p"))
    (batch,) = compared_model(Linear(), "saliency", given=given).batches()
    parts = [
        part for part in measured(compare_disturbed(batch)) if part.condition == "another recording"
    ]
    assert {reason for part in parts for reason in part.reasons} == {
        "no recording of another patient"
    }
    assert all(np.isnan(part.scores).all() for part in parts)


def test_a_method_that_draws_draws_afresh_for_a_changed_recording() -> None:
    (batch, _) = compared_model(Linear(), "random").batches()
    scores = by_measure(measured(compare_disturbed(batch)), condition="gain")["cosine"]
    assert max(map(abs, scores)) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("rows", [1, 4])
def test_recordings_do_not_depend_on_their_piece(rows: int) -> None:
    every = compared_model(Linear(), "random,input-x-gradient", given=recordings(4))
    (whole,) = every.batches()
    batch = replace(whole, places=range(rows))
    alone, together = (
        by_measure(measured(compare_disturbed(batch))),
        by_measure(measured(compare_disturbed(whole))),
    )
    for measure in SIMILARITIES:
        first = np.array(together[measure]).reshape(-1, 4)[:, :rows]
        np.testing.assert_allclose(np.array(alone[measure]).reshape(-1, rows), first, atol=1e-5)
