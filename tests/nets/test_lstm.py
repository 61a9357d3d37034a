"""LSTM: widths, and a literal recurrence in both directions."""

import torch

from xai_bench.nets.lstm import LSTM

Z = torch.randn(2, 12, 80, generator=torch.Generator().manual_seed(0))


def test_parameter_count() -> None:
    stem = 12 * 32 * 9 + 32 * 64 * 5 + 2 * (32 + 64)
    recurrence = 2 * 4 * 64 * (64 + 64 + 2)
    assert stem + recurrence + 257 == 80_705
    assert sum(p.numel() for p in LSTM().parameters()) == 80_705


def test_logits_are_of_the_mean_and_the_maximum_of_a_recurrence_both_ways() -> None:
    torch.manual_seed(0)
    net = LSTM(outputs=2).eval()
    state = net.state_dict()
    with torch.inference_mode():
        steps = net.stem(Z)
        assert steps.shape == (2, 64, 10)
        states = []
        for suffix, order in (("", range(10)), ("_reverse", range(9, -1, -1))):
            w_in, w_hidden, b_in, b_hidden = (
                state[f"lstm.{name}_l0{suffix}"]
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            hidden, cell = torch.zeros(2, 64), torch.zeros(2, 64)
            seen = {}
            for t in order:
                gates = steps[:, :, t] @ w_in.T + b_in + hidden @ w_hidden.T + b_hidden
                keep_in, forget, new, out = gates.chunk(4, dim=1)
                cell = forget.sigmoid() * cell + keep_in.sigmoid() * new.tanh()
                hidden = out.sigmoid() * cell.tanh()
                seen[t] = hidden
            states.append(torch.stack([seen[t] for t in range(10)], dim=1))
        both = torch.cat(states, dim=2)
        pooled = torch.cat([both.mean(1), both.max(1).values], dim=1)
        literal = pooled @ state["fc.weight"].T + state["fc.bias"]
        torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)


def test_gradients_in_eval_mode_are_taken_without_cudnn() -> None:
    """cuDNN raises there; what the layer runs under can be seen without a GPU."""
    net = LSTM()
    seen: list[bool] = []
    net.lstm.register_forward_hook(lambda *_: seen.append(torch.backends.cudnn.enabled))
    before = torch.backends.cudnn.enabled
    net.train()(Z)
    net.eval()(Z).sum().backward()
    assert seen == [True, False]
    assert torch.backends.cudnn.enabled == before
