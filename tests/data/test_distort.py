"""Noise at a stated signal-to-noise ratio, and shifts beyond whose ends the last sample goes on."""

import numpy as np
import pytest
import torch

from xai_bench.data.distort import add_white_noise, at_snr, shifted


def leads() -> np.ndarray:
    """Of other amplitudes, about another value than zero."""
    t = np.arange(1000, dtype=np.float32)
    return np.stack([(k + 1) * np.sin(t / (3 + k)) + 5 for k in range(12)]).astype(np.float32)


@pytest.mark.parametrize("snr_db", [10.0, 20.0])
def test_white_noise_has_the_stated_ratio_and_one_level_for_all_leads(snr_db: float) -> None:
    x = leads()[None]
    normal = torch.from_numpy(np.random.RandomState(0).standard_normal(x.shape))
    noise = (add_white_noise(torch.from_numpy(x), normal, snr_db).numpy() - x)[0]
    power = np.mean([np.var(lead) for lead in x[0]])
    assert 10 * np.log10(power / np.mean(noise**2)) == pytest.approx(snr_db, abs=0.2)
    assert noise.std(axis=1).max() / noise.std(axis=1).min() < 1.15


def test_white_noise_of_one_recording_does_not_know_the_others() -> None:
    x = torch.from_numpy(np.stack([leads(), 3 * leads()]))
    normal = torch.from_numpy(np.random.RandomState(0).standard_normal(x.shape))
    together = add_white_noise(x, normal, 20.0)
    alone = [add_white_noise(*of_one, 20.0) for of_one in zip(x, normal, strict=True)]
    assert torch.equal(together, torch.stack(alone))


def test_noise_of_any_kind_gets_the_stated_ratio_of_what_was_drawn() -> None:
    rng = np.random.default_rng(3)
    signal = rng.standard_normal((12, 400)) * rng.uniform(0.1, 2, (12, 1)) + 5
    bump = np.zeros((12, 400))
    bump[3, 100:110] = 7.0
    powers = [
        np.mean([((lead - lead.mean()) ** 2).mean() for lead in of])
        for of in (signal, at_snr(bump, signal, 17.0))
    ]
    assert 10 * np.log10(powers[0] / powers[1]) == pytest.approx(17.0)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [(0, [1, 2, 3, 4]), (1, [1, 1, 2, 3]), (-2, [3, 4, 4, 4]), (9, [1, 1, 1, 1])],
)
def test_the_first_or_the_last_sample_goes_on(samples: int, expected: list[int]) -> None:
    values = torch.tensor([[1, 2, 3, 4], [1, 2, 3, 4]])
    assert shifted(values, samples).tolist() == [expected] * 2
