"""Pooled features and slopes, against a net that is changed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

import xai_bench as xb
from xai_bench.errors import InputError
from xai_bench.models import Model
from xai_bench.models.wrap import net_inside
from xai_bench.studies.probe.layer_features import features_alone, layer_features
from xai_bench.types import Recordings

PATH = "net.conv"
"""`wrap` puts what it is given into a net of its own."""


def nobody(done: int) -> None:
    """Counts nothing."""


class Small(nn.Module):
    """Two channels, squared, averaged and weighed."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 2, 5)
        self.fc = nn.Linear(2, 1)
        self.shift = torch.zeros(2)

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
        h = self.conv(z) + self.shift[:, None]
        found: Tensor = self.fc((h**2).mean(dim=2))
        return found


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    return xb.load_data("synthetic", n=10)


@pytest.fixture(scope="module")
def model() -> Model:
    torch.manual_seed(0)
    return xb.wrap(Small(), classes=["NORM", "MI"], rate_hz=100, seconds=10)


def test_features_are_means_and_slopes_are_of_a_change_at_all_times(
    model: Model, recordings: Recordings
) -> None:
    found = layer_features(model, recordings, PATH, target="MI", counted=nobody)
    z = model.normalise(torch.from_numpy(recordings.signal))
    alone = features_alone(model, recordings, PATH, target="MI", counted=nobody)
    assert alone == pytest.approx(found.values)
    with torch.no_grad():
        inside = net_inside(model.net)
        assert isinstance(inside, Small)
        assert found.values == pytest.approx(inside.conv(z).mean(dim=2).numpy(), abs=1e-5)
        for channel in range(2):
            for shift in (1e-2, -1e-2):
                changed = Small()
                changed.load_state_dict(inside.state_dict())
                changed.shift[channel] = shift
                moved = replace(model, net=changed).log_odds(z, 1) - model.log_odds(z, 1)
                # m is quadratic in the shift: the second derivative is 2 w
                bend = float(changed.fc.weight[0, channel]) * shift
                assert moved.numpy() / shift == pytest.approx(
                    found.slopes[:, channel] + bend, rel=1e-2, abs=1e-4
                )


def test_a_layer_that_cannot_be_read_is_an_error(model: Model, recordings: Recordings) -> None:
    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(12, 2, batch_first=True)

        def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record output"]:
            found: Tensor = self.lstm(z.transpose(1, 2))[0][:, -1, :1]
            return found

    given = xb.wrap(Pair(), classes=["NORM", "MI"], rate_hz=100, seconds=10)
    with pytest.raises(InputError, match="layer 'net.lstm' cannot be read"):
        layer_features(given, recordings, "net.lstm", target="MI", counted=nobody)


def test_a_layer_that_keeps_leads_apart_has_a_feature_a_lead(recordings: Recordings) -> None:
    model = xb.load_model("imn", device="cpu")
    found = layer_features(model, recordings[:2], "conv3.0", target="MI", counted=nobody)
    assert found.values.shape[1] % 12 == 0
    assert np.isfinite(found.slopes).all()
