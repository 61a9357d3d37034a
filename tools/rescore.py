"""Score the first recordings of every cell of a run again: did a change of code move a score?

    python -m tools.rescore runs before.parquet                       # in a checkout of before
    python -m tools.rescore runs after.parquet --same-as before.parquet

Scores depend in their last bits on the machine and on how many rows a pass has, which a run
measures. Here recordings are scored one by one, so that two commits on one machine must agree to
the last bit; beside the committed cells, of another machine, the largest difference is printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd
import torch

from xai_bench.data import load_data
from xai_bench.methods import find_methods
from xai_bench.models import load_model
from xai_bench.results import Cell, read_cells
from xai_bench.studies.submission.rescored import rescore
from xai_bench.zoo import Zoo

__all__ = ["differences", "main", "rescore_run"]

_RECORDINGS = 4
_PLACE = ["model", "method", "record_id", "metric"]


def rescore_run(cells: list[Cell], n: int = _RECORDINGS) -> pd.DataFrame:
    """Scores of the first `n` recordings of every model and method of the cells, but for costs."""
    metrics = [metric for metric in Zoo().every_metric() if metric.family != "runtime"]
    tables = []
    for name in dict.fromkeys(cell.model for cell in cells):
        model = load_model(name, device="cpu")
        methods = dict.fromkeys(c.method for c in cells if c.model == name and c.scores is not None)
        recordings = load_data("synthetic", n=n, task=model.task)
        found = rescore(model, recordings, find_methods(list(methods)), metrics, range(n))
        tables.append(found.assign(model=name))
    return pd.concat(tables, ignore_index=True)


def differences(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The rows of scores that both have and that differ in any bit, with both scores."""
    both = first.merge(second, on=_PLACE, suffixes=("", "_then"))
    same = (both["score"] == both["score_then"]) | (
        both["score"].isna() & both["score_then"].isna()
    )
    return both.loc[~same, [*_PLACE, "score", "score_then"]]


def main() -> int:
    """Exit status 1 where a score differs from those of --same-as."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--same-as", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cells = read_cells(given.run)
    table = rescore_run(cells)
    table.to_parquet(given.out)
    committed = pd.concat(
        cell.scores.assign(model=cell.model, method=cell.method)
        for cell in cells
        if cell.scores is not None
    )
    far = differences(table, committed)
    size = far["score_then"].abs().clip(lower=1)
    largest = ((far["score"] - far["score_then"]).abs() / size).max()
    print(f"{len(table)} scores; largest relative difference from the cells: {largest:.2g}")
    if given.same_as is None:
        return 0
    then = pd.read_parquet(given.same_as)
    moved = differences(table, then)
    print(f"{len(table.merge(then, on=_PLACE))} of both; {len(moved)} differ in any bit")
    print(moved.to_string() if len(moved) else "", end="")
    return int(len(moved) > 0)


if __name__ == "__main__":
    sys.exit(main())
