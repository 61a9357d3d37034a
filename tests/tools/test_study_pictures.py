"""Every committed study has its pictures drawn by something, and its page shows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from tools.study_pages import STUDIES
from tools.study_pictures import PICTURES

DOCS = Path(__file__).parents[2] / "docs"


def test_what_has_a_page_has_pictures() -> None:
    assert list(PICTURES) == list(STUDIES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_page_shows_the_pictures_that_are_there(name: str) -> None:
    folder = DOCS / name
    shown = set(re.findall(r"\]\((\w[\w.-]*\.png)\)", (folder / "README.md").read_text("utf-8")))
    there = {path.name for path in folder.glob("*.png")}
    assert there <= shown or name == "metric_audit", there - shown
    assert shown <= there
    for picture in there:
        with Image.open(folder / picture) as image:
            assert image.mode == "P", f"docs/{name}/{picture} has more colours than it needs"
