"""What cells were scored with, as their cards said it then: of the zoo, or of objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, final

from xai_bench.errors import UnknownNameError
from xai_bench.presets import PRESETS
from xai_bench.results import Cell
from xai_bench.zoo import FAMILIES

__all__ = ["ScoredMetric", "chosen_metrics", "scored_metrics"]

_FACTS = ("label", "summary", "formula", "unit", "cost", "cite", "note")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredMetric:
    """What is said about a metric; the card that counted, not the one of today."""

    name: str
    family: str
    label: str
    summary: str
    formula: str
    better: str
    unit: str
    cost: str
    cite: str
    note: str
    flags: str
    """What it does not tell apart by the audit of metrics."""


def scored_metrics(cells: Iterable[Cell], flags: Mapping[str, str]) -> dict[str, ScoredMetric]:
    """The metrics of cells by name, in the order of families; the latest cell counts."""
    found: dict[str, ScoredMetric] = {}
    for cell in cells:
        cards: dict[str, Any] = cell.provenance.get("metrics", {})
        families: dict[str, str] = cell.provenance.get("families", {})
        for name, card in cards.items():
            found[name] = ScoredMetric(
                name=name,
                family=families.get(name, ""),
                flags=flags.get(name, ""),
                better=str(card.get("better", "none")),
                **{fact: str(card.get(fact, "")) for fact in _FACTS},
            )
    order = {family: place for place, family in enumerate(FAMILIES)}
    return dict(
        sorted(found.items(), key=lambda item: (order.get(item[1].family, len(order)), item[0]))
    )


def chosen_metrics(names: str, scored: Mapping[str, ScoredMetric]) -> list[str]:
    """Those of the metrics that were scored that names, families, "core" or "all" mean, in their
    order; names are comma-separated. Raises UnknownNameError for what means none of them."""
    chosen: set[str] = set()
    for name in names.split(","):
        members = {
            metric
            for metric, facts in scored.items()
            if name in ("all", metric, facts.family)
            or (name == "core" and metric in PRESETS.metrics.core)
        }
        if not members:
            families = {facts.family for facts in scored.values()}
            raise UnknownNameError("metric", name, {*scored, *families, "all", "core"} - {""})
        chosen |= members
    return [metric for metric in scored if metric in chosen]
