"""Where windows lie, and what a window is given."""

from __future__ import annotations

import torch
from torch import nn

from xai_bench.nets.layers import last_input
from xai_bench.nets.windowed import Windowed


class MeanOfLead(nn.Module):
    """One logit a lead pair, by a linear layer of window means."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(12, 2)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.fc(z.mean(dim=2))
        return found


def test_the_last_window_ends_with_the_recording() -> None:
    net = Windowed(nn.Identity(), samples=300, step=150, combine="mean")
    assert net.starts(1000) == [0, 150, 300, 450, 600, 700]
    assert net.starts(600) == [0, 150, 300]
    assert net.starts(300) == [0]


def test_the_last_representation_is_that_of_all_windows() -> None:
    net = Windowed(MeanOfLead(), samples=4, step=2, combine="mean")
    z = torch.randn(3, 12, 9, generator=torch.Generator().manual_seed(1))
    expected = torch.stack([z[..., s : s + 4].mean(dim=2) for s in (0, 2, 4, 5)], dim=1)
    torch.testing.assert_close(last_input(net, z), expected.flatten(1))


def test_a_last_layer_that_mixes_recordings_has_no_representation() -> None:
    class TimeFirst(MeanOfLead):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.fc(z.permute(2, 0, 1)).mean(dim=0)
            return found

    assert last_input(TimeFirst(), torch.zeros(3, 12, 6)).isnan().all()
