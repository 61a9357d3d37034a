"""Checks of a user's own model, method or metric: what scores of it take for granted."""

from __future__ import annotations

from xai_bench.studies.conformance.conformance import Conformance, check, checks

__all__ = ["Conformance", "check", "checks"]
