"""One page of runs, comparisons and audits: self-contained, to be opened and passed on."""

from __future__ import annotations

from xai_bench.report.html.write import Written, write_report

__all__ = ["Written", "write_report"]
