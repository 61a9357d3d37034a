"""Audits: of explanations that nets write themselves, and in `trust` of the metrics."""

from __future__ import annotations

from xai_bench.audit.ask import DEFAULT_N, Audit, audit
from xai_bench.audit.write import write_audit

__all__ = ["DEFAULT_N", "Audit", "audit", "write_audit"]
