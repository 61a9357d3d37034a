"""Grad-CAM against a literal re-computation from activations and gradients."""

from dataclasses import replace

import torch
from torch import nn

from tests.closed_forms import SUPERCLASS, batch, closed_form, row_of
from xai_bench.methods.cam import GradCAM
from xai_bench.nets.base import Net
from xai_bench.nets.conv2d import ECGConv2d


class TimeOnly(Net):
    """A 1-D net: its convolution has no lead axis."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(12, 4, 5, stride=4, padding=2)
        self.fc = nn.Linear(4, 1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.fc(torch.relu(self.conv(z)).mean(-1))
        return logits

    def rescale_(self, scale: torch.Tensor, shift: torch.Tensor) -> None:
        raise AssertionError("not used")


def test_map_is_relu_of_gradient_weighted_activations_interpolated_in_time_only() -> None:
    torch.manual_seed(0)
    model = closed_form(ECGConv2d(), cam_layer="conv3.0")
    given = batch(rows=2)
    kept: list[torch.Tensor] = []
    assert model.cam_layer is not None
    hook = model.cam_layer.register_forward_hook(lambda _m, _i, output: kept.append(output))
    z = given.z.clone().requires_grad_()
    model.log_odds(z, given.target)
    hook.remove()
    activations = kept[0].detach().requires_grad_()
    tail = model.net.get_submodule("conv3")[1:](activations).mean((2, 3))  # type: ignore
    logits = model.net.get_submodule("fc")(tail)
    (gradient,) = torch.autograd.grad((logits[:, 1] - logits[:, 0]).sum(), activations)
    coarse = (activations * gradient.mean((2, 3), keepdim=True)).sum(1).relu().detach()
    assert coarse.shape == (2, 12, 500)
    found = GradCAM().attribute(model, given)
    for lead in range(12):
        literal = nn.functional.interpolate(coarse[:, lead : lead + 1], 1000, mode="linear")
        torch.testing.assert_close(found[:, lead], literal[:, 0], rtol=1e-4, atol=1e-7)


def test_the_map_is_that_of_the_target_of_several_classes() -> None:
    torch.manual_seed(0)
    net = ECGConv2d(outputs=5)
    several = closed_form(net, cam_layer="conv3.0", **SUPERCLASS)
    given = replace(batch(rows=2), target=torch.tensor([4, 2]))
    found = GradCAM().attribute(several, given)
    for row, k in enumerate((4, 2)):
        alone = ECGConv2d(outputs=1).eval()
        weights = {**net.state_dict(), "fc.weight": net.fc.weight[[k]], "fc.bias": net.fc.bias[[k]]}
        alone.load_state_dict(weights)
        one = closed_form(alone, cam_layer="conv3.0")
        expected = GradCAM().attribute(one, row_of(batch(rows=2), row))
        torch.testing.assert_close(found[row : row + 1], expected, rtol=1e-4, atol=1e-7)


def test_a_layer_without_leads_gives_every_lead_the_same_map() -> None:
    torch.manual_seed(0)
    model = closed_form(TimeOnly(), cam_layer="conv")
    found = GradCAM().attribute(model, batch())
    assert found.shape == (3, 12, 1000)
    assert found.any()
    torch.testing.assert_close(found, found[:, :1].expand_as(found))


def test_a_card_without_cam_layer_is_refused_with_a_reason() -> None:
    reason = GradCAM().unsupported(closed_form(TimeOnly()), evidence=False)
    assert reason == "gradcam needs a cam_layer in the model card"
