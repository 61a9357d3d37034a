"""How do conclusions depend on what removed samples become?"""

from __future__ import annotations

from xai_bench.studies.baselines.study import baseline_dependence

__all__ = ["baseline_dependence"]
