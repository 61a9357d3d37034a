"""Cells of many submissions side by side: what may be compared, and who it is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import final

from xai_bench.results import Cell
from xai_bench.results.submissions import StoredSubmission

__all__ = ["Pool", "pool"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool:
    """Cells of one data set, task and protocol: the same recordings, targets and draws."""

    dataset: str
    task: str
    protocol: str
    recomputed: bool
    """Whether scores of all its models were computed again; others stand apart."""
    cells: list[Cell] = field(default_factory=list)
    senders: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(model, method) -> ids of the submissions that have it."""

    @property
    def n(self) -> int:
        """Recordings, the same of all."""
        return int(self.cells[0].provenance.get("n", 0))


def pool(submissions: Sequence[StoredSubmission], metrics: Sequence[str]) -> list[Pool]:
    """The cells of all submissions, with their scores of these metrics alone.

    What was recomputed stands first, and never beside what was not; then what is of more
    recordings. A model that is called like one of other content bears the id of its submission. Of
    a metric that two have of the same pair the first to be added counts.
    """
    names = _names(submissions)
    pools: dict[tuple[bool, str, str, str], Pool] = {}
    taken: dict[tuple[int, str, str], set[str]] = {}
    for one in submissions:
        for cell in one.cells:
            recomputed = cell.model in one.submission.recomputed
            task = str(cell.provenance.get("model_facts", {}).get("task", ""))
            place = (not recomputed, cell.dataset, task, cell.protocol)
            found = pools.setdefault(
                place,
                Pool(
                    dataset=cell.dataset,
                    task=task,
                    protocol=cell.protocol,
                    recomputed=recomputed,
                ),
            )
            model = names[one.submission.id, cell.model]
            known = taken.setdefault((id(found), model, cell.method), set())
            new = [name for name in metrics if name in cell.provenance["metrics"]]
            new = [name for name in new if name not in known]
            known |= set(new)
            senders = found.senders.setdefault((model, cell.method), [])
            if one.submission.id not in senders:
                senders.append(one.submission.id)
            if cell.scores is None or new:
                found.cells.append(replace(cell, model=model).only(new))
    return [pools[place] for place in sorted(pools, key=lambda one: (*one[:3], -pools[one].n))]


def _names(submissions: Sequence[StoredSubmission]) -> Mapping[tuple[str, str], str]:
    """(id, model) -> what the model is called on the page."""
    contents: dict[str, str | None] = {}
    names = {}
    for one in submissions:
        for cell in one.cells:
            content = cell.provenance.get("model_card")
            own = content is None or contents.setdefault(cell.model, content) != content
            unlike = f"{cell.model} ({one.submission.id})"
            names[one.submission.id, cell.model] = unlike if own else cell.model
    return names
