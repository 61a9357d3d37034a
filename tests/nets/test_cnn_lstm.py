"""Parallel CNN-LSTM: widths, a literal branch for each lead, and a literal recurrence."""

import torch
from torch.nn.functional import batch_norm, conv1d

from xai_bench.nets.cnn_lstm import CNNLSTM

Z = torch.randn(2, 12, 80, generator=torch.Generator().manual_seed(0))


def _net(outputs: int = 1) -> CNNLSTM:
    """Every parameter and statistic counts."""
    torch.manual_seed(0)
    net = CNNLSTM(outputs=outputs)
    for norm in (net.block1[1], net.block2[1]):
        assert isinstance(norm, torch.nn.BatchNorm1d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        torch.nn.init.normal_(norm.running_mean)
        torch.nn.init.uniform_(norm.running_var, 0.2, 3.0)
        torch.nn.init.normal_(norm.weight)
        torch.nn.init.normal_(norm.bias)
    return net.eval()


def test_parameter_count() -> None:
    of_a_lead = 16 * 7 + 2 * 16 + 32 * 16 * 5 + 2 * 32
    recurrence = 4 * 64 * (12 * 32 + 64 + 2)
    assert 12 * of_a_lead + recurrence + 65 == 148_481
    assert sum(p.numel() for p in CNNLSTM().parameters()) == 148_481


def test_logits_are_of_twelve_branches_and_the_mean_state_of_a_recurrence() -> None:
    net = _net(outputs=2)
    state = net.state_dict()
    joined = []
    with torch.inference_mode():
        for lead in range(12):
            maps = Z[:, lead : lead + 1]
            for block, width, padding in (("block1", 16, 3), ("block2", 32, 2)):
                own = slice(width * lead, width * (lead + 1))
                maps = conv1d(maps, state[f"{block}.0.weight"][own], padding=padding)
                of_norm = (
                    state[f"{block}.1.{name}"][own]
                    for name in ("running_mean", "running_var", "weight", "bias")
                )
                maps = batch_norm(maps, *of_norm).relu().unflatten(2, (-1, 4)).amax(dim=3)
            joined.append(maps)
        steps = torch.cat(joined, dim=1)
        assert steps.shape == (2, 384, 5)
        w_in, w_hidden, b_in, b_hidden = (
            state[f"lstm.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        hidden, cell, states = torch.zeros(2, 64), torch.zeros(2, 64), []
        for t in range(5):
            gates = steps[:, :, t] @ w_in.T + b_in + hidden @ w_hidden.T + b_hidden
            keep_in, forget, new, out = gates.chunk(4, dim=1)
            cell = forget.sigmoid() * cell + keep_in.sigmoid() * new.tanh()
            hidden = out.sigmoid() * cell.tanh()
            states.append(hidden)
        literal = torch.stack(states).mean(dim=0) @ state["fc.weight"].T + state["fc.bias"]
        torch.testing.assert_close(net(Z), literal, rtol=1e-4, atol=1e-5)


def test_the_head_of_the_sum_of_parts_is_the_net_and_a_part_reads_its_lead_only() -> None:
    net = _net()
    with torch.inference_mode():
        parts = net.parts(Z)
        assert parts.shape == (2, 12, 5, 256)
        torch.testing.assert_close(net.head(parts.sum(dim=1)), net(Z), rtol=1e-5, atol=1e-6)
        changed = Z.clone()
        changed[:, 7] += 1.0
        moved = (net.parts(changed) - parts).abs().amax(dim=(0, 2, 3))
    assert [lead for lead in range(12) if moved[lead] > 0] == [7]


def test_gradients_in_eval_mode_are_taken_without_cudnn() -> None:
    net = _net()
    seen: list[bool] = []
    net.lstm.register_forward_hook(lambda *_: seen.append(torch.backends.cudnn.enabled))
    z = Z.clone().requires_grad_()
    net(z).sum().backward()
    assert seen == [False]
    assert z.grad is not None
    assert bool((z.grad.abs().amax(dim=(0, 2)) > 0).all())
