"""What is shown is there."""

from xai_bench.report.native_audit.shown import METHODS, SHOWN
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS


def test_every_quantity_that_is_shown_is_one() -> None:
    named = {*SHOWN.summary, *SHOWN.by_method}
    named |= {line.quantity for panel in SHOWN.panel for line in panel.lines}
    assert named <= set(QUANTITIES)


def test_a_panel_has_lines() -> None:
    assert [panel.question for panel in SHOWN.panel if panel.question not in QUESTIONS] == [
        METHODS
    ] * len(SHOWN.panels(METHODS))
    assert all(SHOWN.panels(number) for number in QUESTIONS)
    for panel in SHOWN.panel:
        assert bool(panel.series) != bool(panel.of_methods)
