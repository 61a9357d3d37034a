"""What nets and methods make of doses, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.closed_forms import weight_map
from tests.small_memory import room_for
from tests.studies.dose_response.stand_in_lesions import (
    BUMP,
    LEADS,
    Weighted,
    healthy_ones,
    shape,
    use_stand_ins,
    wrapped,
)
from xai_bench.methods import find_methods
from xai_bench.studies.dose_response.dosed_recordings import DosedRecordings, plant_doses
from xai_bench.studies.dose_response.response_curves import (
    OWN_EVIDENCE,
    THE_MODEL,
    response_curves,
)

DOSES = (0.0, 0.1, 0.2, 0.5)


@pytest.fixture
def dosed(monkeypatch: pytest.MonkeyPatch) -> DosedRecordings:
    use_stand_ins(monkeypatch)
    return plant_doses(healthy_ones(3), "bump", DOSES)


def test_a_linear_net_puts_its_weights_times_the_lesion(dosed: DosedRecordings) -> None:
    """Log-odds move by dose * <w, shape>; attribution by the part of it within the evidence."""
    weights = weight_map(4)
    model = wrapped(Weighted(weights))
    methods = find_methods("ig-16,input-x-gradient,saliency")
    curves = response_curves(model, methods, dosed, target="MI")
    w, added = weights.double().numpy(), shape("bump")
    doses = np.array(DOSES)
    own = curves[THE_MODEL, OWN_EVIDENCE]
    moved = own.response - own.response[:, :1]
    assert np.allclose(moved, doses * (w * added).sum(), atol=1e-5)
    # 0.5 mV in V2 and 0.25 mV in V3 are both above 0.1 mV: all of the lesion is evidence.
    millivolt = healthy_ones(3).signal.astype(np.float64)
    for name in ("ig-16", "input-x-gradient"):
        of_method = curves[name, OWN_EVIDENCE]
        a = w * (millivolt[:, None] + doses[:, None, None] * added)
        inside = a[:, :, LEADS, BUMP].sum(axis=(2, 3))
        share = np.abs(a[:, :, LEADS, BUMP]).sum(axis=(2, 3)) / np.abs(a).sum(axis=(2, 3))
        assert np.allclose(of_method.response, inside, atol=1e-5)
        assert of_method.share is not None
        assert np.allclose(of_method.share, share, rtol=1e-5)
        assert of_method.outside_change is not None
        assert np.allclose(of_method.outside_change, 0, atol=1e-6)
        assert of_method.in_log_odds
    saliency = curves["saliency", OWN_EVIDENCE]
    assert not saliency.in_log_odds
    assert np.ptp(saliency.response, axis=1).max() == 0, "the gradient of a linear net is constant"


def test_the_other_class_has_the_other_sign(dosed: DosedRecordings) -> None:
    model = wrapped(Weighted(weight_map(4)))
    for_, against = (
        response_curves(model, find_methods("input-x-gradient"), dosed, target=target)
        for target in ("MI", "NORM")
    )
    for key in for_:
        assert np.allclose(for_[key].response, -against[key].response, atol=1e-5)


def test_a_method_that_draws_draws_the_same_at_all_doses(dosed: DosedRecordings) -> None:
    model = wrapped(Weighted(weight_map(4)))
    curves = response_curves(model, find_methods("random"), dosed, target="MI", seed=3)
    random = curves["random", OWN_EVIDENCE]
    assert np.ptp(random.response, axis=1).max() == 0
    assert random.outside_change is not None
    assert random.outside_change.max() == 0
    assert len(set(random.response[:, 0])) == 3, "recordings differ"


def test_another_place_sums_the_same_maps_elsewhere(dosed: DosedRecordings) -> None:
    weights = torch.ones(12, 1000) / 100
    model = wrapped(Weighted(weights))
    place = np.zeros((3, 12, 1000), dtype=np.bool_)
    place[:, LEADS[0], BUMP] = True
    curves = response_curves(
        model, find_methods("input-x-gradient"), dosed, target="MI", places={"half": place}
    )
    own, half = (curves["input-x-gradient", name].response for name in (OWN_EVIDENCE, "half"))
    change = (own - own[:, :1], half - half[:, :1])
    assert np.allclose(change[0], 0.9 * np.array(DOSES), atol=1e-4)
    assert np.allclose(change[1], 0.6 * np.array(DOSES), atol=1e-4)


def test_where_memory_is_short_fewer_recordings_go_together(dosed: DosedRecordings) -> None:
    model, methods = wrapped(Weighted(weight_map(4))), find_methods("ig-16,random")
    expected = response_curves(model, methods, dosed, target="MI")
    with room_for(len(DOSES), model) as failed:
        found = response_curves(model, methods, dosed, target="MI")
    assert failed[0] == 2 * len(DOSES), "two recordings, at all doses"
    assert list(found) == list(expected)
    for key, curves in expected.items():
        np.testing.assert_allclose(found[key].response, curves.response, atol=1e-5)
        assert found[key].flaws == curves.flaws


class Overloaded(Weighted):
    """Has no answer where V2 is high."""

    limit = 0.0

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        high = z[:, LEADS[0], BUMP].mean(dim=1, keepdim=True) > self.limit
        return super().forward(z).masked_fill(high, torch.nan)


def test_log_odds_that_are_not_finite_are_a_flaw(dosed: DosedRecordings) -> None:
    means = healthy_ones(3).signal[:, LEADS[0], BUMP].mean(axis=1)
    net = Overloaded(weight_map(4))
    net.limit = float(np.sort(means)[-1]) + 0.25  # the highest of three, at the largest dose
    curves = response_curves(
        wrapped(net, tried=False), find_methods("saliency"), dosed, target="MI"
    )
    highest = [row == means.argmax() for row in range(3)]
    expected = ["the log-odds are not finite" if high else "" for high in highest]
    assert list(curves[THE_MODEL, OWN_EVIDENCE].flaws) == expected
