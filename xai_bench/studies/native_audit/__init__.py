"""The audit of explanations that nets write themselves: seven questions of each."""

from __future__ import annotations

from xai_bench.studies.native_audit.study import SCHEMA, audit

__all__ = ["SCHEMA", "audit"]
