"""A net from its card, which names it; where its code lies is no part of a card."""

import pytest
import torch

from tests.closed_forms import CARD
from xai_bench.cards import ModelCard
from xai_bench.errors import UnknownNameError
from xai_bench.models import build_net
from xai_bench.nets.fcn import FCN
from xai_bench.registry import REGISTERED
from xai_bench.zoo import Zoo


def _card(target: str) -> ModelCard:
    return ModelCard.model_validate(CARD | {"target": target})


def test_two_spellings_are_one_net_and_one_fingerprint() -> None:
    short, dotted = _card("fcn"), _card(REGISTERED["net"]["fcn"])
    with torch.random.fork_rng(devices=[]):
        assert isinstance(build_net(short), FCN)
        assert isinstance(build_net(dotted), FCN)
    assert short.fingerprint() == dotted.fingerprint()
    assert short.fingerprint() != _card("lstm").fingerprint()


def test_an_unknown_name_teaches() -> None:
    with pytest.raises(UnknownNameError, match="no net 'resnet'. Did you mean 'resnet1d'"):
        build_net(_card("resnet"))


def test_cards_of_the_package_name_nets_by_their_names() -> None:
    zoo = Zoo()
    targets = {zoo.model_card(name)[0].target for name in zoo.model_folders()}
    assert targets == set(REGISTERED["net"])
