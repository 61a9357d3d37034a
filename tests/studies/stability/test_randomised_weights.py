"""Randomised weights against the metric of the same idea, and where nothing is left."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from tests.scoring.blocks import cases
from tests.scoring.cases import metric
from tests.studies.stability.compared import by_measure, compared_model, measured
from xai_bench.models import Model
from xai_bench.nets.conv2d import ECGConv2d
from xai_bench.scoring import build_scorer
from xai_bench.scoring.metrics.randomisation.mprt import MPRT
from xai_bench.studies.stability.compared_model import ComparedModel
from xai_bench.studies.stability.randomised_weights import compare_randomised

GIVEN = recordings(3)
SHORT = recordings(2, samples=100)
SECOND = {"rate_hz": 100.0, "seconds": 1.0, "normalisation": "zscore"}


def conv2d() -> Model:
    """It reads one second, so that thirteen nets of it take no time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return closed_form(ECGConv2d(outputs=1), input=SECOND)


def small(methods: str) -> ComparedModel:
    return compared_model(conv2d(), methods, given=SHORT)


@pytest.mark.slow
def test_the_cascade_is_that_of_mprt() -> None:
    """Of the first nets that the metric draws for each recording: its stages are every second one
    here."""
    every = small("saliency,amplitude")
    (batch,) = every.batches()
    parts = measured(compare_randomised(batch))
    target = batch.own.batch.target.tolist()
    signal = torch.from_numpy(SHORT.signal)
    scorer = replace(cast(MPRT, build_scorer(metric("mprt"))), draws=1)
    ids = SHORT.record_id
    for case in cases(every.model, ["saliency", "amplitude"], signal, target=target, ids=ids):
        of = {"condition": "cascade", "method": case.method.name}
        stages = np.array(by_measure(parts, **of)["spearman"]).reshape(6, 2)
        expected = scorer.score(case).values
        np.testing.assert_allclose(stages[1::2].mean(axis=0), expected, atol=1e-4)


@pytest.mark.slow
def test_levels_are_shares_of_the_layers_and_groups_have_names() -> None:
    (batch,) = small("saliency").batches()
    for condition in ("cascade", "independent"):
        parts = [p for p in measured(compare_randomised(batch)) if p.condition == condition]
        levels = list(dict.fromkeys(part.level for part in parts))
        np.testing.assert_allclose(levels, [k / 7 for k in (1, 2, 3, 4, 5, 7)])
        names = list(dict.fromkeys(part.against for part in parts))
        assert names == ["fc", "conv3.1", "conv3.0", "conv2.1", "conv2.0", "conv1.1 to conv1.0"]


@pytest.mark.slow
def test_one_group_alone_literally() -> None:
    """The last layer is lost, and the gradient of the net that is left is compared."""
    (batch,) = small("saliency").batches()
    found = by_measure(measured(compare_randomised(batch)), condition="independent", against="fc")[
        "spearman"
    ]
    for row in range(2):
        lost = batch.compared.randomised("independent", SHORT.record_id[row])[0]
        gradients = []
        for model in (batch.compared.model, lost):
            z = batch.own.batch.z[[row]].clone().requires_grad_()
            model.log_odds(z, batch.own.batch.target[[row]]).sum().backward()
            assert z.grad is not None
            gradients.append(z.grad.abs().flatten().double().numpy())
        assert found[row] == pytest.approx(
            spearmanr(gradients[0], gradients[1]).statistic, abs=1e-4
        )


@pytest.mark.slow
def test_what_does_not_read_the_net_stays() -> None:
    (batch,) = small("amplitude").batches()
    for measure, scores in by_measure(measured(compare_randomised(batch))).items():
        np.testing.assert_allclose(scores, 1, atol=1e-9, err_msg=measure)


@pytest.mark.slow
def test_every_recording_has_random_weights_of_its_own() -> None:
    """One signal under two record ids."""
    alike = replace(SHORT, microvolt=SHORT.microvolt[[0, 0]])
    (batch,) = compared_model(conv2d(), "saliency", given=alike, target="MI").batches()
    for condition in ("cascade", "independent"):
        found = by_measure(measured(compare_randomised(batch)), condition=condition)["spearman"]
        first, second = np.array(found).reshape(6, 2).T
        assert (first != second).all()


def test_a_map_that_is_gone_is_like_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradient of a net of zeros is zero: 0, and not left out."""
    every = compared_model(Linear(), "saliency", given=GIVEN)

    def zeros(self: ComparedModel, condition: str, record_id: str) -> tuple[Model, ...]:
        net = copy.deepcopy(self.model.net)
        with torch.no_grad():
            net.get_parameter("w").zero_()
        return (self.model.with_net(net),)

    monkeypatch.setattr(ComparedModel, "randomised", zeros)
    (batch,) = every.batches()
    parts = measured(compare_randomised(batch))
    for part in parts:
        np.testing.assert_array_equal(part.scores, 0)
        assert set(part.reasons) == {""}
    with torch.no_grad():
        every.model.net.get_parameter("w").zero_()
    (batch,) = every.batches()
    for part in measured(compare_randomised(batch)):
        assert np.isnan(part.scores).all()
        assert set(part.reasons) == {"an attribution is zero everywhere"}
