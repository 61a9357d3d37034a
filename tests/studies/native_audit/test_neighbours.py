"""Neighbours in millivolt: how far, in which units, and whose."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import closed_form
from tests.studies.native_audit.audited_nets import Energy, audited, recordings
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.neighbours import KINDS, VERSIONS, neighbours


def _difference(given: AuditedNet, kind: str) -> np.ndarray:
    """z' - z in millivolt again, by the standard deviation of the clean recording."""
    sd = given.recordings.signal.astype(np.float64).std(axis=-1, ddof=1)
    z = given.z.double().numpy()
    difference: np.ndarray = (neighbours(given, kind).double().numpy() - z[:, None]) * sd[
        :, None, :, None
    ]
    return difference


@pytest.mark.parametrize("kind", KINDS)
def test_neighbours_stay_centred(kind: str) -> None:
    near = neighbours(audited(Energy()), kind)
    assert near.shape == (8, VERSIONS, 12, 1000)
    assert near.mean(dim=-1).abs().max() < 1e-5


def test_noise_has_a_hundredth_of_the_power() -> None:
    given = audited(Energy())
    power = given.recordings.signal.astype(np.float64).var(axis=-1).mean(axis=-1)
    noise = (_difference(given, "noise") ** 2).mean(axis=(2, 3))
    np.testing.assert_allclose(noise / power[:, None], 0.01, rtol=0.05)


def test_a_baseline_wanders_by_a_tenth_of_a_millivolt() -> None:
    wander = _difference(audited(Energy()), "wander")
    swing = (wander.max(axis=-1) - wander.min(axis=-1)) / 2
    np.testing.assert_allclose(swing, 0.1, rtol=0.1)
    spectrum = np.abs(np.fft.rfft(wander, axis=-1)) ** 2
    assert (spectrum[..., :10].sum(axis=-1) / spectrum.sum(axis=-1)).min() > 0.9  # below 1 Hz


def test_a_step_goes_a_quarter_of_the_way_to_another_patient_of_the_class() -> None:
    given = audited(Energy())
    signal = given.recordings.signal.astype(np.float64)
    for row, versions in enumerate(_difference(given, "mix")):
        for difference in versions:
            matches = []
            for other in range(len(given)):
                step = 0.25 * (signal[other] - signal[row])
                step -= step.mean(axis=-1, keepdims=True)
                if np.allclose(difference, step, atol=1e-5):
                    matches.append(other)
            (other,) = matches
            assert given.batch.target[other] == given.batch.target[row]
            assert given.patients[other] != given.patients[row]


def test_one_of_its_class_alone_has_nobody_to_step_to() -> None:
    alone = AuditedNet(model=closed_form(Energy()), recordings=recordings()[:2])
    assert neighbours(alone, "mix").isnan().all()
    same = replace(recordings()[[0, 2]], patient_id=("one", "one"))
    assert neighbours(AuditedNet(model=closed_form(Energy()), recordings=same), "mix").isnan().all()


def test_others_are_found_without_a_comparison_on_the_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A comparison of two elements of a tensor on a GPU waits for it: n^2 of them are minutes."""
    given = audited(Energy())
    assert len(given.z) == 8
    compared: list[torch.Tensor] = []

    def counted(self: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        compared.append(other)
        return self.eq(other)

    monkeypatch.setattr(torch.Tensor, "__eq__", counted)
    neighbours(given, "mix")
    assert not compared


@pytest.mark.parametrize("kind", ["noise", "wander"])
def test_draws_belong_to_a_recording_and_a_seed(kind: str) -> None:
    whole = audited(Energy())
    part = AuditedNet(model=whole.model, recordings=whole.recordings[3:5])
    torch.testing.assert_close(neighbours(part, kind), neighbours(whole, kind)[3:5])
    other = AuditedNet(model=whole.model, recordings=whole.recordings[3:5], seed=1)
    assert (neighbours(other, kind) - neighbours(part, kind)).abs().max() > 0.01
