"""What holds on all sides, in sentences and tables that say what the signs say."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from tests.studies.replication.scored_folds import fold_cells
from xai_bench.report.markdown import markdown_table
from xai_bench.report.replication.figures import draw_replication
from xai_bench.report.replication.findings import findings
from xai_bench.report.replication.page import render, write_replication
from xai_bench.report.replication.tables import (
    count_table,
    leader_table,
    n_of_methods,
    n_of_sides,
    standing,
)
from xai_bench.results import Cell
from xai_bench.results.study_tables import StudyResult, read_study
from xai_bench.studies.replication import SCHEMA, replication

NAMES = {"a": "amplitude", "b": "gradcam", "c": "saliency", "d": "native"}


def _cells() -> list[Cell]:
    """One metric whose order stays, and one whose last two change places on fold 9."""
    made = []
    for metric, family, nine in (
        ("deletion", "faithfulness", "abcd"),
        ("mprt", "randomisation", "abdc"),
    ):
        options = {"metric": metric, "family": family}
        made += fold_cells("abcd", 10, **options) + fold_cells(nine, 9, **options)
        made += fold_cells("abcd", 10, model="imn-seed1", **options)
    return [replace(one, method=NAMES[one.method]) for one in made]


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return replication(_cells())


def test_sentences_count_the_signs(result: StudyResult) -> None:
    assert findings(result) == [
        "imn: of 12 pairs (2 metrics, 4 methods and controls; n = 16 on each side, by metric "
        "and pair) 12 are apart on imn on fold 10 of synthetic; of these are apart in the same "
        "order 11 on imn on fold 9 of synthetic (1 in the other order) and 12 on imn-seed1 on fold "
        "10 of synthetic (0 in the other order).",
        "imn: 11 of 12 orders hold on all 3 sides; 0 are apart on some of them and nowhere the "
        "other way round, 1 are reversed, 0 are apart only when all recordings are taken together, "
        "0 never.",
        "imn: reversed are native and saliency (mprt, n = 16, 16, 16).",
        "imn, on all sides (n is of each): native leads in deletion (n = 16); no method leads in 1 "
        "of 2 metrics.",
    ]


def test_a_leader_is_ahead_of_every_method_on_all_sides(result: StudyResult) -> None:
    of = dict(iter(result.table.groupby("metric")))
    assert standing(of["deletion"]) == ("native", ["native"], ["native"])
    assert standing(of["mprt"]) == ("", ["native", "saliency"], ["native", "saliency"])
    no_amplitude = of["deletion"][of["deletion"]["second"] != "amplitude"]
    assert standing(no_amplitude) == ("native", ["native"], [])
    table = markdown_table(leader_table(result))
    assert "| faithfulness | deletion ↓ | **native** | 16 |" in table
    assert "| randomisation | mprt ↓ | none (native, saliency) | 16 |" in table


def test_fewer_recordings_of_a_metric_are_said_wherever_it_is() -> None:
    """16 on each side of deletion; 16, 11 and 16 of mprt, and fewer yet with the control."""
    made = []
    for one in _cells():
        table = one.scores
        assert table is not None
        if one.protocol == "v1-fold9" and set(table["metric"]) == {"mprt"}:
            kept = table.iloc[8 if one.method == "amplitude" else 5 :]
            one = replace(one, load=partial(pd.DataFrame, kept))
        made.append(one)
    found = replication(made)
    of_mprt = found.table[found.table["metric"] == "mprt"]
    assert (n_of_methods(of_mprt), n_of_sides(of_mprt)) == ("16, 11, 16", "16, 8–11, 16")
    assert "| mprt ↓ | none (native, saliency) | 16, 11, 16 |" in markdown_table(
        leader_table(found)
    )
    assert "| imn | mprt | 16, 8–11, 16 | 6 |" in markdown_table(count_table(found))
    assert "n = 8 to 16 on each side" in findings(found)[0]


def test_the_folder_is_read_back_and_rendered_alike(result: StudyResult, tmp_path: Path) -> None:
    write_replication(result, tmp_path, command="xai-bench replicate runs")
    written = read_study(tmp_path, SCHEMA)
    page = (tmp_path / "README.md").read_text()
    assert page == render(written)
    assert "## Pairs that change places" in page
    assert "| imn | mprt | native | saliency | +-+ | 16, 16, 16 |" in page
    assert "Made by `xai-bench replicate runs`." in page
    assert (tmp_path / "replicated.png").stat().st_size > 1000


def test_bars_are_the_shares_of_pairs(result: StudyResult) -> None:
    (axes,) = draw_replication(result.table).axes
    widths = [bar.get_width() for bar in axes.patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([1, 0, 0, 0, 0, 5 / 6, 0, 1 / 6, 0, 0])
    assert [text.get_text() for text in axes.texts] == ["6", "5", "1"]
