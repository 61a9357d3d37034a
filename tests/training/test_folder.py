"""A changed card makes a new folder with a telling name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xai_bench.cards import ModelCard, read_card
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.training import derive
from xai_bench.zoo import Zoo

IMN = Zoo().model_folders()["imn"]


def test_name_and_card_say_what_was_changed(tmp_path: Path) -> None:
    made = derive(IMN, tmp_path, task="norm_vs_cd", rule="strict", seed=3)
    assert made == tmp_path / "models" / "imn-norm_vs_cd-strict-seed3"
    card, original = (read_card(f / "card.toml", ModelCard) for f in (made, IMN))
    assert card.recipe is not None
    assert original.recipe is not None
    assert (card.labels.task, card.labels.rule, card.recipe.seed) == ("norm_vs_cd", "strict", 3)
    assert card.weights is None
    assert card.claims is None
    assert card.recipe == original.recipe.model_copy(update={"seed": 3})
    assert sorted(path.name for path in made.iterdir()) == ["card.toml"]


def test_five_classes_need_five_outputs_and_back(tmp_path: Path) -> None:
    made = derive(IMN, tmp_path, task="superclass")
    card = read_card(made / "card.toml", ModelCard)
    assert card.params["outputs"] == 5
    back = read_card(derive(made, tmp_path, task="norm_vs_mi") / "card.toml", ModelCard)
    assert back.params["outputs"] == 1


def test_data_are_called_by_name_and_not_by_place(tmp_path: Path) -> None:
    (tmp_path / "ptb-xl").mkdir()
    made = derive(IMN, tmp_path, data=tmp_path / "ptb-xl")
    assert made.name == "imn-ptb-xl"
    recipe = read_card(made / "card.toml", ModelCard).recipe
    assert recipe is not None
    assert recipe.data == "ptb-xl"


def test_other_data_are_trained_on_alone(tmp_path: Path) -> None:
    (tmp_path / "ptb-xl").mkdir()
    text = (IMN / "card.toml").read_text().split("\n[weights]")[0]
    text = re.sub(r"\nmix .*", "", text).replace("[recipe]\n", "[recipe]\nmix = { other = 0.5 }\n")
    (tmp_path / "imn").mkdir()
    (tmp_path / "imn/card.toml").write_text(text)
    recipe = read_card(
        derive(tmp_path / "imn", tmp_path, data=tmp_path / "ptb-xl") / "card.toml", ModelCard
    ).recipe
    assert recipe is not None
    assert recipe.shares == {"ptb-xl": 1.0}
    seeded = read_card(derive(tmp_path / "imn", tmp_path, seed=1) / "card.toml", ModelCard).recipe
    assert seeded is not None
    assert seeded.shares == {"synthetic": 0.5, "other": 0.5}


def test_a_folder_that_agrees_is_kept_and_another_is_not_overwritten(tmp_path: Path) -> None:
    made = derive(IMN, tmp_path, seed=1)
    (made / "training.safetensors").touch()
    assert derive(IMN, tmp_path, seed=1) == made
    assert (made / "training.safetensors").exists()
    path = made / "card.toml"
    path.write_text(re.sub(r"batch_size +=.*", "batch_size = 7", path.read_text()))
    with pytest.raises(InputError, match="holds another model; name another --out"):
        derive(IMN, tmp_path, seed=1)


def test_an_unknown_task_teaches(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no task 'superclas'. Did you mean 'superclass'"):
        derive(IMN, tmp_path, task="superclas")
