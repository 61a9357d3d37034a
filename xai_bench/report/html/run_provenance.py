"""Where the numbers come from: commands, versions, machines, commits, and every cell's key."""

from __future__ import annotations

from typing import Any

from xai_bench.report.html.material import Material
from xai_bench.report.html.section_model import Section
from xai_bench.results import Cell

__all__ = ["show_provenance"]

_FACTS = ("command", "git_commit", "python", "system", "device", "cores", "threads", "packages")


def show_provenance(material: Material) -> Section | None:
    """Cells that were made by one command in one place stand together."""
    if not material.cells:
        return None
    groups: dict[str, dict[str, Any]] = {}
    for cell in material.cells:
        facts = {name: cell.provenance.get(name) for name in _FACTS}
        group = groups.setdefault(repr(facts), facts | {"cells": [], "protocols": {}})
        group["protocols"][cell.protocol] = None
        group["cells"].append(_cell(cell))
    return Section(
        anchor="provenance", title="Provenance", context={"groups": list(groups.values())}
    )


def _cell(cell: Cell) -> dict[str, str]:
    weights = str(cell.provenance.get("weights") or "")
    return {
        "model": cell.model,
        "method": cell.method,
        "key": cell.key,
        "weights": weights[:12],
        "started": str(cell.provenance.get("started", ""))[:16].replace("T", " "),
        "status": cell.status,
    }
