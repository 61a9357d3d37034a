"""The dense head: counts, order of its rows, exactness, and why it cannot explain."""

import pytest
import torch

from xai_bench.errors import InputError
from xai_bench.nets.imn_direct import ECGIMNDirect

Z = torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("samples", "parameters"), [(5000, 7_916_274), (1000, 1_676_274)])
def test_parameter_counts_of_the_authors(samples: int, parameters: int) -> None:
    net = ECGIMNDirect(outputs=2, samples=samples)
    assert sum(p.numel() for p in net.parameters()) == parameters


def test_state_dict_has_the_names_and_shapes_of_the_authors_checkpoints() -> None:
    state = {k: tuple(v.shape) for k, v in ECGIMNDirect(outputs=2).state_dict().items()}
    assert len(state) == 20
    assert state["conv3.0.weight"] == (64, 32, 3, 15)
    assert state["hyper_head.weight"] == (2 * 12_001, 64)
    assert state["hyper_head.bias"] == (2 * 12_001,)


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_logits_are_the_sum_of_w_times_z_plus_b(outputs: int) -> None:
    torch.manual_seed(1)
    net = ECGIMNDirect(outputs=outputs, weight_scale=0.01).eval()
    with torch.inference_mode():
        W, b = net.generate(Z)
        literal = torch.einsum("rolt,rlt->ro", W.double(), Z.double()) + b
        assert W.shape == (2, outputs, 12, 1000)
        torch.testing.assert_close(net(Z).double(), literal, rtol=1e-5, atol=1e-5)


def test_rows_of_the_head_are_output_then_lead_then_time_and_the_bias_last() -> None:
    net = ECGIMNDirect(outputs=2, samples=16, weight_scale=0.5).eval()
    with torch.no_grad():
        net.hyper_head.weight.zero_()
        net.hyper_head.bias.copy_(torch.arange(2 * 193))
        W, b = net.generate(Z[:, :, :16])
    assert W[0, 1, 3, 7] == 0.5 * (193 + 3 * 16 + 7)
    assert W[1, 0, 11, 15] == 0.5 * 191
    assert b.tolist() == [[192, 193 + 192]] * 2


def test_w_stays_where_it_is_when_the_recording_is_shifted() -> None:
    """Exact where the ends are silent and the shift is a multiple of the pooling, 4 samples."""
    torch.manual_seed(2)
    net = ECGIMNDirect().double().eval()
    z = Z[:1].double().clone()
    z[:, :, :200] = 0
    z[:, :, 800:] = 0
    with torch.inference_mode():
        W, b = net.generate(z)
        W_shifted, b_shifted = net.generate(z.roll(100, dims=2))
    torch.testing.assert_close(W_shifted, W, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(b_shifted, b, rtol=1e-9, atol=1e-12)
    assert not torch.allclose(W.roll(100, dims=3), W, atol=1e-3)


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_rescaling_is_exact(outputs: int) -> None:
    torch.manual_seed(3)
    net = ECGIMNDirect(outputs=outputs, weight_scale=0.01).eval()
    scale, shift = torch.linspace(0.5, 2.5, outputs), torch.linspace(-0.75, 3.0, outputs)
    with torch.inference_mode():
        before = net(Z)
        net.rescale_(scale, shift)
        torch.testing.assert_close(net(Z), scale * before + shift, rtol=1e-4, atol=1e-5)


def test_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="for 1000 samples, and was given 256; crop or pad"):
        ECGIMNDirect()(Z[:, :, :256])


def test_all_its_maps_lie_in_64_dimensions() -> None:
    """W is a linear image of 64 pooled features: few maps, whatever the recordings."""
    torch.manual_seed(4)
    net = ECGIMNDirect(samples=40).double().eval()
    z = torch.randn(80, 12, 40, generator=torch.Generator().manual_seed(4)).double()
    with torch.inference_mode():
        W, _ = net.generate(z)
    spread = torch.linalg.svdvals((W - W[:1]).flatten(1))
    assert len(spread) == 80
    assert spread[63] > 0
    assert spread[64] < 1e-10 * spread[0]
