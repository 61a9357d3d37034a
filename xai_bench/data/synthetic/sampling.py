"""The grid a made recording is sampled on, and the filter that stands before it."""

from __future__ import annotations

from dataclasses import dataclass

from xai_bench.errors import DatasetError

__all__ = ["Sampling", "check_asked"]


def check_asked(name: str, *asked: tuple[str, float, float]) -> None:
    """Raises DatasetError for a value that the data set `name` cannot be made of.

    asked: what it is, the value, and the least that it may be.
    """
    for what, value, least in asked:
        if not least <= value < float("inf"):
            raise DatasetError(
                f"{name}: {what}={value} was asked for; use a finite value from {least} on"
            )


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
