"""Figures show the numbers of the table, and the same ones each time."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from tests.report.drawn import check_printable
from tests.studies.stability.made_up import MODELS
from xai_bench.report.figures.style import ordered, style
from xai_bench.report.stability.figure_parts import boxes
from xai_bench.report.stability.figures import FIGURES
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.stability.schema import FLOORS, QUESTIONS


@pytest.fixture(scope="module")
def study(found: StabilityFindings) -> StudyResult:
    return found.result


def _draw(study: StudyResult, question: str) -> Figure:
    rows = (part[part["question"] == question] for part in (study.scores, study.table))
    return FIGURES[question](*rows)


def _rows(study: StudyResult, **of: object) -> pd.DataFrame:
    found = study.table
    for name, value in {"given": "all", "measure": "spearman", "model": "imn", **of}.items():
        found = found[found[name] == value]
    return found


def _strips(figure: Figure) -> list[SubFigure]:
    return list(figure.subfigs)


def _drawn(axes: Axes) -> Iterator[tuple[str, list[float]]]:
    """Colour and heights of every line with a marker."""
    for line in axes.lines:
        if line.get_marker() not in ("None", ".", None):
            yield str(line.get_color()), [float(y) for y in np.asarray(line.get_ydata())]


@pytest.mark.slow
def test_every_question_has_a_figure_with_a_strip_for_each_model(study: StudyResult) -> None:
    assert list(FIGURES) == list(QUESTIONS)
    for question in FIGURES:
        figure = _draw(study, question)
        check_printable(figure)
        named = [strip.get_suptitle().split(" ")[0] for strip in _strips(figure)]
        assert named == list(MODELS)


@pytest.mark.slow
def test_curves_over_noise_are_the_means_of_the_table(study: StudyResult) -> None:
    strip = _strips(_draw(study, "input"))[0]
    (axes,) = (axes for axes in strip.axes if axes.get_title() == "white noise")
    assert [text.get_text() for text in axes.get_xticklabels()] == ["30", "20", "10"]
    drawn = dict(_drawn(axes))
    for method in ("native", "saliency", "amplitude"):
        rows = _rows(study, condition="white noise", method=method)
        means = rows.sort_values("level", ascending=False)["value"]
        np.testing.assert_allclose(drawn[style(method).colour], means)
    of_all = [height for heights in drawn.values() for height in heights]
    room = axes.get_ylim()[1] - axes.get_ylim()[0]
    assert max(of_all) - min(of_all) > 0.4 * room, "axes have the range of the values"


def test_the_floor_is_said_below(study: StudyResult) -> None:
    figure = _draw(study, "input")
    floors = select(study.table, measure="spearman", given="all", condition=FLOORS["input"])
    ends = f"{floors['value'].min():.2f} to {floors['value'].max():.2f}"
    assert f"map of another recording: {ends}." in figure.get_supxlabel().replace("\n", " ")


def test_dots_are_the_conditions_without_levels(study: StudyResult) -> None:
    axes = _strips(_draw(study, "input"))[0].axes[-1]
    names = [text.get_text().replace("\n", " ") for text in axes.get_xticklabels()]
    assert names == ["gain +10 %", "gain -10 %", "lead swap", "via 500 Hz and back"]
    native = [heights[0] for colour, heights in _drawn(axes) if colour == style("native").colour]
    for place, of in ((0, {"condition": "gain", "level": 10}), (2, {"condition": "lead swap"})):
        (mean,) = _rows(study, method="native", **of)["value"]
        assert native[place] == pytest.approx(mean)


def test_a_cascade_starts_at_the_trained_net(study: StudyResult) -> None:
    cascade, alone = _strips(_draw(study, "weights"))[0].axes
    for method in ("native", "gradcam"):
        heights = dict(_drawn(cascade))[style(method).colour]
        rows = _rows(study, condition="cascade", method=method).sort_values("level")
        np.testing.assert_allclose(heights, [1, *rows["value"]])
        rows = _rows(study, condition="independent", method=method).sort_values("level")
        np.testing.assert_allclose(dict(_drawn(alone))[style(method).colour], rows["value"])
    assert [text.get_text() for text in alone.get_xticklabels()][::5] == ["head", "stem"]


def test_heat_map_and_bars_show_the_table(study: StudyResult) -> None:
    heat, bars = _strips(_draw(study, "methods"))[0].axes
    shown = {text.get_text() for text in heat.texts}
    pairs = _rows(study, condition="pair")
    assert {f"{mean:.2f}" for mean in pairs["value"]} <= shown
    names = [text.get_text() for text in bars.get_yticklabels()]
    assert names[-1] == "all agree"
    drawn = [bar.get_width() for bar in bars.patches if isinstance(bar, Rectangle)]
    wide = dict(zip(names, drawn, strict=True))
    rows = _rows(study, measure="single in evidence", method="gradcam")
    assert wide["gradcam"] == pytest.approx(rows["value"].iloc[0])
    assert names[:-1] == ordered(names[:-1])
    assert [text.get_text() for text in heat.get_yticklabels()] == ordered(
        [*pairs["method"], *pairs["against"]]
    )


def test_without_planted_evidence_the_heat_map_stands_alone(study: StudyResult) -> None:
    table = study.table[study.table["condition"] == "pair"]
    heat, bars = FIGURES["methods"](study.scores, table).subfigs[0].axes
    assert heat.texts
    assert not bars.patches


def test_boxes_are_quartiles_at_their_places() -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        {
            "part": np.repeat(["P", "T"], 80),
            "kind": np.tile(["a", "b"], 80),
            "score": rng.uniform(size=160),
        }
    )
    rows.loc[(rows["part"] == "T") & (rows["kind"] == "a"), "score"] = np.nan
    axes = Figure().subplots()
    boxes(axes, rows, x="part", order=["P", "T"], hue="kind", palette={"a": "red", "b": "blue"})
    medians = {
        float(np.mean(np.asarray(line.get_xdata()))): float(np.asarray(line.get_ydata())[0])
        for line in axes.lines
        if line.get_linewidth() == 1.6
    }
    groups = {-0.21: ("P", "a"), 0.21: ("P", "b"), 1.21: ("T", "b")}
    assert sorted(medians) == pytest.approx(sorted(groups))
    for place, (part, kind) in groups.items():
        mine = rows[(rows["part"] == part) & (rows["kind"] == kind)]["score"]
        found = medians[min(medians, key=lambda x: abs(x - place))]
        assert found == pytest.approx(mine.median())


def test_boxes_of_seeds_are_means_over_pairs_of_nets(study: StudyResult) -> None:
    axes = _strips(_draw(study, "initialisations"))[0].axes[0]
    rows = study.scores[
        (study.scores["condition"] == "same net")
        & (study.scores["measure"] == "spearman")
        & (study.scores["model"] == "imn")
    ]
    each = rows.groupby(["method", "record_id"], sort=False)["score"].mean()
    medians = [
        float(np.asarray(line.get_ydata())[0]) for line in axes.lines if line.get_linewidth() == 1.6
    ]
    for expected in each.groupby("method").median():
        assert min(abs(expected - found) for found in medians) < 1e-9


def test_a_dashed_line_at_each_box_is_the_floor_of_its_beats(study: StudyResult) -> None:
    axes = _strips(_draw(study, "beats"))[0].axes[0]
    drawn = sorted(
        float(np.asarray(line.get_ydata())[0]) for line in axes.lines if line.is_dashed()
    )
    floors = _rows(study, condition=FLOORS["beats"])["value"]
    expected = sorted([*floors, 0.0])  # and the line at zero
    np.testing.assert_allclose(drawn, expected)


@pytest.mark.slow
@pytest.mark.parametrize("question", ["initialisations", "beats"])
def test_a_figure_is_the_same_each_time(study: StudyResult, question: str) -> None:
    made = []
    for _ in range(2):
        content = io.BytesIO()
        _draw(study, question).savefig(content, format="png", dpi=50)
        made.append(content.getvalue())
    assert made[0] == made[1]
