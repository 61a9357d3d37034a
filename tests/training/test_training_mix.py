"""What an epoch draws, and what a batch of it is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.closed_forms import CARD
from xai_bench import load_data
from xai_bench.cards import ModelCard, Recipe
from xai_bench.models.normalisation import normalisation
from xai_bench.scoring.model_quality import labelled
from xai_bench.training import training_mix
from xai_bench.training.training_mix import Fold, Mix, draw


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def mix(**change: object) -> tuple[Mix, dict[str, Fold]]:
    card = ModelCard.model_validate(CARD)
    assert card.recipe is not None
    recipe = Recipe.model_validate(card.recipe.model_dump() | change)
    kept, truth = labelled(load_data("synthetic", n=8, task="norm_vs_mi"), card.task)
    folds = {"synthetic": Fold(recordings=kept[:6], truth=truth[:6])}
    if recipe.mix:
        folds["other"] = Fold(recordings=kept[6:], truth=np.ones_like(truth[6:]))
    return Mix(folds, card, recipe, torch.device("cpu")), folds


def test_each_data_set_has_its_share_and_none_is_drawn_twice_too_soon() -> None:
    rows = draw(np.random.default_rng(0), [10, 4], [0.3, 0.7], 20)
    count = np.bincount(rows, minlength=14)
    assert (count[:10].sum(), count[10:].sum()) == (6, 14)
    assert count[:10].max() == 1
    assert set(count[10:]) == {3, 4}
    assert (rows[:6] >= 10).any(), "shuffled"


def test_shares_that_do_not_come_out_even_lose_no_recording() -> None:
    for n in range(1, 12):
        assert len(draw(np.random.default_rng(n), [3, 5, 7], [0.5, 0.25, 0.25], n)) == n


def test_an_epoch_is_as_long_as_the_data_or_as_the_recipe_says() -> None:
    of_data, _ = mix(mix={"other": 0.5})
    assert (of_data.n, len(of_data.epoch(np.random.default_rng(0)))) == (6, 6)
    said, _ = mix(mix={"other": 0.5}, epoch_recordings=10)
    rows = said.epoch(np.random.default_rng(0))
    assert np.bincount(rows >= 6).tolist() == [5, 5]


def test_the_loss_is_weighted_by_what_an_epoch_holds() -> None:
    made, folds = mix(mix={"other": 0.25})
    expected = 0.75 * folds["synthetic"].truth.mean() + 0.25
    assert float(made.positive[0]) == pytest.approx(expected)


def test_crops_are_windows_of_recordings_that_are_normalised_whole() -> None:
    made, folds = mix()
    z = normalisation("zscore", rate_hz=100.0)(
        torch.from_numpy(folds["synthetic"].recordings.signal)
    )
    found = made.batch(torch.tensor([2, 0]), torch.tensor([4, 7]), 3, generator())
    torch.testing.assert_close(found, torch.stack([z[2, :, 4:7], z[0, :, 7:10]]))
    whole = made.batch(torch.tensor([2, 0]), torch.tensor([0, 0]), 1000, generator())
    torch.testing.assert_close(whole, z[[2, 0]])


def test_the_stated_share_is_randomised_in_millivolt(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[torch.Tensor] = []

    def doubled_and_bent(millivolt: torch.Tensor, **_: object) -> torch.Tensor:
        given.append(millivolt)
        return millivolt**2

    monkeypatch.setattr(training_mix, "randomise", doubled_and_bent)
    made, folds = mix(randomised=0.5)
    rows = torch.tensor([3, 1, 0, 5])
    found = made.batch(rows, torch.zeros(4, dtype=torch.int64), 1000, generator())
    millivolt = torch.from_numpy(folds["synthetic"].recordings.signal)[rows]
    torch.testing.assert_close(given[0], millivolt[:2])
    expected = torch.cat([millivolt[:2] ** 2, millivolt[2:]])
    torch.testing.assert_close(found, normalisation("zscore", rate_hz=100.0)(expected))
