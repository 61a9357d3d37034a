"""The figures show what the answers say."""

import numpy as np
from matplotlib.axes import Axes

from xai_bench.presets import PRESETS
from xai_bench.report.native_audit.figures import draw
from xai_bench.report.native_audit.tables import estimates_of
from xai_bench.results.study_tables import StudyResult


def test_figures_show_every_net(result: StudyResult) -> None:
    figure = draw(result.table, result.scores)
    figure.draw_without_rendering()
    axes = figure.get_axes()
    titles = [panel.get_title(loc="left") for panel in axes]
    assert titles[3:5] == ["3  two", "3  five"]
    (scatter,) = (line for line in axes[3].lines if line.get_marker() == "o")
    frozen = _scores(result, "two", "top5_frozen")
    np.testing.assert_allclose(np.asarray(scatter.get_xdata()), frozen)
    np.testing.assert_allclose(np.asarray(scatter.get_ydata()), _scores(result, "two", "top5_true"))
    names = [label.get_text() for label in axes[0].get_yticklabels()]
    assert names == ["two", "five"]


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


def test_dots_are_values_by_net(result: StudyResult) -> None:
    panel = draw(result.table, result.scores).get_axes()[0]
    for marker, quantity in (("o", "auroc_logit"), ("s", "auroc_terms"), ("D", "auroc_bias")):
        values = [_value(result, model, quantity) for model in ("two", "five")]
        assert _at(panel, marker) == values
    _, labels = panel.get_legend_handles_labels()
    assert labels == ["logit", "Σ W z", "b"]


def test_what_is_not_defined_is_not_drawn(result: StudyResult) -> None:
    panels = {
        panel.get_title(loc="left"): panel for panel in draw(result.table, result.scores).get_axes()
    }
    # A class of `five` has a column of its own.
    alone = _value(result, "two", "column_rank")
    assert _at(panels["2, 6  Same heart, another map?"], "s") == [alone]


def test_without_scores_of_recordings_their_panels_are_empty(result: StudyResult) -> None:
    panels = {panel.get_title(loc="left"): panel for panel in draw(result.table, None).get_axes()}
    assert not panels["3  two"].lines
    assert _at(panels["1  Which part classifies?"], "o")


def test_lengths_are_shown_as_shares(result: StudyResult) -> None:
    figure = draw(result.table, None)
    (panel,) = (p for p in figure.get_axes() if p.get_title(loc="left").startswith("5  "))
    leads = [_value(result, model, "effective_leads") for model in ("two", "five")]
    assert _at(panel, "o") == [value / 12 for value in leads]


def test_methods_have_a_colour_each(result: StudyResult) -> None:
    figure = draw(result.table, None)
    (panel,) = (p for p in figure.get_axes() if p.get_title(loc="left").startswith("7  The same"))
    assert panel.get_legend_handles_labels()[1] == list(PRESETS.native_audit.methods)
