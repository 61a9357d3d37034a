"""How stable explanations are: between disturbances, nets, methods, weights and beats."""

from __future__ import annotations

from xai_bench.studies.stability.study import compare

__all__ = ["compare"]
