"""ECGResNet: its size, a literal pass with its weights' names, and the files of its authors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from xai_bench.nets.ecgresnet import ECGResNet
from xai_bench.torch_files.torch_archive import read_state_dict

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": lambda x: x.clamp_min(0),
    "gelu": lambda x: x * (1 + torch.erf(x / 2**0.5)) / 2,
    "mish": lambda x: x * torch.tanh(torch.log(1 + torch.exp(x))),
}
FILES = ("act_relu", "act_gelu", "loss_bce", "loss_focal")


def _literal(state: dict[str, Tensor], z: Tensor, activation: str) -> Tensor:
    """The net as its weights' names and the description of its repository say."""
    act = ACTIVATIONS[activation]

    def norm(x: Tensor, at: str) -> Tensor:
        mean, variance, scale, shift = (
            state[f"{at}.{name}"][:, None]
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        normed: Tensor = (x - mean) / (variance + 1e-5).sqrt() * scale + shift
        return normed

    x = norm(functional.conv1d(z, state["stem.0.weight"], stride=2, padding=7), "stem.1")
    x = functional.pad(act(x), (1, 1), value=-torch.inf).unfold(2, 3, 2).amax(dim=3)
    for block, stride in (("blocks.0", 1), ("blocks.1", 2)):
        beside = x
        if f"{block}.shortcut.0.weight" in state:
            weight = state[f"{block}.shortcut.0.weight"]
            beside = norm(functional.conv1d(x, weight, stride=stride), f"{block}.shortcut.1")
        inner = functional.conv1d(x, state[f"{block}.conv1.weight"], stride=stride, padding=3)
        inner = act(norm(inner, f"{block}.bn1"))
        inner = functional.conv1d(inner, state[f"{block}.conv2.weight"], padding=3)
        x = act(norm(inner, f"{block}.bn2") + beside)
    return x.mean(dim=2) @ state["head.weight"].T + state["head.bias"]


def test_parameter_count() -> None:
    stem = 12 * 64 * 15 + 2 * 64
    blocks = 2 * 64 * 64 * 7 + 4 * 64 + (64 + 128) * 128 * 7 + 64 * 128 + 6 * 128
    assert stem + blocks + 129 * 5 == 250_885
    assert sum(p.numel() for p in ECGResNet().parameters()) == 250_885


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("samples", [1000, 301])
def test_it_computes_what_is_described(activation: str, samples: int) -> None:
    torch.manual_seed(0)
    net = ECGResNet(activation=activation)  # type: ignore[arg-type]
    z = torch.randn(3, 12, samples, generator=torch.Generator().manual_seed(1))
    net(z)  # moves the running means away from 0
    net.eval()
    with torch.inference_mode():
        expected = _literal(net.state_dict(), z, activation)
        torch.testing.assert_close(net(z), expected, rtol=1e-4, atol=1e-5)


def test_another_activation_is_refused() -> None:
    with pytest.raises(TypeError, match="activation"):
        ECGResNet(activation="tanh")  # type: ignore[arg-type]


@pytest.mark.parametrize("file", FILES)
def test_the_authors_weights_load_as_they_are(shared_data: Path, file: str) -> None:
    state = load_file(shared_data / "ecgresnet" / f"best_resnet_{file}.safetensors")
    activation: Any = "gelu" if file == "act_gelu" else "relu"
    net = ECGResNet(activation=activation).eval()
    net.load_state_dict(state)
    z = torch.randn(2, 12, 300, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(net(z), _literal(state, z, activation), rtol=1e-4, atol=1e-5)


def test_the_original_checkpoint_loads_too(shared_data: Path) -> None:
    net = ECGResNet()
    net.load_state_dict(read_state_dict(shared_data / "ecgresnet/best_resnet_loss_focal.pt"))
