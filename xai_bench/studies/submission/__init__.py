"""Can the run that somebody sends be believed? Its files, its hashes, its claims on a sample."""

from __future__ import annotations

from xai_bench.studies.submission.study import CheckedRun, check_run

__all__ = ["CheckedRun", "check_run"]
