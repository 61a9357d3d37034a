"""The figures show what the tables say, one a question."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from tests.report.drawn import check_printable
from xai_bench.presets import PRESETS
from xai_bench.report.figures.style import ordered, style
from xai_bench.report.native_audit.figures import PICTURES, draw_question, questions_drawn
from xai_bench.report.native_audit.findings import finding
from xai_bench.report.native_audit.shown import METHODS
from xai_bench.report.native_audit.tables import estimates_of
from xai_bench.results.study_tables import StudyResult


def _panels(figure: Figure) -> dict[str, Axes]:
    """By title, in the order of the page."""
    return {panel.get_title(loc="left"): panel for panel in figure.get_axes()}


def _value(result: StudyResult, model: str, quantity: str) -> float:
    return float(estimates_of(result.table)[model, "native", quantity]["value"])


def _scores(result: StudyResult, model: str, quantity: str) -> np.ndarray:
    assert result.scores is not None
    of_model = result.scores[result.scores["model"] == model]
    chosen = (of_model["quantity"] == quantity) & (of_model["method"] == "native")
    return of_model.loc[chosen, "score"].to_numpy()


def _at(panel: Axes, marker: str) -> list[float]:
    """Where the dots of one marker are; the legend's own have no place."""
    places = [np.asarray(line.get_xdata()) for line in panel.lines if line.get_marker() == marker]
    return [float(place[0]) for place in places if len(place)]


def _without(table: pd.DataFrame, quantities: Sequence[str], reason: str) -> pd.DataFrame:
    table = table.copy()
    chosen = table["quantity"].isin(quantities)
    table.loc[chosen, ["value", "ci_low", "ci_high"]] = float("nan")
    table.loc[chosen, "reason"] = reason
    return table


def test_a_figure_a_question_with_its_finding_above(result: StudyResult) -> None:
    assert questions_drawn(result.table) == list(PICTURES)
    for number in PICTURES:
        figure = draw_question(result.table, result.scores, number)
        said = [text.get_text().replace("\n", " ") for text in figure.texts]
        assert finding(result.table, number) in said
        (note,) = (text for text in said if text.startswith("n = "))
        assert "recordings a net" in note
        assert "95 % intervals, bootstrap over patients" in note
        check_printable(figure)


def test_the_third_shows_every_net_and_its_recordings(result: StudyResult) -> None:
    panels = _panels(draw_question(result.table, result.scores, 3))
    assert {"two", "five"} <= set(panels)
    (scatter,) = (line for line in panels["two"].lines if line.get_marker() == "o")
    for data, quantity in ((scatter.get_xdata(), "frozen"), (scatter.get_ydata(), "true")):
        np.testing.assert_allclose(np.asarray(data), _scores(result, "two", f"top5_{quantity}"))


def test_without_scores_of_recordings_there_are_none_of_them(result: StudyResult) -> None:
    panels = _panels(draw_question(result.table, None, 3))
    assert "two" not in panels
    assert _at(panels["Is W the slope of the net?"], "o")


def test_dots_are_values_by_net(result: StudyResult) -> None:
    panel = _panels(draw_question(result.table, None, 1))["Which part classifies?"]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["two", "five"]
    for marker, quantity in (("s", "auroc_logit"), ("o", "auroc_terms"), ("D", "auroc_bias")):
        values = [_value(result, model, quantity) for model in ("two", "five")]
        assert _at(panel, marker) == values
    _, labels = panel.get_legend_handles_labels()
    assert labels == ["logit", "Σ W z, shown", "b, not shown"]


def test_what_is_not_defined_is_not_drawn_and_the_note_says_why(result: StudyResult) -> None:
    # A class of `five` has a column of its own.
    alone = _value(result, "two", "column_rank")
    figure = draw_question(result.table, None, 2)
    assert _at(_panels(figure)["How much of the map is left?"], "D") == [alone]
    (note,) = (text.get_text() for text in figure.texts if text.get_text().startswith("n = "))
    said = note.replace("\n", " ")
    assert "single column of five (every class has a column and a logit of its own)" in said


def test_effective_leads_are_shown_as_shares(result: StudyResult) -> None:
    leads = [_value(result, model, "effective_leads") for model in ("two", "five")]
    panel = _panels(draw_question(result.table, None, 5))["On how many does W z stand?"]
    assert _at(panel, "s") == [value / 12 for value in leads]


def test_methods_look_as_they_do_everywhere(result: StudyResult) -> None:
    panel = _panels(draw_question(result.table, None, METHODS))["Segments ranked"]
    handles, labels = panel.get_legend_handles_labels()
    drawn = [name for name in ordered(PRESETS.native_audit.methods) if name in labels]
    assert labels == drawn
    assert "native" in labels
    for handle, name in zip(handles, labels, strict=True):
        assert isinstance(handle, Line2D)
        assert handle.get_marker() == style(name).marker
        assert handle.get_color() == style(name).colour


def test_a_question_without_a_number_has_no_figure(result: StudyResult) -> None:
    twins = ["patch_twin", "patch_evidence", "patch_top", "patch_random"]
    table = _without(result.table, twins, "these recordings have no healthy twins")
    assert questions_drawn(table) == [number for number in PICTURES if number != 7]
    assert finding(table, 7) == ""
    titles = set(_panels(draw_question(table, None, METHODS)))
    assert titles == {"Segments ranked", "Top 5 segments removed"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"a": (0.7, 0.6, 0.8), "b": (0.9, 0.85, 0.95)}, "0.70 (a) to 0.90 (b)"),
        ({"a": (0.7, 0.6, 0.8)}, "correlation of 0.70 with"),
    ],
)
def test_findings_name_the_ends(values: dict[str, tuple[float, ...]], said: str) -> None:
    rows = [
        {"model": model, "method": "native", "quantity": quantity, "value": value}
        | {"ci_low": low, "ci_high": high}
        for model, (value, low, high) in values.items()
        for quantity in ("gauge_rank", "gauge_log_odds")
    ]
    assert said in finding(pd.DataFrame(rows), 2)


def test_findings_count_nets_by_their_intervals() -> None:
    of = {
        "auroc_bias": [(0.6, 0.55), (0.6, 0.45)],
        "auroc_terms": [(0.9, 0.8), (0.9, 0.8)],
        "net_bias_share": [(0.6, 0.4), (0.2, 0.1)],
    }
    rows = [
        {"model": f"net{k}", "method": "native", "quantity": quantity, "value": value}
        | {"ci_low": low, "ci_high": 1.0}
        for quantity, pairs in of.items()
        for k, (value, low) in enumerate(pairs)
    ]
    assert finding(pd.DataFrame(rows), 1) == (
        "b, which no map shows, classifies by itself in 1 of 2 nets (AUROC 0.60), the shown Σ W z "
        "in 2 of 2 (0.90); b is the larger part of the log-odds in 0 of 2"
    )
