"""What was scored and how: recordings, models, methods and metrics, and where numbers come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xai_bench.data import load_data
from xai_bench.data.embedded import is_embedded
from xai_bench.data.synthetic.synthetic_source import EVIDENCE_MILLIVOLT
from xai_bench.errors import CardError, UnknownNameError, XaiBenchError
from xai_bench.methods import find_methods
from xai_bench.models import Model
from xai_bench.registry import REGISTERED
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Section
from xai_bench.report.scale import Scale
from xai_bench.report.table import (
    Cell,
    Column,
    Row,
    Table,
    columns,
    estimate_cell,
    text_cells,
    text_table,
)
from xai_bench.results import Cell as RunCell
from xai_bench.types import Recordings, is_control
from xai_bench.zoo import FAMILIES

__all__ = ["methods_section", "models_section", "provenance_section", "recordings_section"]
__all__ += ["scored_recordings"]

_MOST = 256
"""Recordings that are read again to be described; of a larger run only the first are."""
_AUROC = Scale(low=0.5, high=1.0)
_COMMAND = ("command", "git_commit", "python", "system", "device", "cores", "threads", "packages")
_OF_CELL = ("model", "method", "key", "weights, sha256", "started, UTC", "status")


def scored_recordings(
    cells: Sequence[RunCell], model: Model, *, data: str | Path | Recordings, least: int
) -> Recordings:
    """The recordings of a run of `model`, or at least `least` chosen in the same way."""
    known = next((cell for cell in reversed(cells) if cell.model == model.name), None)
    n, seed = (known.provenance.get("n", 0), known.provenance.get("seed", 0)) if known else (0, 0)
    return load_data(
        data,
        n=max(n if n <= _MOST else 0, least, 1),
        task=model.task,
        seed=seed,
        rate_hz=model.rate_hz,
        seconds=model.seconds,
        leads=model.leads,
    )


def recordings_section(cells: Sequence[RunCell], recordings: Recordings | None) -> Section | None:
    """One block for each set of recordings that cells were scored on; more of those at hand."""
    sets: dict[tuple[str, str], RunCell] = {}
    for cell in cells:
        sets.setdefault((cell.dataset, str(cell.provenance.get("recordings", ""))), cell)
    if not sets:
        return None
    at_hand = recordings.fingerprint() if recordings is not None else None
    blocks = [
        {
            "name": name,
            "synthetic": is_embedded(name),
            **{fact: cell.provenance.get(fact) for fact in ("n", "target", "seed")},
            "fingerprint": fingerprint[:12],
            "left_out": cell.provenance.get("left_out", []),
            "remarks": cell.provenance.get("remarks", []),
            "facts": _facts(recordings) if recordings and fingerprint == at_hand else None,
        }
        for (name, fingerprint), cell in sets.items()
    ]
    return Section(
        anchor="data",
        title="Recordings",
        context={"sets": blocks, "threshold": f"{EVIDENCE_MILLIVOLT:g}"},
    )


def _facts(recordings: Recordings) -> dict[str, Any]:
    """What only the recordings themselves can tell."""
    evidence = recordings.evidence if recordings.evidence is not None else ()
    shares = sorted(float(mask.mean()) for mask in evidence if mask.any())
    return {
        "patients": len(set(recordings.patient_id)),
        "rate_hz": f"{recordings.rate_hz:g}",
        "seconds": f"{recordings.seconds:g}",
        "labels": Counter(" + ".join(sorted(of)) for of in recordings.labels or ()).most_common(),
        "planted": len(shares),
        "planted_share": f"{100 * shares[len(shares) // 2]:.0f}" if shares else "",
    }


def models_section(material: Material) -> Section | None:
    """A row for each model: what it is, what its card claims, and what was measured."""
    if not material.models:
        return None
    table = Table(
        title="Models",
        columns=[
            *columns("model", kind="code"),
            *columns("net", "task", kind="name"),
            *columns("parameters", "AUROC by its card", "AUROC here"),
            *columns("gate", kind="name"),
            *columns("what it is", kind="words"),
        ],
        rows=[_model_row(material, name) for name in material.models],
        caption=["AUROC with 95 % intervals over patients", "bars run from 0.5 to 1"],
    )
    return Section(anchor="models", title="Models", context={"models": table})


def _model_row(material: Material, name: str) -> Row:
    rows = material.leaderboard[material.leaderboard["model"] == name]
    measured, gate = Cell(), "not scored"
    if len(rows):
        latest = rows.iloc[-1]
        measured = _auroc(*(float(latest[x]) for x in ("auroc", "auroc_low", "auroc_high")))
        gate = str(latest["quality"])
    net, task, parameters, claimed, what = "–", "–", Cell(), Cell(), Cell(text="")
    try:
        card, _ = material.zoo.model_card(name)
    except (UnknownNameError, CardError):  # an object, or of a zoo that is not at hand
        facts = _facts_of(material.cells, "model", name)
        net, task = facts.get("net", net), facts.get("task", task)
        if count := facts.get("parameters"):
            parameters = Cell(text=f"{count:,}", value=float(count))
    else:
        net = REGISTERED["net"].get(card.target, card.target).rpartition(":")[2]
        task = card.task.name
        what = Cell(text=card.summary, cite=card.cite)
        if card.claims:
            count = card.claims.parameters
            parameters = Cell(text=f"{count:,}", value=float(count))
            claimed = _auroc(card.claims.auroc, *card.claims.auroc_ci)
    names = text_cells(name, net, task)
    return Row(cells=[*names, parameters, claimed, measured, Cell(text=gate), what])


def _auroc(mean: float, low: float, high: float) -> Cell:
    return estimate_cell(mean, low, high, digits=3, scale=_AUROC)


def methods_section(material: Material) -> Section | None:
    """Every method and metric that occurs in the cells, in words."""
    if not material.cells:
        return None
    names = dict.fromkeys(cell.method for cell in material.cells)
    methods = [_method(name, _facts_of(material.cells, "method", name)) for name in names]
    metrics = material.metrics.values()
    families = {family: [m for m in metrics if m.family == family] for family in FAMILIES}
    return Section(
        anchor="methods",
        title="How it was computed",
        context={
            "methods": [method for method in methods if not is_control(method["name"])],
            "controls": [method for method in methods if is_control(method["name"])],
            "families": {family: found for family, found in families.items() if found},
        },
    )


def _method(name: str, facts: dict[str, Any]) -> dict[str, str]:
    """As it is known here, or else as it was known to the run."""
    try:
        (method,) = find_methods([name])
    except XaiBenchError:  # an object, or of a run with a newer or older version
        return {"name": name, "summary": facts.get("summary", ""), "cite": facts.get("cite", "")}
    return {"name": name, "summary": method.summary, "cite": method.cite}


def _facts_of(cells: Sequence[RunCell], kind: str, name: str) -> dict[str, Any]:
    """What run.json says of a model or a method, in the latest cell that says it."""
    found = (c.provenance.get(f"{kind}_facts") for c in cells if getattr(c, kind) == name)
    return next((facts for facts in reversed(list(found)) if facts), {})


def provenance_section(material: Material) -> Section | None:
    """Commands, versions, machines and commits; cells of one command in one place together."""
    if not material.cells:
        return None
    groups: dict[str, tuple[dict[str, Any], list[RunCell]]] = {}
    for cell in material.cells:
        facts = {name: cell.provenance.get(name) for name in _COMMAND}
        groups.setdefault(repr(facts), (facts, []))[1].append(cell)
    headings = [
        Column(heading=heading, kind="code" if heading in ("key", "weights, sha256") else "name")
        for heading in _OF_CELL
    ]
    blocks = [
        facts
        | {
            "protocols": list(dict.fromkeys(cell.protocol for cell in cells)),
            "cells": text_table("Cells of this command", headings, map(_of_cell, cells)),
        }
        for facts, cells in groups.values()
    ]
    return Section(anchor="provenance", title="Provenance", context={"groups": blocks})


def _of_cell(cell: RunCell) -> Sequence[str]:
    weights = str(cell.provenance.get("weights") or "")[:12]
    started = str(cell.provenance.get("started", ""))[:16].replace("T", " ")
    return (cell.model, cell.method, cell.key, weights, started, cell.status)
