"""A chain of layers cut into stages: a convolution, and what follows it up to the next one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import final

from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["Stage", "cut_into_stages"]


@final
@dataclass(frozen=True)
class Stage:
    """A convolution, and its activation, pooling and upsampling.

    halo: leads and samples that the kernel reaches beyond a cell.
    pool, up: factors in time.
    """

    convolution: nn.Conv2d
    after: nn.Sequential
    pool: int
    up: int

    @property
    def halo(self) -> tuple[int, int]:
        leads, samples = self.convolution.kernel_size
        return leads // 2, samples // 2

    def __call__(
        self, cells: Float[Tensor, "patch paddedlead paddedtime inputs"]
    ) -> Float[Tensor, "patch lead time channel"]:
        """The stage on maps that bring their own border, channels last in and out."""
        weight, bias = self.convolution.weight, self.convolution.bias
        image = nn.functional.conv2d(cells.permute(0, 3, 1, 2), weight, bias)
        values: Tensor = self.after(image).permute(0, 2, 3, 1)
        return values.contiguous()


def cut_into_stages(layers: Iterable[nn.Module]) -> list[Stage]:
    """Stages of a chain of Conv2d (odd kernel, same padding), MaxPool2d((1, 2)), Upsample((1, 2))
    and layers that work on each cell by itself."""
    stages: list[Stage] = []
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            stages.append(Stage(layer, nn.Sequential(), pool=1, up=1))
            continue
        last = stages[-1]
        last.after.append(layer)
        if isinstance(layer, nn.MaxPool2d):
            stages[-1] = replace(last, pool=2 * last.pool)
        if isinstance(layer, nn.Upsample):
            stages[-1] = replace(last, up=2 * last.up)
    return stages
