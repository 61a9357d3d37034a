"""How stable explanations are: between disturbances, nets, methods, weights and beats."""

from __future__ import annotations

from xai_bench.studies.stability.result import Comparison
from xai_bench.studies.stability.study import DEFAULT_N, compare

__all__ = ["DEFAULT_N", "Comparison", "compare"]
