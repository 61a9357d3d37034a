"""The embedded data set `synthetic`: 12-lead recordings whose pathology is planted, hence known."""

from __future__ import annotations

from xai_bench.data.synthetic.synthetic_source import EVIDENCE_MILLIVOLT, SyntheticSource

__all__ = ["EVIDENCE_MILLIVOLT", "SyntheticSource"]
