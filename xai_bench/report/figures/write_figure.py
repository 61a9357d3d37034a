"""The one way in which figures become files: words of theirs are taken as they stand."""

from __future__ import annotations

import warnings
from io import BytesIO, StringIO
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text

from xai_bench.printable import printable

__all__ = ["write_figure"]

_OF_A_LOGARITHMIC_AXIS = r"$\mathdefault{"


def write_figure(figure: Figure, into: BytesIO | StringIO, **how: Any) -> None:
    """Draw a figure into a file, as `Figure.savefig` does.

    A name with two dollars in it (of a recording, a class, a model) is no formula, which might end
    in an error; what no letter is drawn for is left blank without a word. What is no letter is
    drawn as its escape, as an SVG that has it in a comment is read by nothing.
    """
    for words in figure.findobj(Text):
        assert isinstance(words, Text)
        text = words.get_text()  # none yet of numbers along an axis
        words.set_text(_printable_lines(text))
        words.set_parse_math(not text or text.startswith(_OF_A_LOGARITHMIC_AXIS))
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="Glyph .* missing from font", category=UserWarning
        )
        if how.get("format") != "svg":
            figure.savefig(into, **how)
            return
        content = StringIO()
        figure.savefig(content, **how)
    # Names along an axis are set while it is drawn, and stand in a comment beside their letters.
    shown = _printable_lines(content.getvalue())
    if isinstance(into, StringIO):
        into.write(shown)
    else:
        into.write(shown.encode())


def _printable_lines(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
