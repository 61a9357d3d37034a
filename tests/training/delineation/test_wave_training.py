"""A small training is deterministic, gains, and draws from nothing global."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from xai_bench.training.delineation.wave_training import WaveRecipe, train_waves

SMALL = WaveRecipe(recordings=8, epochs=2, steps=4, batch=4, window=256, ramp_epochs=1, checked=4)


@pytest.mark.slow
def test_the_same_recipe_gives_the_same_net_whatever_was_drawn_before() -> None:
    state = torch.random.get_rng_state()
    first, history = train_waves(SMALL)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.rand(7)
    second, again = train_waves(SMALL)
    assert history.loss == again.loss
    assert history.jaccard == again.jaccard
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


@pytest.mark.slow
def test_the_best_epoch_of_fold_9_is_kept() -> None:
    _, history = train_waves(SMALL)
    assert len(history.loss) == len(history.jaccard) == 2
    assert history.jaccard[history.best] == max(history.jaccard)
    assert np.isfinite(history.loss).all()
