"""The map of a net's own gates, against its formula."""

from __future__ import annotations

import torch
from torch import nn

from tests.closed_forms import Linear, batch, closed_form
from tests.gated_net import Gated, MeanGate
from xai_bench.methods import METHODS
from xai_bench.methods.channel_gate_map import GatesMap
from xai_bench.nets.base import Net
from xai_bench.nets.sevgg_lstm import SEVGGLSTM


class Leads(Net):
    """Two channels of maps that keep the leads, behind a gate that is read and one that is not."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = MeanGate(), MeanGate()

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        maps = self.second(self.first(torch.stack([z, -2 * z], dim=1)[..., ::4]))
        logits: torch.Tensor = maps.mean(dim=(1, 2, 3))[:, None]
        return logits


def test_the_map_is_the_sum_of_gates_times_maps_and_the_same_for_every_lead() -> None:
    model, given = closed_form(Gated()), batch(rows=2)
    found = GatesMap().attribute(model, given)
    for row in range(2):
        expected = torch.zeros(1000)
        for lead in range(12):
            rectified = given.z[row, lead].clamp_min(0)
            expected += rectified / (1 + torch.exp(-rectified.mean()))
        torch.testing.assert_close(found[row], expected.expand(12, -1), rtol=1e-4, atol=1e-5)


def test_of_several_blocks_it_is_the_last_and_maps_with_leads_keep_them() -> None:
    model, given = closed_form(Leads()), batch(rows=1)
    maps = torch.stack([given.z, -2 * given.z], dim=1)[..., ::4]
    for _ in range(2):
        gates = maps.mean(dim=(2, 3)).sigmoid()
        before, maps = maps, maps * gates[:, :, None, None]
    coarse = (before.abs() * gates[:, :, None, None]).sum(1)
    found = GatesMap().attribute(model, given)
    for lead in range(12):
        literal = nn.functional.interpolate(coarse[:, lead : lead + 1], 1000, mode="linear")
        torch.testing.assert_close(found[:, lead], literal[:, 0], rtol=1e-4, atol=1e-5)
    assert GatesMap().remark(model) == "the same for every class"


def test_it_says_nothing_of_the_class() -> None:
    torch.manual_seed(0)
    model, given = closed_form(SEVGGLSTM()), batch(rows=2)
    found = GatesMap().attribute(model, given)
    assert found.min() >= 0
    given.target.fill_(0)
    torch.testing.assert_close(GatesMap().attribute(model, given), found)
    assert "no lead axis" in GatesMap().remark(model)


def test_nets_without_gates_and_with_gates_that_run_twice_are_refused() -> None:
    reason = METHODS["gates"].unsupported(closed_form(Linear()), evidence=False)
    assert reason == "gates needs a net with gates on its channels (ChannelGate)"

    class Twice(Gated):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return super().forward(z) + super().forward(2 * z)

    reason = METHODS["gates"].unsupported(closed_form(Twice()), evidence=False)
    assert reason == "gates: gates 'gate' run 2 times in a pass; once is needed"


def test_propagation_methods_refuse_a_product_of_gates_and_maps() -> None:
    """A gate and its map both depend on the recording: there is no rule for their product."""
    for name in ("deeplift", "deepshap", "lrp-epsilon", "lrp-gamma", "lrp-composite"):
        assert METHODS[name].unsupported(closed_form(Gated()), evidence=False), name
