"""Audits: of explanations that nets write themselves, and in `trust` of the metrics."""

from __future__ import annotations

from xai_bench.report.native_audit.write import write_audit
from xai_bench.studies.native_audit.study import DEFAULT_N, Audit, audit

__all__ = ["DEFAULT_N", "Audit", "audit", "write_audit"]
