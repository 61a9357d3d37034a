"""ECG-IMN, layer for layer: counts, names, shapes, and the exactness of its explanation."""

import pytest
import torch

from xai_bench.nets.imn import ECGIMN

Z = torch.randn(2, 12, 1000, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("outputs", "parameters"), [(1, 139_490), (2, 139_700)])
def test_parameter_counts_of_the_paper(outputs: int, parameters: int) -> None:
    assert sum(p.numel() for p in ECGIMN(outputs=outputs).parameters()) == parameters


def test_state_dict_has_the_names_and_shapes_of_the_authors_checkpoints() -> None:
    state = {k: tuple(v.shape) for k, v in ECGIMN(outputs=2).state_dict().items()}
    assert len(state) == 34
    for name, shape in {
        "conv1.0.weight": (16, 1, 3, 15),
        "conv2.0.weight": (32, 16, 3, 15),
        "conv3.0.weight": (64, 32, 3, 15),
        "conv3.1.running_var": (64,),
        "transition.0.weight": (32, 64, 3, 3),
        "transition.1.num_batches_tracked": (),
        "transition.4.weight": (16, 32, 3, 3),
        "transition.8.weight": (2, 16, 3, 3),
        "transition.8.bias": (2,),
        "bias_head.weight": (2, 64),
    }.items():
        assert state[name] == shape


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("samples", [256, 1000])
def test_logits_are_the_sum_of_w_times_z_plus_b(outputs: int, samples: int) -> None:
    torch.manual_seed(1)
    net = ECGIMN(outputs=outputs).eval()
    z = Z[:, :, :samples]
    with torch.inference_mode():
        W, b = net.generate(z)
        literal = torch.einsum("rolt,rlt->ro", W.double(), z.double()) + b
        assert W.shape == (2, outputs, 12, samples)
        torch.testing.assert_close(net(z).double(), literal, rtol=1e-5, atol=1e-5)


def test_weight_scale_scales_w_alone() -> None:
    torch.manual_seed(2)
    net, scaled = ECGIMN().eval(), ECGIMN(weight_scale=0.01).eval()
    scaled.load_state_dict(net.state_dict())
    with torch.inference_mode():
        (W, b), (W100, b100) = net.generate(Z), scaled.generate(Z)
    torch.testing.assert_close(W100, W / 100)
    torch.testing.assert_close(b100, b)


def test_receptive_field_of_w_is_38_samples_and_six_leads() -> None:
    """Measured on the authors' net (facts): W[l, t] sees t-38..t+38 and six rows either way."""
    torch.manual_seed(3)
    net = ECGIMN().double().eval()
    z = Z[:1].double().requires_grad_()
    W, _ = net.generate(z)
    (gradient,) = torch.autograd.grad(W[0, 0, 6, 500], z)
    leads, samples = gradient[0].nonzero(as_tuple=True)
    assert samples.min() >= 500 - 38
    assert samples.max() <= 500 + 38
    assert (samples.max() - samples.min()) >= 70
    assert (leads - 6).abs().max() == 6


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_rescaling_is_exact_and_keeps_the_explanation_exact(outputs: int) -> None:
    torch.manual_seed(4)
    net = ECGIMN(outputs=outputs, weight_scale=0.01).eval()
    scale, shift = torch.linspace(0.5, 2.5, outputs), torch.linspace(-0.75, 3.0, outputs)
    with torch.inference_mode():
        before, (W, b) = net(Z), net.generate(Z)
        net.rescale_(scale, shift)
        rescaled_W, rescaled_b = net.generate(Z)
        torch.testing.assert_close(net(Z), scale * before + shift, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(rescaled_W, scale[:, None, None] * W, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(rescaled_b, scale * b + shift, rtol=1e-4, atol=1e-6)
