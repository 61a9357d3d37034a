"""What a cell is known by: a hash of everything its scores depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xai_bench.cards import MetricCard
from xai_bench.results import digest
from xai_bench.scoring.engine.parts import LEAD_SAMPLES

__all__ = ["PROTOCOL", "cell_key", "cell_protocol"]

PROTOCOL = 5
"""Raised when the same inputs may give other scores than before."""


def cell_protocol(facts: Mapping[str, Any]) -> str:
    """What the rows of cells that can be compared have in common, from what run.json says."""
    return f"v{PROTOCOL}-{digest(_comparable(facts))}"


def cell_key(facts: Mapping[str, Any]) -> str:
    """The key of a cell, from what its run.json says: a hash of everything its scores depend on.

    Those of a cell that `depends_on_machine` are of one device, as many threads, and the versions
    of torch and of this package. A method that is built in is known by its name, another by its
    content. Where something is not known, the key is like no other.
    """
    depends_on = [
        *_comparable(facts),
        facts["model_card"],
        facts["method"],
        {
            name: [
                MetricCard.model_validate(card).fingerprint(),
                facts["engine"][name],
                facts.get("measured", {}).get(name),
            ]
            for name, card in facts["metrics"].items()
        },
        facts["precision"],
    ]
    if "method_content" in facts:
        depends_on.append(facts["method_content"])
    if not facts.get("reusable", True):
        depends_on.append(facts["token"])
    if facts.get("rows_asked") is not None:  # the same to the last bit only for the same rows
        depends_on.append(["rows", facts["rows_asked"]])
    if facts["depends_on_machine"]:
        versions = [facts["packages"][name] for name in ("torch", "xai-bench")]
        depends_on.append([facts["device"], facts["threads"], *versions])
    return digest(depends_on)


def _comparable(facts: Mapping[str, Any]) -> list[Any]:
    # Of cells from before steps were shares of a recording it is not known how long theirs are.
    samples = facts.get("samples", LEAD_SAMPLES)
    other_length = [] if samples == LEAD_SAMPLES else [samples]
    return [PROTOCOL, facts["recordings"], facts["target"], facts["seed"], *other_length]
