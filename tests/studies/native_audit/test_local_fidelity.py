"""Question 4: neighbours in millivolt, and what W, a constant and the gradient say of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import TwoLinear, closed_form
from tests.studies.native_audit.audited_nets import (
    Bent,
    Energy,
    audited,
    by_name,
    recordings,
    scores,
)
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.local_fidelity import (
    KINDS,
    VERSIONS,
    local_fidelity,
    neighbours,
)


def test_a_linear_net_is_its_own_model() -> None:
    found = by_name(local_fidelity(audited(TwoLinear())))
    for kind in KINDS:
        assert found[f"infidelity_{kind}", "native"].value < 1e-8
        assert found[f"constant_{kind}", "native"].value > 1e-6
        for method in ("native", "input-x-gradient"):
            assert found[f"fidelity_{kind}", method].value == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_infidelity_and_its_ratios_written_out(kind: str) -> None:
    net = Bent()
    given = audited(net, n=4)
    estimates = list(local_fidelity(given))
    near = neighbours(given, kind).double().numpy()
    for row, z in enumerate(given.z.double().numpy()):
        W, m, g = net.literal(z)
        model, constant, tangent = [], [], []
        for other in near[row]:
            there = net.literal(other)[1]
            model.append(((W * other).sum() + 0.25 - there) ** 2)
            constant.append((m - there) ** 2)
            tangent.append((m + (g * (other - z)).sum() - there) ** 2)
        missed = [float(np.mean(x)) for x in (model, constant, tangent)]
        assert scores(estimates, f"infidelity_{kind}")[row] == pytest.approx(
            missed[0], rel=2e-3, abs=1e-10
        )
        assert scores(estimates, f"constant_{kind}")[row] == pytest.approx(
            missed[1], rel=2e-3, abs=1e-10
        )
        slope = scores(estimates, f"infidelity_{kind}", "input-x-gradient")[row]
        assert slope == pytest.approx(missed[2], rel=0.02, abs=1e-8)
        ratio = missed[1] / (missed[0] + missed[1])
        assert scores(estimates, f"fidelity_{kind}")[row] == pytest.approx(ratio, abs=2e-3)
        against = missed[2] / (missed[0] + missed[2])
        assert scores(estimates, f"against_tangent_{kind}")[row] == pytest.approx(against, abs=5e-3)


def test_a_map_without_a_slope_says_nothing_of_neighbours() -> None:
    found = by_name(local_fidelity(audited(Bent(), n=2)))
    assert "no slope" in found["fidelity_noise", "ig"].reason


def test_recordings_without_a_neighbour_of_their_class_have_no_step() -> None:
    alone = AuditedNet(model=closed_form(Bent()), recordings=recordings()[:2])
    assert by_name(local_fidelity(alone))["fidelity_mix", "native"].reason.startswith("no other")


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
