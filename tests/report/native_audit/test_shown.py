"""What is shown is there."""

from xai_bench.report.native_audit.shown import SHOWN
from xai_bench.studies.native_audit.quantities import QUANTITIES


def test_every_quantity_that_is_shown_is_one() -> None:
    named = {*SHOWN.summary, *SHOWN.by_method}
    named |= {line.quantity for panel in SHOWN.panel for line in panel.lines}
    assert named <= set(QUANTITIES)


def test_a_panel_has_lines() -> None:
    assert len(SHOWN.panel) % 3 == 0
    for panel in SHOWN.panel:
        assert bool(panel.series) != bool(panel.of_methods)
