"""The generator against its definition, and against its authors' own code where it is installed."""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.data.planted.tiny_generator import tiny_tensors
from xai_bench.data.planted import pulse2pulse
from xai_bench.data.planted.pulse2pulse import Pulse2Pulse, installed_pulse2pulse, tensors_sha256
from xai_bench.errors import DatasetError, WeightsError


def _noise(records: int, samples: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(records, 8, samples, generator=generator) * 2 - 1


def _literal(tensors: dict[str, Tensor], noise: Tensor) -> Tensor:
    """As the paper has it: upsampled, padded with zeros, convolved."""

    def of(name: str) -> tuple[Tensor, Tensor]:
        return tensors[f"{name}.weight"], tensors[f"{name}.bias"]

    down = [noise]
    for k, stride in enumerate((2, 5, 2, 5, 5, 5)):
        x = functional.conv1d(down[-1], *of(f"conv_{k + 1}"), stride=stride, padding=12)
        down.append(functional.leaky_relu(x))
    x = down[6]
    for k, factor, beside in ((1, 5, 0), (2, 5, 5), (3, 5, 4), (5, 2, 3), (6, 5, 2), (7, 2, 0)):
        x = torch.cat([x, down[beside]], dim=1) if beside else x
        x = functional.pad(functional.interpolate(x, scale_factor=factor), (12, 12))
        x = functional.conv1d(x, *of(f"deconv_{k}.conv1d"))
        x = torch.relu(x) if k < 7 else torch.tanh(x)
    return x


@pytest.mark.parametrize("samples", [2500, 5000])
def test_the_net_is_that_of_the_paper(samples: int) -> None:
    tensors = tiny_tensors()
    noise = _noise(2, samples)
    made = Pulse2Pulse(tensors)(noise)
    literal = _literal(tensors, noise)
    assert literal.std() > 0.05
    torch.testing.assert_close(made, literal, rtol=0, atol=1e-6)


def test_tensors_are_known_by_name_shape_and_number() -> None:
    tensors = tiny_tensors()
    first = tensors_sha256(tensors)
    assert tensors_sha256(dict(reversed(tensors.items()))) == first
    name = "conv_1.bias"
    assert tensors_sha256({**tensors, name: tensors[name] + 1e-6}) != first
    assert tensors_sha256({**tensors, name: tensors[name][None]}) != first


def test_a_missing_tensor_is_named() -> None:
    tensors = tiny_tensors()
    del tensors["conv_3.bias"]
    with pytest.raises(WeightsError, match=r"no tensor conv_3\.bias"):
        Pulse2Pulse(tensors)


def test_a_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(pulse2pulse, "distribution", absent)
    with pytest.raises(DatasetError, match=r"pip install 'xai-bench\[deepfake\]'") as caught:
        pulse2pulse._weights()
    assert "\n" not in str(caught.value)


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"stat_dict": tiny_tensors()}, tmp_path / "g.pt")
    monkeypatch.setattr(pulse2pulse, "_weights", lambda: tmp_path / "g.pt")
    with pytest.raises(WeightsError, match=r"instead of .* pip install deepfake-ecg==1\.1\.2"):
        installed_pulse2pulse.__wrapped__()


class TestInstalled:
    def test_it_makes_what_its_authors_code_makes(self, generator_installed: None) -> None:
        noise = _noise(2, 5000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a name of torch that is deprecated
            from deepfakeecg.models import Generator

            theirs = Generator()
        checkpoint = torch.load(pulse2pulse._weights(), map_location="cpu", weights_only=True)
        theirs.load_state_dict(checkpoint["stat_dict"])
        with torch.inference_mode():
            expected = theirs.eval()(noise)
        assert expected.abs().max() > 0.1
        torch.testing.assert_close(installed_pulse2pulse()(noise), expected, rtol=0, atol=5e-6)

    def test_no_code_of_its_package_runs(
        self, generator_installed: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "deepfakeecg", None)
        with pytest.raises(ImportError):
            import_module("deepfakeecg")
        assert installed_pulse2pulse.__wrapped__().tensors
