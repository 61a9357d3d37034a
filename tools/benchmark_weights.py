"""Results of benchmarks that are of other weights than those that ship now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from xai_bench.cards import ModelCard

__all__ = ["notes_on_weights"]

_SAID = re.compile(r"^Weights, by the beginning of their sha256: (.*)\.$", re.MULTILINE)


def notes_on_weights(root: Path, cards: Mapping[str, ModelCard]) -> Iterator[str]:
    """A line for each page of results that says of which weights it is, and they are no more.

    No fault: a speed hardly depends on weights, and a design that was chosen once stays chosen.
    """
    for path in sorted((root / "benchmarks" / "results").glob("*.md")):
        said = _SAID.search(path.read_text(encoding="utf-8"))
        pairs = [one.split(" ") for one in said[1].split(", ")] if said else []
        other = [
            name
            for name, sha256 in pairs
            if (card := cards.get(name)) is None
            or card.weights is None
            or not card.weights.sha256.startswith(sha256)
        ]
        if other:
            where = path.relative_to(root)
            yield f"{where} is of other weights than those of today: {', '.join(other)}"
