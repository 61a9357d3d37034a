"""Each way in which a run may lie or harm is refused, in one line; an honest one passes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.studies.submission.sent_runs import (
    METHODS,
    change,
    honest_run,
    leaderboard_anew,
    reworked,
)
from xai_bench.models import Model, load_model
from xai_bench.studies.submission import check_run
from xai_bench.studies.submission import study as module

Change = Callable[[Path], object]


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return honest_run(tmp_path_factory.mktemp("sent") / "run")


@pytest.fixture
def copy(sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """To be changed; where all claims hold, the scores are left as they are."""
    monkeypatch.setattr(module, "_rescored", lambda *_: "not asked in this test")
    monkeypatch.setattr(module, "_model", lambda inputs, name: _loaded(name))
    return Path(shutil.copytree(sent, tmp_path / "run"))


@cache
def _loaded(name: str) -> Model:
    return load_model(name, device="cpu")


def cell_of(run: Path, method: str) -> Path:
    (path,) = run.glob(f"*/*/{method}/*")
    return path


def test_an_honest_run_passes_every_check(copy: Path) -> None:
    done = check_run(copy)
    assert {one.status for one in done.checks} == {"passed"}
    assert [one.name for one in done.checks[:3]] == ["files", "facts", "protocol"]
    assert done.recomputed == ("imn",)
    assert {cell.method for cell in done.cells} == set(METHODS)


def _better(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(score=rows["score"] + (rows["metric"] == "relevance_mass") * 0.1)


def _one_better(rows: pd.DataFrame) -> pd.DataFrame:
    first = rows["record_id"] == rows["record_id"].iloc[-1]
    return rows.assign(score=rows["score"] + first * 0.1)


def _no_number(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(score=rows["score"].where(rows["metric"] != "pixel_flipping", np.nan))


def _bomb(rows: pd.DataFrame) -> pd.DataFrame:
    table: pd.DataFrame = pd.concat([rows.assign(reason="x" * 100_000)] * 50)
    return table


def _shorter(rows: pd.DataFrame) -> pd.DataFrame:
    fewer: pd.DataFrame = rows[rows["record_id"] != rows["record_id"].iloc[0]]
    return fewer


def _huge(run: Path) -> None:
    os.truncate(cell_of(run, "saliency") / "scores.parquet", 10**10)  # a hole, no bytes


def _linked(run: Path) -> None:
    path = cell_of(run, "saliency") / "scores.parquet"
    path.unlink()
    path.symlink_to("/etc/passwd")


def _tag(run: Path) -> None:
    path = run / "synthetic" / "imn"
    path.rename(path.with_name("<script>alert(1)<"))


def _climbs(run: Path) -> None:
    change(run, "saliency", dataset="../../home")


def _other_table(run: Path) -> None:
    path = run / "leaderboard.csv"
    header, first, *rest = path.read_text().splitlines()
    values = first.split(",")
    values[header.split(",").index("mean")] = "0.999"
    path.write_text("\n".join([header, ",".join(values), *rest]) + "\n")


def _own_card(run: Path) -> None:
    path = cell_of(run, "saliency") / "run.json"
    cards = json.loads(path.read_text())["metrics"]
    cards["pixel_flipping"]["params"] = {"shares": [0.5]}
    change(run, "saliency", metrics=cards)


LIES: dict[str, tuple[Change, str, str]] = {
    "a score": (lambda run: reworked(run, "saliency", _one_better), "leaderboard.csv", "mean of"),
    "leaderboard": (_other_table, "leaderboard.csv", "mean of imn x"),
    "no leaderboard": (lambda run: (run / "leaderboard.csv").unlink(), "leaderboard.csv", "none"),
    "n": (lambda run: change(run, "saliency", n=64), "counts", "says n = 64, and 32 of"),
    "measured": (
        lambda run: change(run, "saliency", measured={"pixel_flipping": 64}),
        "keys",
        "has the key",
    ),
    "fewer rows": (lambda run: reworked(run, "saliency", _shorter), "counts", "it has 31"),
    "weights": (
        lambda run: change(run, "saliency", weights="0" * 64),
        "models",
        "weights hash 000",
    ),
    "model": (lambda run: change(run, "saliency", model_card="0" * 64), "keys", "has the key"),
    "seed": (lambda run: change(run, "saliency", seed=1), "protocol", "its facts give"),
    "old protocol": (
        lambda run: change(run, "saliency", protocol="v4-86c99021f81a"),
        "protocol",
        "this version scores by v5",
    ),
    "metric card": (_own_card, "metrics", "the card of pixel_flipping is not the one"),
    "own code": (
        lambda run: change(run, "saliency", method_content="1f"),
        "methods",
        "under the name of a method that is here",
    ),
    "machine": (
        lambda run: change(run, "saliency", depends_on_machine=True, threads=1),
        "metrics",
        "what it depends on",
    ),
    "AUROC": (
        lambda run: change(run, "saliency", quality={"verdict": "ok", "auroc": 0.6, "ci_low": 0.5}),
        "AUROC",
        "an AUROC from 0.5 on is called ok",
    ),
    "known net": (
        lambda run: change(run, "saliency", quality={"verdict": "known"}),
        "AUROC",
        "says that its net is known",
    ),
    "future": (
        lambda run: change(run, "saliency", ended="2999-01-01T00:00:00+00:00"),
        "provenance",
        "before it began, or in the future",
    ),
    "no date": (lambda run: change(run, "saliency", started="<b>"), "provenance", "is no date"),
    "no versions": (lambda run: change(run, "saliency", packages={}), "provenance", "torch"),
    "no control": (
        lambda run: shutil.rmtree(run / "synthetic/imn/random"),
        "controls",
        "without the controls random",
    ),
    "NaN": (lambda run: reworked(run, "saliency", _no_number), "files", "is ok and has no score"),
    "huge": (_huge, "files", "scores.parquet is of 10000 MB; at most 32 are read"),
    "huge json": (
        lambda run: change(run, "saliency", command="x" * 2_000_000),
        "files",
        "run.json is of 2 MB",
    ),
    "unpacks": (lambda run: reworked(run, "saliency", _bomb), "files", "a text of 100000 letters"),
    "link": (_linked, "files", "is a link"),
    "tag": (_tag, "files", "cannot be the name of a model"),
    "climbs": (_climbs, "files", "and not of this folder"),
    "no fact": (lambda run: change(run, "saliency", n="many"), "files", "n: "),
    "no cells": (lambda run: shutil.rmtree(run / "synthetic"), "files", "no cells in"),
    "no Parquet": (
        lambda run: (cell_of(run, "saliency") / "scores.parquet").write_bytes(b"PAR1 no"),
        "files",
        "scores.parquet cannot be read",
    ),
}


_FAST = {"a score", "n", "weights", "model", "NaN", "huge", "huge json", "unpacks", "link", "tag"}
_FAST |= {"climbs", "no fact", "no cells", "no Parquet"}


@pytest.mark.parametrize(
    "lie", [pytest.param(lie, marks=() if lie in _FAST else pytest.mark.slow) for lie in LIES]
)
def test_each_lie_is_refused_with_its_reason(copy: Path, lie: str) -> None:
    tell, name, said = LIES[lie]
    tell(copy)
    done = check_run(copy)
    failed = {one.name: one.said for one in done.failed}
    assert said in failed[name]
    assert all("\n" not in text and text.isprintable() for text in failed.values())
    assert not [one for one in done.checks if one.name.startswith("scores of")]


def test_other_files_of_a_run_are_passed_over(copy: Path) -> None:
    (copy / "notes.html").write_text("<script>")
    (cell_of(copy, "saliency") / "more.bin").write_bytes(b"\0")
    hidden = copy / ".hidden" / "imn" / "saliency" / "000000000000"
    hidden.mkdir(parents=True)
    (hidden / "run.json").symlink_to("/etc/passwd")
    assert not check_run(copy).failed


@pytest.mark.slow
def test_better_scores_with_a_leaderboard_to_match_are_found_by_computing_them(
    sent: Path, tmp_path: Path
) -> None:
    honest = check_run(sent, sample=1)
    assert {one.status for one in honest.checks} == {"passed"}
    assert "8 of 4 methods and 2 metrics" in honest.checks[-1].said
    lying = Path(shutil.copytree(sent, tmp_path / "run"))
    reworked(lying, "saliency", _better)
    done = check_run(leaderboard_anew(lying), sample=2)
    assert [one.name for one in done.failed] == ["scores of imn"]
    assert "saliency, recording" in done.failed[0].said
    assert "relevance_mass, scores" in done.failed[0].said
