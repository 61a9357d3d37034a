"""SEVGGNet-LSTM: widths, and a literal pass."""

import torch
from torch.nn import functional

from xai_bench.nets.channel_gates import gated_blocks
from xai_bench.nets.sevgg_lstm import SEVGGLSTM

Z = torch.randn(2, 12, 80, generator=torch.Generator().manual_seed(0))


def test_parameter_count() -> None:
    pairs = [(12, 16), (16, 16), (16, 32), (32, 32), (32, 64), (64, 64)]
    convolutions = sum(3 * inputs * outputs + 2 * outputs for inputs, outputs in pairs)
    gates = sum(2 * c * (c // 4) + c // 4 + c for c in (16, 32, 64))
    recurrence = 4 * 64 * (64 + 64 + 2)
    assert convolutions + gates + recurrence + 129 == 61_069
    assert sum(p.numel() for p in SEVGGLSTM().parameters()) == 61_069


def test_a_literal_pass() -> None:
    torch.manual_seed(0)
    net = SEVGGLSTM(outputs=2).eval()
    state = net.state_dict()
    with torch.inference_mode():
        maps = Z
        for stage in (1, 2, 3):
            for layer in (0, 1):
                weights = state[f"stage{stage}.{layer}.0.weight"]
                maps = functional.conv1d(maps, weights, padding=1) / (1 + 1e-5) ** 0.5
                maps = maps.clamp_min(0)
            maps = maps.unflatten(2, (-1, 2)).amax(dim=3)
            mean = maps.mean(dim=2)
            names = ("mlp.0.weight", "mlp.0.bias", "mlp.2.weight", "mlp.2.bias")
            w1, b1, w2, b2 = (state[f"gate{stage}.{name}"] for name in names)
            gates = torch.sigmoid((mean @ w1.T + b1).clamp_min(0) @ w2.T + b2)
            maps = maps * gates[:, :, None]
        assert maps.shape == (2, 64, 10)
        states = net.lstm(maps.transpose(1, 2))[0]  # its recurrence is tested with LSTM
        pooled = torch.cat([states.mean(1), states.max(1).values], dim=1)
        literal = pooled @ state["fc.weight"].T + state["fc.bias"]
        torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)


def test_every_stage_is_gated() -> None:
    assert list(gated_blocks(SEVGGLSTM())) == ["gate1", "gate2", "gate3"]


def test_gradients_in_eval_mode_are_taken_without_cudnn() -> None:
    """cuDNN raises there; what the layer runs under can be seen without a GPU."""
    net = SEVGGLSTM()
    seen: list[bool] = []
    net.lstm.register_forward_hook(lambda *_: seen.append(torch.backends.cudnn.enabled))
    before = torch.backends.cudnn.enabled
    net.train()(Z)
    net.eval()(Z.clone().requires_grad_()).sum().backward()
    assert seen == [True, False]
    assert torch.backends.cudnn.enabled == before
