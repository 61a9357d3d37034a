"""Which of two methods is better on every fold and every training of a net?

A side is a training of a net (a seed) on a fold of a data set. On each, every two methods are
compared as a leaderboard compares them; a statement is what is said of all sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final

import pandas as pd

from xai_bench.errors import InputError
from xai_bench.results import Cell, read_cells
from xai_bench.results.study_tables import Schema, StudyResult
from xai_bench.results.verdicts import ScoreTable, net_of, score_tables
from xai_bench.scoring.model_quality import Quality
from xai_bench.studies.replication.replicated_order import replicated_pairs
from xai_bench.types import Progress, is_control, silent
from xai_bench.zoo import FAMILIES

__all__ = ["COMPARED_CONTROLS", "SCHEMA", "replication"]

COMPARED_CONTROLS = ("amplitude", "random", "oracle")

SCHEMA = Schema(
    stem="replicated",
    keys={"family": "str", "metric": "str", "model": "str", "first": "str", "second": "str"},
    more={
        **{"orders": "str", "sides": "int64", "apart": "int64", "reversed": "int64"},
        **{"recordings": "str", "verdict": "str"},
    },
    facts={"sides": dict, "left_out": list},
    mend="make one: xai-bench replicate RUNS",
)
"""model: the net, whatever it was trained with. value: first - second over the recordings of all
sides, turned so that more is better; n: of all sides. orders: one sign a side, see
`replicated_pairs`; apart: sides on which the two are; reversed: those of them on which they are in
the less common order; recordings: n of each side, with blanks between. `facts["sides"][model]`
lists the sides in the order of the signs."""


_OURS = "in a checkout of xai-bench: make replication"
"""What makes the runs that our page compares, which are not committed."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """The scores of one training on one fold."""

    model: str
    data: str
    folds: tuple[int, ...]
    protocol: str
    quality: Quality
    tables: dict[str, ScoreTable]
    """By metric."""

    @property
    def recordings(self) -> int:
        return max(int(one.scores.notna().any(axis=1).sum()) for one in self.tables.values())

    @property
    def where(self) -> str:
        folds = " and ".join(map(str, self.folds))
        return f"fold {folds} of {self.data}" if folds else self.data

    def facts(self) -> dict[str, Any]:
        facts = {"model": self.model, "data": self.data, "folds": list(self.folds)}
        facts |= {"name": f"{self.model} on {self.where}", "protocol": self.protocol}
        return facts | {"n": self.recordings, "quality": asdict(self.quality)}


def replication(
    runs: str | Path | Iterable[str | Path | Cell], *, progress: Progress = silent
) -> StudyResult:
    """Compare the methods of every net that these runs have on two sides at least.

    runs: folders that `run` wrote, or cells. Of a net the trainings NET, NET-seed1, ... and the
    folds that were scored are sides; of several runs of one side, that with most recordings counts.
    The controls amplitude, random and oracle are compared with methods. Costs are left out, as is
    a metric or method that a side lacks.

    Raises InputError where a folder is missing, and where no net has two sides.
    """
    cells = sorted(_cells(runs), key=lambda cell: str(cell.provenance.get("started", "")))
    sides, left_out = _sides(cells)
    nets = {net: of_net for net, of_net in sides.items() if len(of_net) > 1}
    if not nets:
        there = ", ".join(side.facts()["name"] for of_net in sides.values() for side in of_net)
        raise InputError(
            f"a net on two folds, or of two seeds, is wanted; there is {there or 'none'}. Score "
            f"the same methods again: xai-bench run --fold 9, or of a net that was trained "
            f"--model NET-seed1; {_OURS}"
        )
    left_out += [f"{net}: on {of[0].where} alone" for net, of in sides.items() if len(of) == 1]
    todo = [(net, metric) for net, of_net in nets.items() for metric in _metrics(of_net)]
    rows: list[dict[str, Any]] = []
    for done, (net, metric) in enumerate(todo):
        progress("comparing sides", done, len(todo))
        tables = [side.tables[metric] for side in nets[net]]
        keys = {"family": tables[0].family, "metric": metric, "model": net}
        rows += [keys | row for row in replicated_pairs(tables, _methods(tables)[0])]
    progress("comparing sides", len(todo), len(todo))
    left_out += [line for net, of_net in nets.items() for line in _lacking(net, of_net)]
    facts = {
        "sides": {net: [side.facts() for side in of_net] for net, of_net in nets.items()},
        "left_out": left_out,
    }
    return StudyResult(
        schema=SCHEMA, table=pd.DataFrame(rows, columns=list(SCHEMA.estimates)), facts=facts
    )


def _cells(runs: str | Path | Iterable[str | Path | Cell]) -> Iterator[Cell]:
    for one in [runs] if isinstance(runs, str | Path) else runs:
        if not isinstance(one, Cell) and not Path(one).is_dir():
            raise InputError(
                f"no run folder '{one}' to compare; make one: xai-bench run --fold 9 --out {one}; "
                + _OURS
            )
        yield from [one] if isinstance(one, Cell) else read_cells(Path(one))


def _sides(cells: Sequence[Cell]) -> tuple[dict[str, list[_Side]], list[str]]:
    """The sides of each net, its first training and the last fold first; and a line for each run
    that is not looked at."""
    about = {(cell.dataset, cell.model, cell.protocol): cell.provenance for cell in cells}
    tables: dict[tuple[str, str, str], list[ScoreTable]] = {}
    for table in score_tables(cells, unreliable_too=True, controls=COMPARED_CONTROLS):
        if table.family != "runtime" and not all(map(is_control, map(str, table.scores))):
            place = (table.dataset, table.model, table.protocol)
            tables.setdefault(place, []).append(table)
    found: dict[tuple[str, str, tuple[int, ...]], list[_Side]] = {}
    for (data, model, protocol), of_side in tables.items():
        provenance = about[data, model, protocol]
        side = _Side(
            model=model,
            data=data,
            folds=tuple(provenance.get("folds", ())),
            protocol=protocol,
            quality=Quality.of(provenance),
            tables={one.metric: one for one in of_side},
        )
        found.setdefault((data, model, side.folds), []).append(side)
    sides: dict[str, list[_Side]] = {}
    left_out = []
    for several in found.values():
        first, *others = sorted(several, key=lambda one: (-one.recordings, one.protocol))
        sides.setdefault(net_of(first.model), []).append(first)
        left_out += [
            f"{one.model} on {one.where}: {one.recordings} recordings of protocol {one.protocol}, "
            f"beside {first.recordings} of {first.protocol}"
            for one in others
        ]
    for of_net in sides.values():
        of_net.sort(key=lambda side: (side.data != "synthetic", side.data))
        of_net.sort(key=lambda side: side.folds, reverse=True)
        of_net.sort(key=lambda side: side.model)
    return sides, left_out


def _metrics(sides: Sequence[_Side]) -> list[str]:
    """Those of all sides."""
    family = {
        name: one.family
        for name, one in sides[0].tables.items()
        if all(name in side.tables for side in sides)
    }
    order = {name: place for place, name in enumerate(FAMILIES)}
    return sorted(family, key=lambda name: (order.get(family[name], len(order)), name))


def _methods(tables: Sequence[ScoreTable]) -> tuple[list[str], list[str]]:
    """Those with scores on every side, and those on some alone."""
    known = [set(table.scores.columns[table.scores.notna().any()]) for table in tables]
    everywhere = set.intersection(*known)
    return sorted(everywhere), sorted(set.union(*known) - everywhere)


def _lacking(net: str, sides: Sequence[_Side]) -> Iterator[str]:
    """What some sides have and others lack."""
    common = _metrics(sides)
    some = sorted({name for side in sides for name in side.tables} - set(common))
    if some:
        yield f"{net}: {len(some)} metrics that are not scored on every side: {', '.join(some)}"
    of_methods: dict[str, list[str]] = {}
    for metric in common:
        for method in _methods([side.tables[metric] for side in sides])[1]:
            of_methods.setdefault(method, []).append(metric)
    for method, metrics in of_methods.items():
        of = "every metric" if len(metrics) == len(common) else ", ".join(metrics)
        yield f"{net}: {method}, which has no scores on some side, of {of}"
