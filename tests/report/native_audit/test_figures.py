"""The figures show what the tables say."""

from functools import cache

import numpy as np
from matplotlib.axes import Axes

from tests.studies.native_audit.native_zoo import audit_of_two_and_five
from xai_bench.presets import PRESETS
from xai_bench.report.native_audit.figures import draw
from xai_bench.report.native_audit.tables import estimates_of
from xai_bench.results.study_tables import StudyResult


@cache
def _panels(*, scores: bool = False) -> dict[str, Axes]:
    """By title, in the order of the page."""
    result, _ = audit_of_two_and_five()
    figure = draw(result.table, result.scores if scores else None)
    figure.draw_without_rendering()
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


def test_figures_show_every_net_and_its_recordings(result: StudyResult) -> None:
    panels = _panels(scores=True)
    assert list(panels)[3:5] == ["3  two", "3  five"]
    (scatter,) = (line for line in panels["3  two"].lines if line.get_marker() == "o")
    for data, quantity in ((scatter.get_xdata(), "frozen"), (scatter.get_ydata(), "true")):
        np.testing.assert_allclose(np.asarray(data), _scores(result, "two", f"top5_{quantity}"))
    first = panels["1  Which part classifies?"]
    assert [label.get_text() for label in first.get_yticklabels()] == ["two", "five"]


def test_without_scores_of_recordings_their_panels_are_empty() -> None:
    assert not _panels()["3  two"].lines
    assert _at(_panels()["1  Which part classifies?"], "o")


def test_dots_are_values_by_net(result: StudyResult) -> None:
    panel = _panels()["1  Which part classifies?"]
    for marker, quantity in (("o", "auroc_logit"), ("s", "auroc_terms"), ("D", "auroc_bias")):
        values = [_value(result, model, quantity) for model in ("two", "five")]
        assert _at(panel, marker) == values
    _, labels = panel.get_legend_handles_labels()
    assert labels == ["logit", "Σ W z", "b"]


def test_what_is_not_defined_is_not_drawn(result: StudyResult) -> None:
    # A class of `five` has a column of its own.
    alone = _value(result, "two", "column_rank")
    assert _at(_panels()["2, 6  Same heart, another map?"], "s") == [alone]


def test_effective_leads_are_shown_as_shares(result: StudyResult) -> None:
    leads = [_value(result, model, "effective_leads") for model in ("two", "five")]
    panel = _panels()["5  On how much does W z stand?"]
    assert _at(panel, "o") == [value / 12 for value in leads]


def test_methods_have_a_colour_each() -> None:
    _, labels = _panels()["7  The same by method"].get_legend_handles_labels()
    assert labels == list(PRESETS.native_audit.methods)


def test_recordings_without_twins_leave_the_panel_of_patching_empty(result: StudyResult) -> None:
    """Of real recordings the table has no row of what the twin would be needed for."""
    table = result.table[~result.table["quantity"].str.startswith("patch_top")]
    panels = {axes.get_title(loc="left"): axes for axes in draw(table, None).get_axes()}
    empty = panels["7  The same by method"]
    assert not any(_at(empty, marker) for marker in "osD^vP")
    assert [text.get_text() for text in empty.texts] == [
        "not asked:\nnothing is known of these recordings"
    ]
    assert empty.get_legend() is None
    assert _at(panels["1  Which part classifies?"], "o")
    assert not panels["1  Which part classifies?"].texts


def test_an_empty_panel_says_why(result: StudyResult) -> None:
    table = result.table.copy()
    of_twins = table["quantity"].str.startswith("patch")
    table.loc[of_twins, ["value", "ci_low", "ci_high"]] = float("nan")
    table.loc[of_twins, "reason"] = "these recordings have no healthy twins"
    panels = {axes.get_title(loc="left"): axes for axes in draw(table, None).get_axes()}
    (text,) = panels["7  Samples taken from the healthy twin"].texts
    assert text.get_text() == "not asked:\nthese recordings have no healthy twins"
