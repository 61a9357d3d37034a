"""Does an attribution, pulled back through the lead field, point at the muscle that died?"""

from __future__ import annotations

from xai_bench.studies.territories.study import territories

__all__ = ["territories"]
