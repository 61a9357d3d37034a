"""InceptionTime against a literal re-implementation."""

import torch
from torch import Tensor
from torch.nn.functional import conv1d, linear, max_pool1d, relu

from tests.nets.literal import Z, conv_bn, norm, scrambled
from xai_bench.nets.inception1d import Inception1d


def test_parameter_count() -> None:
    def module(inputs: int) -> int:
        return inputs * 8 + 8 * 8 * (39 + 19 + 9) + inputs * 8 + 2 * 32

    shortcuts = 12 * 32 + 32 * 32 + 2 * 2 * 32
    counted = sum(p.numel() for p in Inception1d().parameters())
    assert counted == module(12) + 5 * module(32) + shortcuts + 33 == 30_433


def test_six_modules_a_residual_around_three_mean_and_linear_layer() -> None:
    torch.manual_seed(0)
    net = scrambled(Inception1d(outputs=2))
    state = net.state_dict()

    def module(name: str, x: Tensor) -> Tensor:
        narrow = conv1d(x, state[f"{name}.bottleneck.weight"])
        branches = [
            conv1d(narrow, state[f"{name}.convs.{branch}.weight"], padding=padding)
            for branch, padding in enumerate((19, 9, 4))
        ]
        pooled = max_pool1d(x, 3, stride=1, padding=1)
        branches.append(conv1d(pooled, state[f"{name}.pool.1.weight"]))
        return relu(norm(state, f"{name}.bn", torch.cat(branches, dim=1)))

    x = Z
    for group in ("groups.0", "groups.1"):
        inner = x
        for index in range(3):
            inner = module(f"{group}.body.{index}", inner)
        x = relu(inner + conv_bn(state, f"{group}.shortcut", x))
    assert x.shape == (2, 32, 1000)
    literal = linear(x.mean(dim=-1), state["fc.weight"], state["fc.bias"])
    torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)
