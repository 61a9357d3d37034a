"""What is true of every known net: its truth, by means that do not use it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench import load_data, load_model
from xai_bench.errors import InputError
from xai_bench.methods.attribute import make_batch
from xai_bench.models import Model, build_net
from xai_bench.nets.base import KnownNet
from xai_bench.nets.known_linear import KnownLinear
from xai_bench.nets.known_weights import activation_of, rounded
from xai_bench.zoo import Zoo

KNOWN = [name for name in Zoo().model_folders() if name.startswith("known-")]
OF_A_LENGTH = [name for name in KNOWN if "morphology" not in name and "shortcut" not in name]

every_net = pytest.mark.parametrize("name", KNOWN)


def known_net(model: Model) -> KnownNet:
    assert isinstance(model.net, KnownNet)
    return model.net


def normalised(model: Model, n: int = 2) -> Float[Tensor, "record lead time"]:
    return make_batch(model, load_data("synthetic", n=n), target="MI").z


@pytest.mark.slow_but_one
@every_net
@pytest.mark.parametrize("weights", ["written", "drawn"])
def test_the_truth_is_complete_for_both_classes(name: str, weights: str) -> None:
    """Of weights that are drawn anew too, which tests of randomisation explain."""
    model = load_model(name)
    model = model if weights == "written" else model.untrained
    z = normalised(model)
    for target in (0, 1):
        truth = model.truth(z, target).double().sum(dim=(1, 2))
        change = model.log_odds(z, target) - model.log_odds(torch.zeros_like(z), target)
        torch.testing.assert_close(truth.float(), change, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model.truth(z, 0), -model.truth(z, 1))


@every_net
def test_the_truth_of_a_lead_is_what_the_net_says_of_it_alone_or_in_halves(name: str) -> None:
    """Exact Shapley values of four leads, the others absent, from all coalitions written out.

    The twelve-player game is the same one on this recording: zero leads are null players.
    """
    model = load_model(name)
    z = normalised(model, n=1).double()
    net = known_net(replace(model, net=model.net.double()))
    leads = [0, 2, 7, 10]
    z[:, [lead for lead in range(12) if lead not in leads]] = 0
    numbers = np.arange(2 ** len(leads))
    kept = torch.from_numpy((numbers[:, None] >> np.arange(len(leads))) % 2 == 1)
    versions = torch.zeros(len(numbers), 12, z.shape[2], dtype=torch.float64)
    versions[:, leads] = z[:, leads] * kept[:, :, None]
    with torch.no_grad():
        values = net(versions)[:, 0]
        truth = net.truth(z)[0, 0].sum(dim=1)
    factorial = [1, 1, 2, 6, 24]
    for player, lead in enumerate(leads):
        shapley = sum(
            factorial[int(kept[s].sum())]
            * factorial[len(leads) - 1 - int(kept[s].sum())]
            / factorial[len(leads)]
            * (values[s + 2**player] - values[s])
            for s in numbers
            if not kept[s, player]
        )
        assert float(truth[lead]) == pytest.approx(float(shapley), rel=1e-9, abs=1e-9)


@every_net
def test_the_net_is_written_the_same_each_time_and_is_not_what_it_was_before(name: str) -> None:
    card, _ = Zoo().model_card(name)
    one, other = build_net(card), build_net(card)
    assert isinstance(one, KnownNet)
    assert isinstance(other, KnownNet)
    drawn = {key: value.clone() for key, value in one.state_dict().items()}
    one.write_weights_()
    other.write_weights_()
    written = one.state_dict()
    assert any(not torch.equal(drawn[key], written[key]) for key in drawn)
    assert all(torch.equal(value, other.state_dict()[key]) for key, value in written.items())


@every_net
def test_both_classes_are_predicted_of_synthetic_recordings(name: str) -> None:
    model = load_model(name)
    found = model.predicted(normalised(model, n=32))
    assert 0 < int(found.sum()) < 32


@pytest.mark.parametrize("name", OF_A_LENGTH)
def test_another_length_is_refused(name: str) -> None:
    net = known_net(load_model(name))
    for call in (net, net.truth):
        with pytest.raises(InputError, match="written for 1000 samples, and it was given 800"):
            call(torch.zeros(1, 12, 800))


def test_an_unknown_activation_and_other_axes_are_refused() -> None:
    with pytest.raises(InputError, match="no activation 'tanh'; there are relu, gelu"):
        activation_of("tanh")
    card, _ = Zoo().model_card("known-additive")
    for target in ("known-additive", "known-morphology"):
        params = {"target": target, "params": {"axes": 2, "activation": "swish"}}
        with pytest.raises(InputError, match="no activation 'swish'"):
            build_net(card.model_copy(update=params))


def test_weights_are_rounded_to_steps_that_float32_holds() -> None:
    given = torch.tensor([0.1, 1 / 3, -2.0], dtype=torch.float64)
    found = rounded(given)
    assert torch.equal(found * 65536, (given * 65536).round())
    assert torch.equal(found.float().double(), found)


def test_a_net_that_is_not_known_has_no_truth() -> None:
    model = load_model("xresnet1d")
    assert not model.is_known
    with pytest.raises(InputError, match="'xresnet1d': the exact attribution of its net is not"):
        model.truth(torch.zeros(1, 12, 1000))


def test_what_scores_depend_on_names_the_weights_that_no_card_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = load_model("known-linear").fingerprint()
    assert load_model("known-linear").fingerprint() == before
    written = KnownLinear.write_weights_

    def other(net: KnownLinear) -> None:
        written(net)
        net.get_parameter("fc.bias").data.fill_(0.25)

    monkeypatch.setattr(KnownLinear, "write_weights_", other)
    assert load_model("known-linear").fingerprint() != before
