"""Nets that others trained, on real recordings: what reaches the net, and whose weights it has."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import signal

from tests.foreign_weights import put_ecgresnet_into_cache
from xai_bench import load_data, load_model
from xai_bench.models import load
from xai_bench.models.model import Model

SD = (0.143, 0.144, 0.109, 0.133, 0.105, 0.106, 0.184, 0.310, 0.293, 0.266, 0.225, 0.175)


@pytest.fixture
def model(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    put_ecgresnet_into_cache(shared_data, tmp_path / "cache", monkeypatch)
    return load_model("ecgresnet-relu", device="cpu")


@pytest.fixture
def millivolt(shared_data: Path) -> torch.Tensor:
    found = load_data(shared_data / "ptbxl_real/records100", n=3, rate_hz=100.0)
    return torch.from_numpy(found.signal)


def test_what_the_net_reads_is_filtered_and_standardised(
    model: Model, millivolt: torch.Tensor
) -> None:
    """As its authors did with scipy, with the fixed statistics of the card."""
    coefficients = signal.butter(4, (0.5, 40.0), "bandpass", fs=100.0)
    expected = signal.filtfilt(*coefficients, millivolt.double()) / np.array(SD)[:, np.newaxis]
    np.testing.assert_allclose(model.normalise(millivolt), expected, atol=2e-5)


def test_what_is_taken_from_a_recording_is_taken_from_z(
    model: Model, millivolt: torch.Tensor
) -> None:
    taken = millivolt.roll(1, dims=0) / 3
    found = model.normalise(millivolt) - model.rescale(taken, millivolt)
    torch.testing.assert_close(found, model.normalise(millivolt - taken), rtol=0, atol=1e-4)


def test_windows_are_read_one_by_one(model: Model, millivolt: torch.Tensor) -> None:
    """The largest logit of each class over windows of 3 s that begin every 1.5 s, and the last."""
    z = model.normalise(millivolt)
    starts = (0, 150, 300, 450, 600, 700)
    with torch.inference_mode():
        each = [model.net(z[..., start : start + 300]) for start in starts]
        expected = torch.stack(each).amax(dim=0)
        found = load_model("ecgresnet-relu-windows", device="cpu").net(z)
    torch.testing.assert_close(found, expected)


def test_the_original_checkpoint_is_what_its_card_says(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tensors of the authors' file have the sha256 in the card, without their conversion."""
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    original = shared_data / "ecgresnet" / "best_resnet_loss_focal.pt"
    asked: list[str] = []

    def download(url: str, to: Path, **_: Any) -> Path:
        asked.append(url)
        return Path(shutil.copyfile(original, to))

    monkeypatch.setattr(load, "download", download)
    loaded = load_model("ecgresnet-focal", device="cpu")
    assert loaded.card is not None
    assert loaded.card.weights is not None
    assert asked == [loaded.card.weights.url]
    assert Path(asked[0]).name == original.name
