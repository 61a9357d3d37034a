"""The recurrent net against a literal re-implementation of its cell."""

import torch
from torch import Tensor
from torch.nn.functional import linear, relu

from tests.nets.literal import Z, conv_bn, scrambled
from xai_bench.nets.lstm import LSTM


def test_parameter_count() -> None:
    stem = 12 * 32 * 7 + 2 * 32
    direction = 4 * 64 * (32 + 64) + 2 * 4 * 64
    counted = sum(p.numel() for p in LSTM().parameters())
    assert counted == stem + 2 * direction + 4 * 64 + 1 == 53_185


def test_states_of_both_directions_their_mean_and_maximum() -> None:
    torch.manual_seed(0)
    net = scrambled(LSTM(outputs=2))
    state, z = net.state_dict(), Z[:, :, :256]
    steps = relu(conv_bn(state, "stem.0", z, stride=4)).unbind(dim=-1)
    assert len(steps) == 64

    def run(inputs: tuple[Tensor, ...], direction: str) -> list[Tensor]:
        hidden, cell, states = torch.zeros(2, 64), torch.zeros(2, 64), []
        for x in inputs:
            gates = linear(
                x, state[f"lstm.weight_ih_l0{direction}"], state[f"lstm.bias_ih_l0{direction}"]
            ) + linear(
                hidden,
                state[f"lstm.weight_hh_l0{direction}"],
                state[f"lstm.bias_hh_l0{direction}"],
            )
            into, forget, candidate, out = gates.chunk(4, dim=1)
            cell = forget.sigmoid() * cell + into.sigmoid() * candidate.tanh()
            hidden = out.sigmoid() * cell.tanh()
            states.append(hidden)
        return states

    forward, backward = run(steps, ""), run(steps[::-1], "_reverse")[::-1]
    states = torch.cat([torch.stack(forward, 1), torch.stack(backward, 1)], dim=2)
    pooled = torch.cat([states.mean(dim=1), states.max(dim=1).values], dim=1)
    literal = linear(pooled, state["fc.weight"], state["fc.bias"])
    torch.testing.assert_close(net(z), literal, rtol=1e-4, atol=1e-5)


def test_gradients_in_eval_mode_run_without_cudnn() -> None:
    """cuDNN raises there; what the layer runs under is seen on any machine."""
    seen: list[bool] = []
    net = LSTM()
    net.lstm.register_forward_hook(lambda *_: seen.append(torch.backends.cudnn.enabled))
    before = torch.backends.cudnn.enabled
    net.train()(Z)
    net.eval()(Z).sum().backward()
    assert seen == [True, False]
    assert torch.backends.cudnn.enabled == before
