"""Blocks of docs/leaderboard.md that are rendered: an excerpt, and what was replicated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from tools.draws_page import draws_caveat
from tools.native_standing import native_pairs, native_standing
from xai_bench.cards import ModelCard, Recipe
from xai_bench.data import SYNTHETIC
from xai_bench.presets import PRESETS
from xai_bench.report.figures.standings import draw_standings, to_svg
from xai_bench.report.leaderboard.order import order_of, with_text
from xai_bench.report.leaderboard.tables import board_cells, metrics_table
from xai_bench.report.markdown import markdown_table
from xai_bench.report.replication.tables import leader_table, standing
from xai_bench.report.stability.wording import listed
from xai_bench.results import leaderboard, read_cells
from xai_bench.results.study_tables import read_study
from xai_bench.studies.metric_audit import SCHEMA as TRUST_SCHEMA
from xai_bench.studies.metric_audit.core_choice import SCHEMA as CORE_SCHEMA
from xai_bench.studies.replication import SCHEMA as REPLICATION_SCHEMA
from xai_bench.zoo import Metric, Zoo

__all__ = [
    "excerpt_rows",
    "fewer_recordings",
    "picture",
    "replicated_block",
    "with_block",
    "with_blocks",
]

_MODEL = "imn"
_EXCERPT = PRESETS.report.excerpt


def excerpt_rows(root: Path) -> pd.DataFrame:
    """Rows of the leaderboard: one net and the metrics that the presets name."""
    cells = [cell.only(_EXCERPT) for cell in read_cells(root / "runs") if cell.model == _MODEL]
    return leaderboard([cell for cell in cells if cell.status == "ok"], Zoo().flags())


def picture(shown: pd.DataFrame) -> str:
    """The SVG."""
    return to_svg(draw_standings(shown, _cards(), _EXCERPT))


def with_blocks(root: Path, shown: pd.DataFrame, cards: Mapping[str, ModelCard]) -> str:
    """docs/leaderboard.md with its blocks written anew. cards: of the zoo, by name."""
    text = (root / "docs" / "leaderboard.md").read_text(encoding="utf-8")
    text = with_block(text, "leaderboard", f"{_about(shown, cards[_MODEL])}\n{_table(shown)}")
    text = with_block(text, "native", _native_block(root))
    folder = root / "docs" / "replication"
    return with_block(text, "replicated", replicated_block(folder) + _draws_of_ranked(root, folder))


def _native_block(root: Path) -> str:
    """Of the committed leaderboard, on the embedded recordings."""
    board = pd.read_csv(root / "runs" / "leaderboard.csv")
    core = read_study(root / "docs" / "metric_audit", CORE_SCHEMA).table
    cells = [cell for cell in read_cells(root / "runs") if cell.dataset == SYNTHETIC]
    return native_standing(
        board[board["dataset"] == SYNTHETIC],
        _MODEL,
        pairs=native_pairs(cells, _MODEL),
        clusters=dict(zip(core["metric"], core["cluster"], strict=True)),
        replicated=read_study(root / "docs" / "replication", REPLICATION_SCHEMA).table,
    )


def with_block(text: str, name: str, block: str) -> str:
    """The text with another block between the two comments with its name."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->\n"
    before, _, rest = text.partition(begin)
    return before + begin + block + end + rest.partition(end)[2]


def replicated_block(folder: Path) -> str:
    """Which method leads on every fold and training; "" before `make replication`."""
    if not folder.is_dir():
        return ""
    return markdown_table(leader_table(read_study(folder, REPLICATION_SCHEMA)))


def _draws_of_ranked(root: Path, folder: Path) -> str:
    """What the ranked scores owe to draws; of a metric that draws the audit knows its reliability.

    "" before `make replication`.
    """
    if not folder.is_dir():
        return ""
    result = read_study(folder, REPLICATION_SCHEMA)
    rows = result.table
    ranked = {
        net: sorted({*of["first"], *of["second"]})
        for net in result.facts["sides"]
        if len(of := rows[rows["model"] == net])
    }
    trust = read_study(root / "metrics", TRUST_SCHEMA).table
    repeated = trust[(trust["question"] == "reliability") & trust["ci_low"].notna()]
    metrics = list(dict.fromkeys(map(str, rows["metric"])))
    leaders = {
        (str(metric), str(net)): standing(of).leader
        for (metric, net), of in rows.groupby(["metric", "model"], sort=False)
    }
    return draws_caveat(root, ranked, metrics, list(map(str, repeated["metric"])), leaders)


def _about(shown: pd.DataFrame, card: ModelCard) -> str:
    """Of which net and which recordings the numbers are."""
    assert isinstance(card.recipe, Recipe)
    recipe = card.recipe
    epochs = recipe.epochs + recipe.whole_epochs
    localised = shown[shown["family"] == "localisation"]
    which = "with planted evidence"
    which += " that it detects" if (localised["recordings"] == "detected").any() else ""
    return (
        f"`{_MODEL}`, trained by us on {recipe.recordings} ({epochs} epochs, no patients), on the "
        f"reference run: {shown['n'].max()} synthetic recordings of fold 10, of localisation the "
        f"{localised['n'].max()} {which}{fewer_recordings(shown)}; mean and 95 % bootstrap "
        "interval over patients. Rendered from [`runs/`](../runs/README.md) by `make report`.\n\n"
        f"![Every method of `{_MODEL}` and every control as a dot on its interval, a panel for "
        "each metric](leaderboard.svg)\n"
    )


def fewer_recordings(shown: pd.DataFrame) -> str:
    """Metrics, but of localisation, and rows whose n is below that of the others, or ""."""
    rest = shown[shown["family"] != "localisation"]
    metrics = rest.groupby("metric", sort=False)["n"].max()
    parts = [f"of `{name}` {n}" for name, n in metrics.items() if n < metrics.max()]
    of_rows: dict[str, list[str]] = {}
    for method, rows in rest.groupby("method", sort=False):
        most = rows["n"].max()
        said = [f"of {most}"] if most < metrics.max() else []
        said += [
            f"of `{row['metric']}` {row['n']}"
            for _, row in rows.iterrows()
            if row["n"] < min(most, metrics[row["metric"]])
        ]
        if said:
            of_rows.setdefault(", ".join(said), []).append(f"*{method}*")
    parts += [f"the rows of {listed(methods)} {said}" for said, methods in of_rows.items()]
    return "".join(f", {part}" for part in parts)


def _table(shown: pd.DataFrame) -> str:
    cards, rows = _cards(), with_text(shown)
    table = metrics_table(
        "",
        {name: cards[name] for name in _EXCERPT},
        order_of(rows, None, cards),
        rows,
        board_cells(rows, cards, skill=False),
        caption=(),
    )
    return markdown_table(replace(table, rows=[replace(row, group="") for row in table.rows]))


def _cards() -> dict[str, Metric]:
    return {metric.name: metric for metric in Zoo().every_metric()}
