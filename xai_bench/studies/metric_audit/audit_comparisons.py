"""Which maps are compared: of each question, one map that is known to be better than another."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

from xai_bench.methods.derived import Untrained

__all__ = ["CORRUPTED", "MOVED", "TRUTH", "Audited", "Comparison", "Side", "methods_of_known_nets"]

TRUTH = "truth"
MOVED = {0.05: "5%", 0.1: "10%", 0.25: "25%", 0.5: "50%"}
"""Share of the truth's mass that is moved elsewhere, and how the control is called."""
CORRUPTED = {"blurred": "blurred", "shifted": "shifted", "unsigned": "sign", "sign": "flipped"}
"""Question -> kind of control."""
_MODEL_FREE = {"noise": "random", "amplitude": "amplitude", "slope": "slope"}
_PLANTED, _NOISE = "oracle", "random"


class Side(NamedTuple):
    """A map: a method on a model."""

    model: str
    method: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two maps of the same recordings, the first of which is known to be better."""

    question: str
    better: Side
    worse: Side
    moved: float = 0.0
    """Of the question "resolution": the share of the mass that is moved."""
    within: Collection[str] | None = None
    """The recordings of which that is known; None for all."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What metrics are asked with."""

    trained: Sequence[str]
    """Models whose truth is not known."""
    known: Sequence[str]
    """Known nets."""
    reads_evidence: Mapping[str, Collection[str]]
    """Known nets that read what is planted in the recordings, and the recordings in which that
    speaks for the explained class (against the absence of what it is planted for)."""
    reads_beside: Sequence[str]
    """Known nets that read something beside it."""
    reads_else: Sequence[str]
    """Known nets that read other places, the same in every recording."""
    methods: Sequence[str]
    """That explain trained models."""

    def comparisons(self, family: str) -> Iterator[Comparison]:
        """What the metrics of a family are asked.

        Localisation asks of the data: a net's truth must lie on the planted evidence only if the
        net reads it. So of those metrics the truth is that of nets that do, and it is told from the
        truth of a net that reads something else. Other metrics ask of the net: what is planted is
        better than noise where a net reads it and it speaks for the class, and worse than the truth
        on a net that reads something beside it.
        """
        localises = family == "localisation"
        for model in self.reads_evidence if localises else self.known:
            truth = Side(model, TRUTH)
            for question, control in _MODEL_FREE.items():
                yield Comparison(question=question, better=truth, worse=Side(model, control))
            for question, kind in CORRUPTED.items():
                worse = Side(model, f"{TRUTH}@{kind}")
                yield Comparison(question=question, better=truth, worse=worse)
            for moved, name in MOVED.items():
                worse = Side(model, f"{TRUTH}@{name}")
                yield Comparison(question="resolution", better=truth, worse=worse, moved=moved)
        yield from self._used(localises=localises)
        for model in self.trained:
            for method in self.methods:
                better = Side(model, method)
                worse = Side(model, f"{method}@flipped")
                yield Comparison(question="sign", better=better, worse=worse)
                worse = Side(model, f"{method}@{Untrained.kind}")
                yield Comparison(question="training", better=better, worse=worse)

    def _used(self, *, localises: bool) -> Iterator[Comparison]:
        if localises:
            for model in self.reads_evidence:
                for other in self.reads_else:
                    better, worse = Side(model, TRUTH), Side(other, TRUTH)
                    yield Comparison(question="used", better=better, worse=worse)
            return
        for model, within in self.reads_evidence.items():
            better, worse = Side(model, _PLANTED), Side(model, _NOISE)
            yield Comparison(question="used", better=better, worse=worse, within=within)
        for model in self.reads_beside:
            better, worse = Side(model, TRUTH), Side(model, _PLANTED)
            yield Comparison(question="used", better=better, worse=worse)


def methods_of_known_nets() -> list[str]:
    """What is scored on known nets, beside the controls of every run."""
    corrupted = [f"{TRUTH}@{name}" for name in (*CORRUPTED.values(), *MOVED.values())]
    return [TRUTH, *corrupted, *_MODEL_FREE.values(), _PLANTED]
