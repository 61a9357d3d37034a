"""Where a window that slides along one axis reads, and which of its outputs a change reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from jaxtyping import Int64
from torch import Tensor

__all__ = ["Places", "Sliding"]


@final
@dataclass(frozen=True, eq=False)
class Places:
    """Stretches of one length along an axis: where each begins, and how many cells it has.

    There is one for each place at which a window of a recording may begin.
    """

    first: Int64[Tensor, " place"]
    count: int

    def with_(self, other: Places) -> Places:
        """Stretches of one length that hold both; one of the two where that holds the other."""
        for outer, inner in ((self, other), (other, self)):
            begins, ends = inner.first - outer.first, outer.first + outer.count - inner.first
            if begins.amin() >= 0 and ends.amin() >= inner.count:
                return outer
        first = self.first.minimum(other.first)
        end = (self.first + self.count).maximum(other.first + other.count)
        count = int((end - first).amax())
        # Where one is shorter than the longest it begins earlier, and not beyond an end.
        return Places(first.minimum(end.amax() - count), count)

    def times(self, factor: int) -> Places:
        return Places(self.first * factor, self.count * factor)


@final
@dataclass(frozen=True)
class Sliding:
    """A kernel of a convolution or pooling along one axis, from `cells` to `outputs` of them."""

    kernel: int
    stride: int
    padding: int
    dilation: int
    cells: int
    outputs: int

    @property
    def span(self) -> int:
        """Cells from the first to the last that one output reads."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def gap(self) -> int:
        """Cells between those of one output and of the next that nothing reads."""
        return max(0, self.stride - self.span)

    @property
    def _end(self) -> int:
        """One past the last cell that is read."""
        return (self.outputs - 1) * self.stride - self.padding + self.span

    @property
    def unread(self) -> int:
        """Cells at the end that nothing reads."""
        return max(0, self.cells - self._end)

    @property
    def border(self) -> tuple[int, int]:
        """Cells before and after the map that `read` may ask for."""
        return self.padding + self.gap, max(0, self._end - self.cells) + self.gap

    @property
    def margin(self) -> tuple[int, int]:
        """Cells of `read` before the first and after the last that outputs need."""
        return self.gap, self.gap + self.unread

    def changed(self, changed: Places) -> Places:
        """The outputs that read cells that change.

        Stretches are moved, not cut, at the ends: all keep one length, and some hold outputs that
        do not change.
        """
        past = -(changed.first + self.padding - self.span + 1)
        first = (-past.div(self.stride, rounding_mode="floor")).clamp(0, self.outputs - 1)
        last = changed.first + changed.count - 1 + self.padding
        last = last.div(self.stride, rounding_mode="floor").clamp_max(self.outputs - 1)
        count = max(1, int((last + 1 - first).amax()))
        return Places(first.clamp_max(self.outputs - count), count)

    def read(self, first: Int64[Tensor, " slab"], count: int) -> tuple[Int64[Tensor, " slab"], int]:
        """The first cell to read for outputs from `first` on, and how many, `margin` included.

        All cells whose change reaches those outputs alone are among them.
        """
        before, after = self.margin
        start = first * self.stride - self.padding - before
        return start, (count - 1) * self.stride + self.span + before + after
