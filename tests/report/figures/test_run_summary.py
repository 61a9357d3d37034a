"""A run on one page: ranks with ties, colour from floor to best, controls apart, trust in grey."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tests.report.drawn import check_printable
from tests.report.leaderboards import CARDS, NAN, board, row
from xai_bench.errors import InputError
from xai_bench.report.figures.run_summary import run_summaries, write_summaries
from xai_bench.report.figures.style import HIGH

AUDITED = frozenset({"sensitivity", "mass"})
TABLE = board(
    row("ig", "sensitivity", 0.1, place=1.0, floor="random"),
    row("saliency", "sensitivity", 0.3, place=0.5, floor="random"),
    row("gradcam", "sensitivity", 0.6, place=-0.25, floor="random", not_better_than="amplitude"),
    row("random", "sensitivity", 0.5),
    row("ig", "mass", 0.4, skill=0.3, flags="sign"),
    row("saliency", "mass", 0.4, skill=0.3, flags="sign"),
    row("gradcam", "mass", NAN, flags="sign"),
    row("ig", "p50", 0.001),
)


def _ranked() -> list[tuple[str, str, Figure]]:
    table = TABLE.copy()
    ranks = {
        ("ig", "sensitivity"): 1,
        ("saliency", "sensitivity"): 2,
        ("gradcam", "sensitivity"): 3,
    }
    ranks |= {("ig", "mass"): 1, ("saliency", "mass"): 1}
    keys = zip(table["method"], table["metric"], strict=True)
    table["rank"] = [ranks.get((str(method), str(metric)), NAN) for method, metric in keys]
    return list(run_summaries(table, CARDS, AUDITED))


def test_ranks_ties_rings_and_what_has_no_score() -> None:
    ((dataset, protocol, figure),) = _ranked()
    assert (dataset, protocol) == ("synthetic", "0a1b")
    check_printable(figure)
    (axes,) = figure.axes
    said = [text.get_text() for text in axes.texts]
    assert [text for text in said if text in ("1", "2", "3", "1=", "–", "")] == [
        *("1=", "2", "–", "3", "1=", "1", "–", ""),  # saliency, gradcam, ig, random
    ]
    order = [text for text in said if text in ("ig", "saliency", "gradcam", "random")]
    assert order == ["saliency", "gradcam", "ig", "random"]
    assert "relevance mass\N{NO-BREAK SPACE}↑\N{NO-BREAK SPACE}†" in said
    assert not any("seconds" in text for text in said), "what a method costs is no rank"
    rings = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(rings) == 1
    assert "Most often first where metrics are trusted: ig on imn (1 of 1)" in (
        figure.texts[0].get_text().replace("\n", " ")
    )


def test_colour_is_the_way_from_the_floor_to_the_best_and_grey_without_trust() -> None:
    ((_, _, figure),) = _ranked()
    squares = [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    colours = [to_rgb(one.get_facecolor()) for one in squares]
    assert to_rgb(HIGH) in colours
    greys = [colour for colour in colours if max(colour) - min(colour) < 1e-6]
    assert len(greys) == 2, "the two scores of the metric that is not trusted"


@pytest.mark.parametrize("suffix", ["pdf", "svg", "png"])
def test_it_is_written_as_its_name_says(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    assert write_summaries(TABLE, CARDS, AUDITED, path) == [path]
    head = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}[suffix]
    assert path.read_bytes().startswith(head)


def test_two_data_sets_are_two_files(tmp_path: Path) -> None:
    table = board(row("ig", "mass", 0.4), row("ig", "mass", 0.5, dataset="other"))
    found = write_summaries(table, CARDS, AUDITED, tmp_path / "a.png")
    assert [path.name for path in found] == ["a.png", "a-2.png"]


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="suffix is '.doc'"):
        write_summaries(TABLE, CARDS, AUDITED, tmp_path / "a.doc")
    with pytest.raises(InputError, match="nothing that was chosen has a score"):
        write_summaries(board(row("ig", "p50", 0.1)), CARDS, AUDITED, tmp_path / "a.png")
