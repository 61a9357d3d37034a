"""Registered nets: a card names them, and where their code lies is no part of the name."""

import importlib

import pytest
import torch

from tests.closed_forms import CARD
from xai_bench.cards import ModelCard
from xai_bench.errors import UnknownNameError
from xai_bench.models import build_net
from xai_bench.nets import NETS, net_name
from xai_bench.nets.base import Net
from xai_bench.zoo import Zoo


@pytest.mark.parametrize("name", NETS)
def test_a_name_and_its_path_are_one_net(name: str) -> None:
    module, _, kind = NETS[name].partition(":")
    assert issubclass(getattr(importlib.import_module(module), kind), Net)
    assert net_name(name) == net_name(NETS[name]) == name


def test_a_net_of_a_user_keeps_its_path() -> None:
    assert net_name("my_nets.deep:Deep") == "my_nets.deep:Deep"


def test_a_card_may_name_a_net_either_way() -> None:
    cards = [ModelCard.model_validate(CARD | {"target": t}) for t in ("fcn", NETS["fcn"])]
    with torch.random.fork_rng(devices=[]):
        one, other = (type(build_net(card)) for card in cards)
    assert one is other


def test_an_unknown_name_teaches() -> None:
    card = ModelCard.model_validate(CARD | {"target": "resnet"})
    with pytest.raises(UnknownNameError, match="no net 'resnet'. Did you mean 'resnet1d'"):
        build_net(card)


def test_cards_of_the_package_name_nets_by_their_names() -> None:
    zoo = Zoo()
    assert {zoo.model_card(name)[0].target for name in zoo.model_folders()} == set(NETS)
