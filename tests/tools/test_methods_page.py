"""Every method has a section that says what it costs and where it is from."""

from __future__ import annotations

import re
from pathlib import Path

from tools.methods_page import methods_page
from xai_bench.methods import METHODS

ROOT = Path(__file__).parents[2]


def test_every_method_has_a_section_with_its_passes_and_source() -> None:
    page = methods_page(ROOT)
    sections = dict(re.findall(r"^##+ `([^`]+)`\n\n(.*?)(?=^#|\Z)", page, re.DOTALL | re.MULTILINE))
    assert set(sections) == set(METHODS)
    assert "*32 passes; needs a gradient; [source" in sections["ig-16"]
    assert "W \\* z, for two outputs (W1 - W0) \\* z" in sections["native"]
    sources = page.partition("## Sources\n\n")[2].splitlines()
    assert [line.partition(".")[0] for line in sources] == [
        str(number) for number in range(1, len(sources) + 1)
    ]
    number = re.search(r"\[source (\d+)\]", sections["gradcam"])
    assert number
    assert "Grad-CAM: Visual Explanations" in sources[int(number[1]) - 1]
