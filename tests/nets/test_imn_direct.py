"""The dense head that fails: the authors' counts and names, and why it cannot follow a beat."""

import pytest
import torch
from torch.nn.functional import linear

from tests.nets.literal import Z, scrambled
from xai_bench.errors import InputError
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.imn_direct import ECGIMNDirect


@pytest.mark.parametrize(
    ("outputs", "samples", "parameters"),
    [(2, 5000, 7_916_274), (2, 1000, 1_676_274), (1, 1000, 896_209)],
)
def test_parameter_counts_of_the_paper(outputs: int, samples: int, parameters: int) -> None:
    with torch.device("meta"):
        net = ECGIMNDirect(outputs=outputs, samples=samples)
    assert sum(p.numel() for p in net.parameters()) == parameters


def test_state_dict_has_the_names_and_shapes_of_the_authors_checkpoints() -> None:
    with torch.device("meta"):
        state = ECGIMNDirect(outputs=2, samples=5000).state_dict()
        encoder = {k: v for k, v in ECGIMN().state_dict().items() if k.startswith("conv")}
    assert len(state) == 20
    assert state["hyper_head.weight"].shape == (120_002, 64)
    assert state["hyper_head.bias"].shape == (120_002,)
    assert {k: v.shape for k, v in state.items() if k.startswith("conv")} == {
        k: v.shape for k, v in encoder.items()
    }


def test_the_head_is_read_lead_after_lead_with_the_bias_last() -> None:
    torch.manual_seed(0)
    net = scrambled(ECGIMNDirect(outputs=2, samples=40, weight_scale=0.01))
    z = Z[:, :, :40]
    with torch.inference_mode():
        W, b = net.generate(z)
        pooled = net.conv3(net.conv2(net.conv1(z[:, None]))).mean(dim=(2, 3))
        row = linear(pooled, net.hyper_head.weight, net.hyper_head.bias)
    for output in range(2):
        start = output * (12 * 40 + 1)
        torch.testing.assert_close(b[:, output], row[:, start + 480])
        for lead, sample in ((0, 0), (0, 39), (1, 0), (7, 13), (11, 39)):
            expected = 0.01 * row[:, start + 40 * lead + sample]
            torch.testing.assert_close(W[:, output, lead, sample], expected)


def test_w_does_not_move_when_the_beat_does() -> None:
    """A beat in the middle of a flat recording, 0.4 s later: the pooled encoding is the same."""
    torch.manual_seed(0)
    z = torch.zeros(1, 12, 1000)
    z[..., 400:500] = Z[:1, :, 400:500]
    moved = z.roll(40, dims=-1)
    direct, follows = scrambled(ECGIMNDirect()), scrambled(ECGIMN())
    with torch.inference_mode():
        (W, b), (W_moved, b_moved) = direct.generate(z), direct.generate(moved)
        torch.testing.assert_close(W_moved, W)
        torch.testing.assert_close(b_moved, b)
        # So the prediction is that of a fixed template under a beat that has moved.
        template = (W[:, 0] * moved).sum(dim=(1, 2)) + b[:, 0]
        torch.testing.assert_close(direct(moved)[:, 0], template, rtol=1e-4, atol=1e-4)
        assert (direct(moved) - direct(z)).abs().item() > 0.01
        # The transition decoder writes weights that move with the beat.
        here, there = follows.generate(z)[0], follows.generate(moved)[0]
        inside = slice(100, -100)  # away from the padding, which does not move
        follow = here.roll(40, dims=-1)[..., inside]
        torch.testing.assert_close(there[..., inside], follow, rtol=1e-4, atol=1e-5)
        assert (there - here)[..., inside].abs().max() > 0.01


def test_all_its_maps_lie_in_64_dimensions() -> None:
    """W is a linear image of 64 pooled features: few maps, whatever the recordings."""
    torch.manual_seed(0)
    net = scrambled(ECGIMNDirect(samples=40)).double()
    z = torch.randn(80, 12, 40, generator=torch.Generator().manual_seed(2)).double()
    with torch.inference_mode():
        W, _ = net.generate(z)
    spread = (W - W[:1]).flatten(1)
    assert spread.shape == (80, 480)
    values = torch.linalg.svdvals(spread)
    assert values[63] > 0
    assert values[64] < 1e-12 * values[0]


def test_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="for 1000 samples, and was given 256; crop or pad"):
        ECGIMNDirect()(Z[:, :, :256])
