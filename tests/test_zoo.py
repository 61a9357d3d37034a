"""Where cards are found; the path is the name."""

import shutil
from pathlib import Path

import pytest
import torch

from xai_bench.errors import CardError, InputError, UnknownNameError
from xai_bench.models import build_net
from xai_bench.zoo import FAMILIES, Zoo

ROOT = Path(__file__).parent.parent


def _copy(card: str, to: Path) -> None:
    to.parent.mkdir(parents=True)
    shutil.copy(ROOT / card, to)


def test_metrics_by_name_family_path_and_all() -> None:
    zoo = Zoo()
    every = zoo.metrics()
    assert [m.family for m in every] == sorted((m.family for m in every), key=FAMILIES.index)
    assert {m.family for m in every} == set(FAMILIES)
    assert [m.name for m in zoo.metrics("roc_auc,faithfulness")][-1] == "roc_auc"
    assert {m.name for m in zoo.metrics("complexity")} == {
        "clutter", "complexity", "effective_complexity", "sparseness",
    }  # fmt: skip
    assert [m.name for m in zoo.metrics("complexity/complexity")] == ["complexity"]
    with pytest.raises(UnknownNameError, match=r"no metric 'runtme'. Did you mean 'runtime'"):
        zoo.metrics("runtme")


def test_seeds_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("a", "a-seed10", "a-seed2", "a-seedling", "a-seed2-x", "b-seed1", "ba-seed1"):
        _copy("models/imn/card.toml", tmp_path / "models" / name / "card.toml")
    zoo = Zoo(tmp_path)
    assert zoo.seeds("a") == ("a", "a-seed2", "a-seed10")
    assert zoo.seeds("a-seed2") == ("a-seed2",)
    assert Zoo().seeds("imn") == ("imn", *(f"imn-seed{seed}" for seed in (1, 2, 3, 4)))


def test_models_and_unknown_models() -> None:
    zoo = Zoo()
    assert {"imn", "imn-categorical", "conv2d"} <= set(zoo.model_folders())
    with pytest.raises(UnknownNameError, match=r"no model 'inm'. Did you mean 'imn'"):
        zoo.model_card("inm")


@pytest.mark.parametrize("name", Zoo().model_folders())
def test_every_model_card_fits_its_net_and_cites_a_known_source(name: str) -> None:
    card, _ = Zoo().model_card(name)
    net = build_net(card)
    if card.cam_layer is not None:
        maps: list[torch.Tensor] = []
        hook = net.get_submodule(card.cam_layer).register_forward_hook(
            lambda layer, given, out: maps.append(out)
        )
        with torch.inference_mode():
            net.eval()(torch.randn(1, 12, 1000, generator=torch.Generator().manual_seed(0)))
        hook.remove()
        (map_,) = maps
        # (record, channel, lead, step) or (record, channel, step), with a step for each 100 ms.
        assert map_.dim() == 3 or map_.shape[2] == 12
        assert map_.shape[-1] >= 100
    assert f"{{{card.cite},\n" in (ROOT / "metrics/references.bib").read_text()


def test_a_folder_of_ones_own_adds_and_may_not_redefine(tmp_path: Path) -> None:
    _copy("models/conv2d/card.toml", tmp_path / "models/mine/card.toml")
    _copy("metrics/complexity/sparseness.toml", tmp_path / "metrics/complexity/gini.toml")
    zoo = Zoo(tmp_path)
    assert zoo.model_card("mine")[1] == tmp_path / "models/mine"
    assert [m.name for m in zoo.metrics("gini")] == ["gini"]
    _copy("models/conv2d/card.toml", tmp_path / "models/imn/card.toml")
    with pytest.raises(CardError, match="two cards are called 'imn'"):
        Zoo(tmp_path).model_folders()


def test_strange_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        Zoo(tmp_path / "nowhere")
    _copy("metrics/complexity/sparseness.toml", tmp_path / "metrics/beauty/gini.toml")
    with pytest.raises(CardError, match="no family 'beauty'"):
        Zoo(tmp_path).metrics("gini")
