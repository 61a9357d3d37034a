"""The embedded data set `synthetic`: 12-lead recordings whose pathology is planted, hence known."""

from __future__ import annotations

from xai_bench.data.synthetic.evidence import EVIDENCE_MILLIVOLT
from xai_bench.data.synthetic.synthetic_source import SyntheticSource

__all__ = ["EVIDENCE_MILLIVOLT", "SyntheticSource"]
