"""Carry the cells of a run over to cards that name their code by short names, proving each step.

    python -m tools.carry_cells runs --before COMMIT

Of every cell: its old key is the hash of what its run.json says; each metric card, and the card of
its model, is today's but for the names of code; its scores are split into a cell of scores that are
the same on every machine and one of costs, row by row the same. Nothing is computed anew.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench.cards import MetricCard
from xai_bench.results import Cell, digest, read_cells, write_cell
from xai_bench.scoring import depends_on_machine
from xai_bench.studies.benchmark import PROTOCOL, cell_key, cell_protocol
from xai_bench.zoo import Metric, Zoo


def _old_key(cell: Cell) -> str:
    facts = cell.provenance
    metrics = {
        name: [MetricCard.model_validate(card).fingerprint(), facts["engine"][name]]
        for name, card in facts["metrics"].items()
    }
    protocol = [PROTOCOL, facts["recordings"], facts["target"], facts["seed"]]
    depends_on = [*protocol, facts["model_card"], cell.method, metrics, facts["precision"]]
    return digest(depends_on)


def _without_code(card: dict[str, Any]) -> dict[str, Any]:
    rest: dict[str, Any] = json.loads(json.dumps(card))
    rest.pop("target")
    rest["callables"] = sorted(rest["callables"])
    if rest["fast"]:
        rest["fast"].pop("target")
    return rest


def _check_model(name: str, before: str) -> None:
    text = subprocess.run(
        ["git", "show", f"{before}:models/{name}/card.toml"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    then = tomllib.loads(text)
    now = tomllib.loads(Path("models", name, "card.toml").read_text(encoding="utf-8"))
    assert {**then, "target": ""} == {**now, "target": ""}, name


def _parts(cell: Cell, metrics: dict[str, Metric], model_card: str) -> list[Cell]:
    """The cells that one becomes."""
    made = []
    for depends in (False, True):
        own = [n for n in cell.provenance["metrics"] if depends_on_machine(metrics[n]) == depends]
        facts = cell.provenance | {
            "model_card": model_card,
            "metrics": {name: metrics[name].card.model_dump() for name in own},
            "families": {name: cell.provenance["families"][name] for name in own},
            "engine": {name: cell.provenance["engine"][name] for name in own},
            "depends_on_machine": depends,
        }
        new = Cell(
            dataset=cell.dataset,
            model=cell.model,
            method=cell.method,
            key=cell_key(facts | {"method": cell.method}),
            protocol=cell_protocol(facts),
            status=cell.status,
            reason=cell.reason,
            provenance=facts,
        )
        assert new.protocol == cell.protocol
        if cell.scores is None:
            return [new]
        rows = cell.scores[cell.scores["metric"].isin(own)]
        made.append(new.with_scores(rows.reset_index(drop=True)))
    return made


def main() -> int:
    """Carry over every cell, and read back what was written."""
    parser = argparse.ArgumentParser(description="Carry the cells of a run over.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--before", required=True, help="The commit that made the cells.")
    given = parser.parse_args()
    zoo = Zoo()
    metrics = {metric.name: metric for metric in zoo.metrics()}
    cells = read_cells(given.run)
    order = ["record_id", "metric"]
    for cell in cells:
        assert _old_key(cell) == cell.key, f"{cell.folder(given.run)} is not what it was keyed by"
        for name, card in cell.provenance["metrics"].items():
            today = json.loads(json.dumps(metrics[name].card.model_dump()))
            assert _without_code(card) == _without_code(today), name
        _check_model(cell.model, given.before)
        parts = _parts(cell, metrics, zoo.model_card(cell.model)[0].fingerprint())
        if cell.scores is not None:
            both = pd.concat([part.scores for part in parts]).sort_values(order)
            whole = cell.scores.sort_values(order)
            pd.testing.assert_frame_equal(
                both.reset_index(drop=True), whole.reset_index(drop=True), check_exact=True
            )
        for part in parts:
            write_cell(given.run, part)
        shutil.rmtree(cell.folder(given.run))
    print(f"{len(cells)} cells became {len(read_cells(given.run))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
