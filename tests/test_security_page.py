"""SECURITY.md promises nothing without a test, and no test that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROMISES = [
    row
    for row in PAGE.partition("## What is promised")[2].partition("\n## ")[0].splitlines()
    if row.startswith("| ") and not row.startswith(("| promise", "| ---"))
]


@pytest.mark.parametrize("promise", PROMISES, ids=lambda row: row[2:40])
def test_every_promise_names_tests_that_are_there(promise: str) -> None:
    named = re.findall("`(tests/[^`]+)`", promise)
    assert named
    for name in named:
        assert re.search(r"^ *def (test_|_?\w+\()", (ROOT / name).read_text(), re.MULTILINE), name


def test_unpickling_is_what_the_page_says() -> None:
    """Four places, in what exchanges work with workers; the linter refuses any other."""
    found = [
        path.name
        for path in (ROOT / "xai_bench").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"pickle\.loads?\(|noqa: .*S301", line)
    ]
    assert sorted(found) == ["ray_workers.py"] * 3 + ["workers.py"]
