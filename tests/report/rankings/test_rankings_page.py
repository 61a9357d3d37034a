"""Rankings as people read them: sentences, tables and a map that say what the numbers say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from tests.report.drawn import check_printable
from tests.studies.rankings.orders_of_methods import ordered_cells
from xai_bench.errors import InputError
from xai_bench.report.markdown import markdown_table
from xai_bench.report.rankings.figures import draw_rankings
from xai_bench.report.rankings.findings import findings
from xai_bench.report.rankings.page import read_rankings, render, write_rankings
from xai_bench.report.rankings.tables import (
    data_table,
    family_table,
    metric_table,
    missing_table,
    swap_table,
)
from xai_bench.results import Cell
from xai_bench.studies.rankings import Rankings, rankings

GOOD = {"auroc": 0.93, "ci_low": 0.9, "ci_high": 0.96, "verdict": "ok", "n": 120}


def _cells() -> list[Cell]:
    """Of two nets one keeps all orders; of the other one metric turns round. A third metric is
    scored on one side alone."""
    cells = []
    for model in ("imn", "net"):
        for metric, family in (("deletion", "faithfulness"), ("mprt", "randomisation")):
            turned = model == "net" and metric == "mprt"
            options = {"model": model, "metric": metric, "family": family, "quality": GOOD}
            cells += ordered_cells("abcde", "synthetic", **options)  # type: ignore[arg-type]
            cells += ordered_cells("edcba" if turned else "abcde", "ptb", **options)  # type: ignore[arg-type]
    return cells + ordered_cells("abcde", "synthetic", metric="roc_auc", family="localisation")


@pytest.fixture(scope="module")
def found() -> Rankings:
    return rankings(_cells())


def test_sentences_say_the_counts(found: Rankings) -> None:
    said = findings(found.result, found.pairs)
    assert said[0] == (
        "From synthetic to ptb: of 4 orders of methods (2 metrics, 2 nets, 5 methods, n = 16 and "
        "16) 3 hold (interval of τ above 0, some pair certain, no certain swap), 0 hold but for "
        "methods that swap with certainty, 1 change (a certain swap, and an interval that reaches "
        "0) and 0 are not "
        "known."
    )
    assert said[1] == (
        "From synthetic to ptb, mean τ over metrics: imn 1.00 [1.00, 1.00], net 0.00 [0.00, 0.00]; "
        "above 0 by its interval for 1 of the 2 nets that can be relied on there."
    )
    assert said[2] == (
        "From synthetic to ptb: random halves of the first agree with τ 1.00, of the second 1.00, "
        "a half of one with a half of the other 0.50 (mean over nets and metrics); it is lower by "
        "more than 0.1 than the lower of the two for net."
    )
    assert said[3:5] == [
        "From synthetic to ptb, the order holds for every net in deletion (τ 1.00, 2 nets).",
        "From synthetic to ptb, methods swap with certainty in mprt (1 of 2 nets).",
    ]
    assert said[5].startswith(
        "From synthetic to ptb: of 40 pairs of methods 40 are apart on both data sets, by interval "
        "and Holm's p; 30 of them keep their places and 10 swap. Most often: a and b (1), "
    )
    assert len(said) == 6


def _one_bad_net() -> list[Cell]:
    """As `_cells`, but the net whose orders all stay classifies badly on the second data set."""
    bad = GOOD | {"ci_low": 0.6, "verdict": "unreliable"}
    return [
        replace(one, provenance=one.provenance | {"quality": bad})
        if (one.model, one.dataset) == ("imn", "ptb")
        else one
        for one in _cells()
    ]


def test_nets_that_classify_badly_are_marked_and_in_no_count() -> None:
    found = rankings(_one_bad_net())
    said = findings(found.result, found.pairs)
    assert said[0] == (
        "From synthetic to ptb imn classifies too badly on one of the two (‡): 2 orders of methods "
        "are in no count here."
    )
    assert said[1].startswith("From synthetic to ptb: of 2 orders of methods (2 metrics, 1 net,")
    assert "imn‡ 1.00 [1.00, 1.00]" in said[2]
    assert said[2].endswith(
        "above 0 by its interval for 0 of the 1 net that can be relied on there."
    )
    assert any("of 20 pairs of methods 20 are apart" in line for line in said)
    page = render(found)
    assert "| synthetic and ptb | imn‡ |" in page
    assert "| deletion | imn‡ |" in page
    assert "‡: classifies too badly" in page
    labels = [text.get_text() for text in draw_rankings(found.result).axes[0].get_yticklabels()]
    assert labels == ["imn‡", "net"]


def test_recordings_that_both_data_sets_have_are_said() -> None:
    """Of sixteen planted recordings twelve are of recordings that were scored as they are too,
    two of them of one."""
    cells = ordered_cells("abcde", "ptb")
    for one in ordered_cells("abcde", "planted-ptb"):
        table = one.scores
        assert table is not None
        ids = ["ptb-r1+IMI", *(f"ptb-r{k}+AMI" if k < 8 else f"ptb-r{k}" for k in range(1, 12))]
        ids += ["x", "y", "z", "w"]
        cells.append(one.with_scores(table.assign(record_id=ids)))
    found = rankings(cells)
    (shared,) = found.result.facts["shared"]
    assert shared == {"first": "planted-ptb", "second": "ptb", "model": "imn"} | {
        "planted": 12,
        "backgrounds": 11,
    }
    assert (
        "From planted-ptb to ptb: of each net 12 planted recordings are of 11 recordings that are "
        "scored as they are too, so that agreement between the two is not independent."
    ) in findings(found.result, found.pairs)


def test_other_data_sets_share_nothing_whatever_their_recordings_are_called() -> None:
    cells = ordered_cells("abc", "synthetic")
    cells += [replace(one, dataset="georgia") for one in ordered_cells("abc", "synthetic")]
    assert not rankings(cells).result.facts["shared"]


def test_nothing_to_compare_is_said() -> None:
    cells = [
        *ordered_cells("abcde", "synthetic", metric="deletion"),
        *ordered_cells("abcde", "geo", metric="deletion"),
        *ordered_cells("abcde", "ptb", metric="mprt"),
    ]
    few = rankings(cells)
    sentences = findings(few.result, few.pairs)
    assert "From synthetic to ptb nothing is known: not scored on ptb." in sentences
    assert "## Not compared" in render(few)


def test_no_page_of_nothing(tmp_path: Path) -> None:
    cells = ordered_cells("abcde", "synthetic", metric="deletion")
    cells += ordered_cells("abcde", "ptb", metric="mprt")
    with pytest.raises(InputError, match="From synthetic to ptb nothing is known: not scored on"):
        write_rankings(rankings(cells), tmp_path / "out", command="xai-bench rankings runs")
    assert not (tmp_path / "out").exists()


def test_tables_hold_every_number_of_the_study(found: Rankings) -> None:
    table = found.result.table
    lines = markdown_table(family_table(found.result)).splitlines()
    assert lines[0].startswith("| data sets | net | all metrics | faithfulness | randomisation |")
    assert lines[3] == (
        "| synthetic and ptb | net | 0.00 (0.00 – 0.00) | 1.00 (1.00 – 1.00) | "
        "-1.00 (-1.00 – -1.00) | 1.00 | 1.00 | 0.00 | 10 / 10 / 20 |"
    )
    by_metric = markdown_table(metric_table(found.result))
    assert "| mprt | net | -1.00 (-1.00 – -1.00) | 1.00 | 1.00 | -1.00 | 0 / 10 / 10 | 5 | 16 | 16 | changes |" in by_metric  # fmt: skip  # noqa: E501
    assert len(swap_table(found.pairs).rows) == 10
    assert "not scored on ptb | roc\\_auc | imn |" in markdown_table(missing_table(table))
    assert "| ptb | net | 16 | 120 | 0.93 (0.90 – 0.96) | ok |" in markdown_table(
        data_table(found.result)
    )


def test_the_map_shows_every_tau(found: Rankings) -> None:
    figure = draw_rankings(found.result)
    (axes,) = figure.axes
    texts = {text.get_text(): text for text in axes.texts}
    assert sorted(text.get_text() for text in axes.texts) == ["-1.00†", "1.00", "1.00", "1.00"]
    assert texts["1.00"].get_fontweight() == "bold"
    assert texts["-1.00†"].get_fontweight() == "normal"
    squares = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    assert len(squares) == 4
    assert len(axes.patches) == 5, "one with a black corner"
    check_printable(figure)


def test_what_is_written_is_what_is_read(found: Rankings, tmp_path: Path) -> None:
    write_rankings(found, tmp_path, command="xai-bench rankings runs")
    read = read_rankings(tmp_path)
    for mine, theirs in ((found.result.table, read.result.table), (found.pairs, read.pairs)):
        pd.testing.assert_frame_equal(
            mine.reset_index(drop=True), theirs, check_dtype=False, rtol=1e-5
        )
        assert list(theirs.columns) == list(mine.columns)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == render(read)
    assert "Made by `xai-bench rankings runs`." in render(read)
    written = {path.name for path in tmp_path.iterdir()}
    expected = {"README.md", "rankings.csv", "rankings.json", "pairs.parquet", "rankings.png"}
    assert written == expected
