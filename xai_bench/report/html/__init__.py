"""One page of runs, comparisons and audits: self-contained, to be opened and passed on."""

from __future__ import annotations

from xai_bench.report.html.report_page import MOST_BYTES, Written, write_report

__all__ = ["MOST_BYTES", "Written", "write_report"]
