"""Pages of submissions: one of all tables, and one of each with what was checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import pandas as pd
from markupsafe import Markup

from xai_bench import storage
from xai_bench.presets import PRESETS
from xai_bench.report.html.bibliography import Bibliography
from xai_bench.report.html.embed import content_hash
from xai_bench.report.html.render import HERE, make_environment
from xai_bench.report.leaderboard.order import order_of, unreliable_models, with_text
from xai_bench.report.leaderboard.screen import headline_columns
from xai_bench.report.leaderboard.tables import board_cells, metrics_table, model_free_captions
from xai_bench.report.leaderboard.undetected import pooled_captions
from xai_bench.report.public_board.side_by_side import Pool, pool
from xai_bench.report.scale import scale_of
from xai_bench.report.scored_metrics import ScoredMetric, scored_metrics
from xai_bench.report.table import Cell, Column, Table, columns, text_table
from xai_bench.results import Cell as ScoredCell
from xai_bench.results import leaderboard, stored_leaderboard, to_csv, widen
from xai_bench.results.submissions import StoredSubmission, read_submissions
from xai_bench.zoo import Zoo

__all__ = ["Written", "write_site"]

_SCRIPTS = ("vendor/dataTables.min.js", "assets/tables.js")
_COSTS = "runtime"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Pages that were written."""

    index: Path
    size: int
    """Bytes of all files."""
    pages: int
    left_out: tuple[str, ...]


def write_site(folder: Path, out: Path, zoo: Zoo) -> Written:
    """Write the leaderboard of all submissions in `folder` as pages into `out`, which ask no
    network for anything. Raises InputError for a folder without submissions, OutputError."""
    submissions, broken = read_submissions(folder)
    flags = zoo.flags()
    cards = _cards(submissions, zoo, flags)
    files: dict[str, str] = {}
    boards = []
    for number, one in enumerate(pool(submissions, [*cards]), start=1):
        table = leaderboard(one.cells, flags)
        name = f"tables/{number}.csv"
        files[name] = to_csv(table)
        boards.append(_board(f"table{number}", one, table, cards, name))
    files["index.html"] = _page(
        "board_index.html",
        "",
        boards=boards,
        submissions=_submissions_table(submissions),
        count=len(submissions),
    )
    for stored in submissions:
        place = f"submissions/{stored.submission.id}"
        run = folder / stored.submission.id / "run"
        own = stored_leaderboard(run, stored.cells, flags)
        own = leaderboard(stored.cells, flags) if own is None else own
        files[f"{place}/leaderboard.csv"] = to_csv(own)
        files[f"{place}/leaderboard_wide.csv"] = to_csv(widen(own))
        files[f"{place}/index.html"] = _page(
            "board_submission.html", "../../", **_submission(stored)
        )
    for name, text in files.items():
        storage.write_file(out / name, text)
    return Written(
        index=out / "index.html",
        size=sum(len(text.encode()) for text in files.values()),
        pages=sum(name.endswith(".html") for name in files),
        left_out=tuple(f"{name}: {why}" for name, why in broken.items()),
    )


def _cards(
    submissions: Iterable[StoredSubmission], zoo: Zoo, flags: Mapping[str, str]
) -> dict[str, ScoredMetric]:
    """The metrics of the tables, in the words of this version: those that the presets put in front.
    Costs are of a machine, and are not compared between machines."""
    cells = [cell for one in submissions for cell in one.cells]
    known = {metric.name: metric for metric in zoo.every_metric()}
    wanted = {*PRESETS.report.headline_metrics, *PRESETS.metrics.core}
    return {
        name: replace(
            card,
            label=known[name].label,
            summary=known[name].card.summary,
            unit=known[name].unit,
            better=known[name].better,
            family=known[name].family,
        )
        for name, card in scored_metrics(cells, flags).items()
        if name in wanted and name in known and known[name].family != _COSTS
    }


def _board(
    anchor: str, one: Pool, rows: pd.DataFrame, cards: Mapping[str, ScoredMetric], name: str
) -> dict[str, Any]:
    rows = with_text(rows)
    scored = rows[rows["status"] == "ok"]
    facts = one.cells[0].provenance
    table = None if scored.empty else _table(one, scored, cards)
    return {
        "anchor": anchor,
        "title": " · ".join(filter(None, (one.dataset, one.task))),
        "protocol": one.protocol,
        "recomputed": one.recomputed,
        "n": one.n,
        "target": facts.get("target", ""),
        "seed": facts.get("seed", ""),
        "recordings": str(facts.get("recordings", ""))[:12],
        "csv": name,
        "table": table,
        "notes": [] if table is None else _notes(table, scored),
    }


def _notes(table: Table, scored: pd.DataFrame) -> list[str]:
    """What the marks of a table mean."""
    shown = scored[scored["mean"].notna()]
    flags = [f"† {one.heading}: {one.flags}" for one in table.columns if one.flags]
    unreliable = [
        f"{model} is unreliable and not ranked: AUROC {auroc}"
        for model, auroc in unreliable_models(shown).items()
    ]
    localisation = [f"localisation is {words}" for words in pooled_captions(shown)]
    return [*model_free_captions(shown), *localisation, *flags, *unreliable]


