"""What clauses demand, and of how many recordings of each class they are true."""

from __future__ import annotations

from xai_bench.studies.clause_rules.study import (
    AskedRecording,
    ClauseRules,
    Condition,
    Rule,
    Share,
    clause_rules,
)

__all__ = ["AskedRecording", "ClauseRules", "Condition", "Rule", "Share", "clause_rules"]
