"""Which scores of a data set are compared with those of another, and why others are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from xai_bench.errors import InputError
from xai_bench.results import Cell, latest_scores
from xai_bench.results.verdicts import ScoreTable, score_tables
from xai_bench.scoring.model_quality import Quality
from xai_bench.types import is_control

__all__ = ["Side", "find_data", "shared_recordings", "sides"]

_PLANTED = "planted-"
"""Before the name of the data set whose recordings something was planted into."""

_LEAST_SHARE = 0.5
"""Of the recordings that some method has a score of: a method that has fewer would leave too few
that all methods have."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """The scores of one model on one data set."""

    data: str
    model: str
    protocol: str
    quality: Quality
    record_ids: frozenset[str]
    """Of the recordings that some method has a score of."""
    tables: dict[str, ScoreTable]
    """By metric."""
    reasons: dict[str, str]
    """Of each metric the commonest reason for a recording without a score, or ""."""

    @property
    def recordings(self) -> int:
        return len(self.record_ids)

    @property
    def version(self) -> str:
        """Of the protocol, without what it says of recordings."""
        return self.protocol.partition("-")[0]

    def methods(self, metric: str) -> set[str]:
        """Those with scores of enough recordings."""
        table = self.tables.get(metric)
        if table is None:
            return set()
        known = table.scores.notna()
        least = _LEAST_SHARE * known.any(axis=1).sum()
        counts = known.sum()
        return set(counts.index[(counts > 0) & (counts >= least)])


def find_data(cells: Iterable[Cell], wanted: Sequence[str] | None) -> list[str]:
    """The data sets to compare: those wanted, or all there are, the embedded one first.

    A folder may be wanted without the digest that its name ends with. Raises InputError for fewer
    than two, and for a name that is of none or of several.
    """
    there = sorted({cell.dataset for cell in cells}, key=lambda name: (name != "synthetic", name))
    found = list(dict.fromkeys(there if wanted is None else (_named(one, there) for one in wanted)))
    if len(found) < 2:
        raise InputError(
            f"rankings need two data sets; there is {', '.join(found) or 'none'}. "
            "Score the same methods on another one: xai-bench run --data FOLDER"
        )
    return found


def _named(name: str, there: Collection[str]) -> str:
    fits = [one for one in there if one == name or one.rpartition("-")[0] == name]
    if name in there:
        return name
    if len(fits) == 1:
        return fits[0]
    known = ", ".join(fits or there)
    problem = "several data sets are called" if fits else "no scores of data"
    raise InputError(f"{problem} '{name}'; there are {known}")


def sides(cells: Sequence[Cell], data: Collection[str]) -> tuple[list[Side], list[str]]:
    """A side for each data set and model, of the protocol with most recordings; and a line for
    each other protocol, whose scores are of other recordings and are not looked at."""
    rows = _Rows(cells)
    tables: dict[tuple[str, str, str], list[ScoreTable]] = {}
    for table in score_tables(cells, unreliable_too=True):
        if table.dataset in data and table.family != "runtime":
            tables.setdefault((table.dataset, table.model, table.protocol), []).append(table)
    by_pair: dict[tuple[str, str], list[Side]] = {}
    for (dataset, model, protocol), of_side in tables.items():
        side = Side(
            data=dataset,
            model=model,
            protocol=protocol,
            quality=rows.quality[dataset, model, protocol],
            record_ids=frozenset(
                str(name)
                for one in of_side
                for name in one.scores.index[one.scores.notna().any(axis=1)]
            ),
            tables={one.metric: one for one in of_side},
            reasons={
                one.metric: rows.reason(dataset, model, protocol, one.metric) for one in of_side
            },
        )
        by_pair.setdefault((dataset, model), []).append(side)
    found, left_out = [], []
    for (dataset, model), several in by_pair.items():
        first, *others = sorted(several, key=lambda one: (-one.recordings, one.protocol))
        found.append(first)
        left_out += [
            f"{model} on {dataset}: {one.recordings} recordings of protocol {one.protocol}, beside "
            f"{first.recordings} of {first.protocol}"
            for one in others
        ]
    return found, left_out


def shared_recordings(first: Side, second: Side) -> dict[str, int] | None:
    """Of a data set and what was planted into it: how many of the planted recordings are of
    recordings that are scored as they are too (`planted`), and of how many of those
    (`backgrounds`). None of two other data sets.

    A planted recording is called as its background is, with a + and the finding behind it.
    """
    for planted, plain in ((first, second), (second, first)):
        if planted.data == f"{_PLANTED}{plain.data}":
            backgrounds = [name.partition("+")[0] for name in planted.record_ids]
            shared = [name for name in backgrounds if name in plain.record_ids]
            return {"planted": len(shared), "backgrounds": len(set(shared))}
    return None


@final
class _Rows:
    """What cells say beside their scores."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._cells = cells
        self.quality = {
            (cell.dataset, cell.model, cell.protocol): Quality.of(cell.provenance) for cell in cells
        }

    @cached_property
    def _reasons(self) -> dict[tuple[str, str, str, str], Counter[str]]:
        found: dict[tuple[str, str, str, str], Counter[str]] = {}
        for place, (_, rows) in latest_scores(self._cells).items():
            if rows is None or is_control(place.method):
                continue
            failed = rows["status"].to_numpy(object) != "ok"
            if np.any(failed):
                key = (place.dataset, place.model, place.protocol, place.metric)
                found.setdefault(key, Counter()).update(rows["reason"][failed])
        return found

    def reason(self, dataset: str, model: str, protocol: str, metric: str) -> str:
        counted = self._reasons.get((dataset, model, protocol, metric))
        return counted.most_common(1)[0][0] if counted else ""
