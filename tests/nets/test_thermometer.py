"""Truth values of samples and rises, against a loop over features."""

from __future__ import annotations

import pytest
import torch

from xai_bench.errors import InputError
from xai_bench.nets.thermometer import Thermometer


def _code() -> Thermometer:
    return Thermometer(
        leads=2, samples=11, step=3, levels=[-0.5, 0.0, 0.5], rises=[-0.2, 0.2], rise_samples=4
    )


def _z() -> torch.Tensor:
    return torch.randn(5, 2, 11, generator=torch.Generator().manual_seed(3))


def test_each_truth_value_is_what_its_feature_says() -> None:
    code, z = _code(), _z()
    found = code(z)
    assert found.shape == (5, len(code))
    # Samples 0, 3, 6, 9 of two leads at three levels; rises end within 11 samples from 0, 3, 6.
    assert len(code) == 2 * 4 * 3 + 2 * 3 * 2
    for place, feature in enumerate(code.features()):
        for row, recording in enumerate(z):
            value = float(recording[feature.lead, feature.sample])
            if feature.kind == "rise":
                value = float(recording[feature.lead, feature.sample + 4]) - value
            assert bool(found[row, place]) == (value > feature.above)


def test_shares_lie_on_the_samples_that_a_feature_reads() -> None:
    code = _code()
    shares = torch.randn(3, len(code), generator=torch.Generator().manual_seed(4)).double()
    expected = torch.zeros(3, 2, 11, dtype=torch.float64)
    for place, feature in enumerate(code.features()):
        if feature.kind == "level":
            expected[:, feature.lead, feature.sample] += shares[:, place]
        else:
            expected[:, feature.lead, feature.sample] += shares[:, place] / 2
            expected[:, feature.lead, feature.sample + 4] += shares[:, place] / 2
    torch.testing.assert_close(code.on_samples(shares), expected)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"levels": [0.5, 0.0]}, "levels = .0.5, 0.0.: give some, each above the one before"),
        ({"rises": []}, "rises = .*give some"),
        ({"step": 0}, "all must be 1 or more, and shorter than the recording"),
        ({"rise_samples": 11}, "shorter than the recording"),
    ],
)
def test_what_codes_nothing_is_refused(changed: dict[str, object], said: str) -> None:
    given = {"leads": 1, "samples": 11, "step": 3, "levels": [0.0], "rises": [0.0]}
    with pytest.raises(InputError, match=said):
        Thermometer(**({"rise_samples": 2} | given | changed))  # type: ignore[arg-type]


def test_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match="reads 2 leads x 11 samples, not 2 x 10"):
        _code()(_z()[:, :, :10])
