"""The models, and how well they classify: a model that does not is no subject for explanations."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from xai_bench.errors import CardError, UnknownNameError
from xai_bench.registry import REGISTERED
from xai_bench.report.estimate import Estimate
from xai_bench.report.html.material import Material
from xai_bench.report.html.section_model import Section
from xai_bench.report.scale import Scale

__all__ = ["describe_models"]

_AUROC = Scale(low=0.5, high=1.0)


def describe_models(material: Material) -> Section | None:
    """A row for each model: what it is, what its card claims, and what was measured."""
    rows = [_row(material, name) for name in material.models]
    if not rows:
        return None
    return Section(anchor="models", title="Models", context={"rows": rows})


def _row(material: Material, name: str) -> dict[str, Any]:
    table = material.leaderboard
    found = table[table["model"] == name]
    row: dict[str, Any] = {"name": name, "measured": None, "verdict": ""}
    if len(found):
        row["verdict"] = str(found["quality"].iloc[-1])
        row["measured"] = _auroc(*(float(found[c].iloc[-1]) for c in _COLUMNS))
    try:
        card, _ = material.zoo.model_card(name)
    except (UnknownNameError, CardError):
        return row | {"card": None, "claimed": None}
    claims = card.claims
    claimed = _auroc(claims.auroc, *claims.auroc_ci) if claims else None
    return row | {
        "card": card,
        "claimed": claimed,
        "n": claims.n if claims else None,
        "parameters": f"{claims.parameters:,}" if claims else "",
        "net": REGISTERED["net"].get(card.target, card.target).partition(":")[2],
    }


_COLUMNS = ("auroc", "auroc_low", "auroc_high")


def _auroc(mean: float, low: float, high: float) -> dict[str, Any]:
    estimate = Estimate(mean=mean, low=low, high=high)
    return {
        "value": mean if math.isfinite(mean) else -math.inf,
        "text": f"{mean:.3f}" if math.isfinite(mean) else "–",
        "interval": f"{low:.3f} – {high:.3f}" if not pd.isna(low) else "",
        "bar": _AUROC.bar(estimate),
    }