def _table(one: Pool, scored: pd.DataFrame, cards: Mapping[str, ScoredMetric]) -> Table:
    names, count = headline_columns(scored, cards)
    names = names[:count]
    of_names = scored[scored["metric"].isin(names)]
    scales = {
        str(name): scale_of(map(float, rows[["mean", "ci_low", "ci_high"]].to_numpy().ravel()))
        for name, rows in of_names.groupby("metric", sort=False)
    }
    cells = dict(board_cells(of_names, cards, skill=False, scales=scales))
    ranked = of_names[of_names["rank"].notna()]
    several = ranked[ranked.duplicated(["model", "metric"], keep=False)]
    columns_of = (several[name] for name in ("model", "method", "metric", "rank"))
    for model, method, metric, rank in zip(*columns_of, strict=True):
        if one.recomputed:
            key = (model, method, metric)
            cells[key] = replace(cells[key], note=f"rank {rank}")
    for key, cell in cells.items():
        if cell.model_free or not one.recomputed:  # it leads nobody
            cells[key] = replace(cell, standing=None)
    table = metrics_table(
        f"{one.dataset}, models and methods",
        {name: cards[name] for name in names},
        [
            (model, rivals, [name for name in controls if "@" not in name])
            for model, rivals, controls in order_of(of_names, names[0], cards)
        ],
        of_names,
        cells,
        about={name: cards[name].summary for name in names},
        caption=(),
    )
    lines = [
        replace(row, cells=[*row.cells, _sender(one, row.group, row.cells[0].text)])
        for row in table.rows
    ]
    return replace(
        table, columns=[*table.columns, Column(heading="sent in", kind="name")], rows=lines
    )


def _sender(one: Pool, model: str, method: str) -> Cell:
    first, *others = one.senders[model, method]
    more = f" and {len(others)} more" if others else ""
    return Cell(text=first[:6], note=more, link=f"submissions/{first}/index.html")


def _submissions_table(submissions: Iterable[StoredSubmission]) -> Table:
    table = text_table(
        "Submissions",
        columns("id", "who", "added", "models", "methods", "recomputed", kind="name"),
        [
            (
                one.submission.id,
                one.submission.name,
                one.submission.added[:10],
                ", ".join(dict.fromkeys(cell.model for cell in one.cells)),
                str(len({cell.method for cell in one.cells})),
                ", ".join(one.submission.recomputed) or "nothing",
            )
            for one in submissions
        ],
    )
    rows = [
        replace(
            row,
            cells=[
                replace(row.cells[0], link=f"submissions/{row.cells[0].text}/index.html"),
                *row.cells[1:],
            ],
        )
        for row in table.rows
    ]
    return replace(table, rows=rows)


def _submission(stored: StoredSubmission) -> dict[str, Any]:
    one, cells = stored.submission, stored.cells
    models = list(dict.fromkeys(cell.model for cell in cells))
    apart = [name for name in models if name not in one.recomputed]
    return {
        "one": one,
        "facts": _facts(cells),
        "apart": apart,
        "checks": text_table(
            "Checks",
            [*columns("check", "", kind="name"), Column(heading="what was found", kind="words")],
            [(check.name, check.status, check.said) for check in one.checks],
        ),
        "cells": text_table(
            "Cells",
            columns("data set", "model", "method", "key", "protocol", kind="name"),
            [(c.dataset, c.model, c.method, c.key, c.protocol) for c in cells],
        ),
    }


def _facts(cells: Iterable[ScoredCell]) -> dict[str, str]:
    """What cells say of how they came about; several words where they differ."""
    found: dict[str, dict[str, None]] = {}
    for cell in cells:
        facts = cell.provenance
        said = {
            "run": str(facts.get("started", ""))[:10],
            "commit": facts.get("git_commit") or "not of a checkout",
            "machine": f"{facts.get('system')}, {facts.get('device')}, {facts.get('cores')} cores, "
            f"{facts.get('threads')} threads",
            "Python": facts.get("python"),
            "versions": ", ".join(f"{k} {v}" for k, v in facts.get("packages", {}).items()),
            "recordings": f"{cell.dataset}, n = {facts.get('n')}, target {facts.get('target')}, "
            f"seed {facts.get('seed')}, {str(facts.get('recordings'))[:12]}",
            "weights": f"{cell.model} {str(facts.get('weights'))[:12]}",
            "command": facts.get("command"),
        }
        for name, value in said.items():
            found.setdefault(name, {})[str(value)] = None
    return {name: "; ".join(values) for name, values in found.items()}


def _page(template: str, up: str, **context: Any) -> str:
    """up: the way from the page to the index."""
    scripts = [(HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return (
        make_environment(Bibliography({}))
        .get_template(template)
        .render(
            context,
            up=up,
            style=Markup((HERE / "assets/page.css").read_text(encoding="utf-8")),
            scripts=[Markup(script) for script in scripts],
            hashes=" ".join(map(content_hash, scripts)),
            version=version("xai-bench"),
        )
    )
