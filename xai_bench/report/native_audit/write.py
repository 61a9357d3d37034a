"""The folder of an audit: README.md, audit.csv, audit.png."""

from __future__ import annotations

from pathlib import Path

from xai_bench.errors import OutputError
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.report.native_audit.figures import DPI, draw
from xai_bench.report.native_audit.page import render
from xai_bench.studies.native_audit.study import Audit

__all__ = ["write_audit"]


def write_audit(audit: Audit, folder: str | Path, *, command: str) -> None:
    """Write the page, the table and the figures. Raises OutputError."""
    out = Path(folder)
    texts = {
        "README.md": render(audit, command=command, picture="audit.png"),
        "audit.csv": audit.table.to_csv(index=False, float_format="%.6g"),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write the audit to {out}: {error.strerror}") from error
    save_figure(draw(audit), out / "audit.png", dpi=DPI)
