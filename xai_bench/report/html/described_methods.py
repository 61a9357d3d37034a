"""Methods and metrics in words: what is computed, from where, and what was set differently."""

from __future__ import annotations

from typing import Any

from xai_bench.errors import XaiBenchError
from xai_bench.methods import find_methods
from xai_bench.report.html.material import Material
from xai_bench.report.html.scored_metrics import scored_metrics
from xai_bench.report.html.section_model import Section
from xai_bench.results import is_control
from xai_bench.zoo import FAMILIES

__all__ = ["tell_methods"]


def tell_methods(material: Material) -> Section | None:
    """Every method and metric that occurs in the cells."""
    if not material.cells:
        return None
    names = dict.fromkeys(cell.method for cell in material.cells)
    methods = [_method(name) for name in names]
    metrics = scored_metrics(material.cells, material.zoo.flags())
    return Section(
        anchor="methods",
        title="How it was computed",
        context={
            "explain": [m for m in methods if not m["control"]],
            "controls": [m for m in methods if m["control"]],
            "families": [
                {"name": family, "metrics": found}
                for family in FAMILIES
                if (found := [m for m in metrics.values() if m.family == family])
            ],
        },
    )


def _method(name: str) -> dict[str, Any]:
    try:
        (method,) = find_methods([name])
    except XaiBenchError:  # of a run with a newer or older version
        return {"name": name, "summary": "", "cite": "", "control": is_control(name)}
    return {
        "name": name,
        "summary": method.summary,
        "cite": method.cite,
        "control": is_control(name),
    }
