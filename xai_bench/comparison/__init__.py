"""How stable explanations are: between disturbances, nets, methods, weights and beats."""

from __future__ import annotations

from xai_bench.comparison.ask import DEFAULT_N, compare
from xai_bench.comparison.result import Comparison

__all__ = ["DEFAULT_N", "Comparison", "compare"]
