"""How near do attribution methods come to the truth about nets whose truth is known?"""

from __future__ import annotations

from xai_bench.studies.method_accuracy.study import method_accuracy

__all__ = ["method_accuracy"]
