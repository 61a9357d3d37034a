"""How close synthetic recordings come to real ones: measured, told apart, drawn side by side."""

from __future__ import annotations

from xai_bench.studies.realism.study import Realism, make_report

__all__ = ["Realism", "make_report"]
