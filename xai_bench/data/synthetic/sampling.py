"""The grid a recording is sampled on, and the filter that stands before it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Sampling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Sample `i` is the continuous signal, seen through a Gaussian filter, at `i / rate_hz`."""

    rate_hz: float
    samples: int

    @property
    def seconds(self) -> float:
        return self.samples / self.rate_hz

    @property
    def blur(self) -> float:
        """Standard deviation of the anti-alias filter in seconds: -5 dB at the Nyquist rate."""
        return 0.35 / self.rate_hz
