"""Methods are told apart wherever they are drawn, with and without colour."""

from __future__ import annotations

import pytest

from xai_bench.methods import METHODS
from xai_bench.report.figures.style import CONTROL, ordered, style


def test_no_two_methods_look_alike() -> None:
    drawn = {name: style(name) for name in METHODS}
    assert len({(look.colour, look.marker) for look in drawn.values()}) == len(METHODS)


def test_the_usual_methods_differ_in_their_markers_alone() -> None:
    usual = (
        "native",
        "input-x-gradient",
        "saliency",
        "gradcam",
        "ig-16",
        "lrp-composite",
        "occlusion",
    )
    assert len({style(name).marker for name in usual}) == len(usual)
    assert len({style(name).colour for name in usual}) == len(usual)


def test_controls_and_nothing_else_are_grey() -> None:
    grey = {name for name in METHODS if style(name).colour == CONTROL}
    assert grey == {name for name, method in METHODS.items() if method.control}
    assert style("native@untrained").colour == CONTROL
    assert style("native@untrained") == style("native@untrained")


@pytest.mark.parametrize("name", ["mine", "native-of-tomorrow", "mine@untrained", "x@untrained"])
def test_any_name_has_a_style_that_never_changes(name: str) -> None:
    look = style(name)
    assert look == style(name)
    assert look.control == ("@" in name) == (look.colour == CONTROL)


def test_a_registered_method_without_a_place_in_the_palette_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(METHODS, "mine", METHODS["saliency"])
    assert not style("mine").control


def test_methods_have_one_order() -> None:
    names = ["random", "mine", "ig", "native@untrained", "saliency", "native", "amplitude", "ig"]
    expected = ["native", "saliency", "ig", "mine", "native@untrained", "amplitude", "random"]
    assert ordered(names) == expected
    assert ordered(reversed(expected)) == expected
