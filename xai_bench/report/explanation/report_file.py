"""A report as a file: Markdown or JSON, by its suffix."""

from __future__ import annotations

from pathlib import Path

from xai_bench.errors import InputError
from xai_bench.report.explanation.grounded_report import ExplanationReport
from xai_bench.report.explanation.report_markdown import report_markdown
from xai_bench.storage import check_writable, write_file

__all__ = ["check_report", "write_report"]

_FORMS = {".md": report_markdown, ".json": ExplanationReport.to_json}


def check_report(path: Path) -> None:
    """Raises InputError for a suffix that is no form, OutputError where nothing can be written."""
    if path.suffix.lower() not in _FORMS:
        raise InputError(
            f"cannot write a report to '{path}': the suffix is '{path.suffix}', not .md or .json"
        )
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the name of a file for the report")
    check_writable(path.parent)


def write_report(report: ExplanationReport, path: Path) -> None:
    """Whole or not at all. Raises OutputError."""
    write_file(path, _FORMS[path.suffix.lower()](report))
