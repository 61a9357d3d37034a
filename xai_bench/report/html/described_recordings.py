"""The recordings that were scored, as far as they are at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xai_bench.data import load_data
from xai_bench.data.load import SYNTHETIC
from xai_bench.data.synthetic.evidence import EVIDENCE_MILLIVOLT
from xai_bench.models import Model
from xai_bench.report.html.section_model import Section
from xai_bench.results import Cell
from xai_bench.types import Recordings

__all__ = ["describe", "scored_recordings"]

_MOST = 256
"""Recordings that are read again to be described; of a larger run only the first are."""


def scored_recordings(
    cells: Sequence[Cell], model: Model, *, data: str | Path, least: int
) -> Recordings:
    """The recordings of a run of `model`, or at least `least` chosen in the same way."""
    known = next((cell for cell in reversed(cells) if cell.model == model.name), None)
    n, seed = (known.provenance.get("n", 0), known.provenance.get("seed", 0)) if known else (0, 0)
    return load_data(
        data,
        n=max(n if n <= _MOST else 0, least, 1),
        task=model.task,
        seed=seed,
        rate_hz=model.card.input.rate_hz,
        seconds=model.card.input.seconds,
    )


def describe(cells: Sequence[Cell], recordings: Recordings | None) -> Section | None:
    """One block for each set of recordings that cells were scored on."""
    sets: dict[tuple[str, str], Cell] = {}
    for cell in cells:
        sets.setdefault((cell.dataset, str(cell.provenance.get("recordings", ""))), cell)
    if not sets:
        return None
    print_of = recordings.fingerprint() if recordings is not None else None
    blocks = [
        {
            "name": name,
            "synthetic": name == SYNTHETIC,
            "n": cell.provenance.get("n"),
            "target": cell.provenance.get("target"),
            "seed": cell.provenance.get("seed"),
            "fingerprint": found[:12],
            "left_out": cell.provenance.get("left_out", []),
            "facts": _facts(recordings) if recordings is not None and found == print_of else None,
        }
        for (name, found), cell in sets.items()
    ]
    return Section(
        anchor="data",
        title="Recordings",
        context={"sets": blocks, "threshold": f"{EVIDENCE_MILLIVOLT:g}"},
    )


def _facts(recordings: Recordings) -> dict[str, Any]:
    """What only the recordings themselves can tell."""
    labels = Counter(" + ".join(sorted(found)) for found in recordings.labels or ())
    evidence = recordings.evidence
    planted = None
    if evidence is not None:
        shares = [float(found.mean()) for found in evidence if found.any()]
        shares.sort()
        planted = {
            "n": len(shares),
            "median": f"{100 * shares[len(shares) // 2]:.0f}" if shares else None,
        }
    return {
        "patients": len(set(recordings.patient_id)),
        "rate_hz": f"{recordings.rate_hz:g}",
        "seconds": f"{recordings.seconds:g}",
        "labels": labels.most_common(),
        "planted": planted,
    }
