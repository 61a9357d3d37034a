"""The figures show what the answers say."""

import numpy as np
from matplotlib.axes import Axes

from xai_bench.report.native_audit.figures import draw
from xai_bench.studies.native_audit import Audit


def test_figures_show_every_net(found: Audit) -> None:
    figure = draw(found)
    figure.draw_without_rendering()
    axes = figure.get_axes()
    titles = [panel.get_title(loc="left") for panel in axes]
    assert titles[3:5] == ["3  two", "3  five"]
    (scatter,) = (line for line in axes[3].lines if line.get_marker() == "o")
    frozen = found.answer("two", "top5_frozen").each
    assert frozen is not None
    np.testing.assert_allclose(np.asarray(scatter.get_xdata()), frozen)
    names = [label.get_text() for label in axes[0].get_yticklabels()]
    assert names == ["two", "five"]


def _at(panel: Axes, marker: str) -> list[float]:
    """Where the dots of one marker are; the legend's own have no place."""
    places = [np.asarray(line.get_xdata()) for line in panel.lines if line.get_marker() == marker]
    return [float(place[0]) for place in places if len(place)]


def test_dots_are_values_by_net(found: Audit) -> None:
    panel = draw(found).get_axes()[0]
    for marker, quantity in (("o", "auroc_logit"), ("s", "auroc_terms"), ("D", "auroc_bias")):
        values = [found.answer(model, quantity).value for model in ("two", "five")]
        assert _at(panel, marker) == values
    _, labels = panel.get_legend_handles_labels()
    assert labels == ["logit", "Σ W z", "b"]


def test_what_is_not_defined_is_not_drawn(found: Audit) -> None:
    panels = {panel.get_title(loc="left"): panel for panel in draw(found).get_axes()}
    # A class of `five` has a column of its own.
    alone = found.answer("two", "column_rank").value
    assert _at(panels["2, 6  Same heart, another map?"], "s") == [alone]
