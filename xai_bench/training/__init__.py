"""The recipe runner: a card's [recipe] in; weights, probe, curves and measured claims out."""

from __future__ import annotations

from xai_bench.training.folder import derive
from xai_bench.training.runner import train

__all__ = ["derive", "train"]
