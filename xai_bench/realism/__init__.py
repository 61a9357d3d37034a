"""How close synthetic recordings come to real ones: measured, told apart, drawn side by side."""

from __future__ import annotations

from xai_bench.realism.report import Realism, make_report

__all__ = ["Realism", "make_report"]
