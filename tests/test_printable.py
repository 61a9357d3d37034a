"""What came from data moves no cursor, wherever it is printed."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

import xai_bench
from xai_bench.printable import printable, storable

ROOT = Path(xai_bench.__file__).parent


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("r17 [/bold] 0.3 – 0.5 µV→", "r17 [/bold] 0.3 – 0.5 µV→"),
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\nerror: none\r\t", r"a\nerror: none\r\t"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\udcff", r"\udcff"),
        ("\N{NO-BREAK SPACE}\N{THIN SPACE}", "\N{NO-BREAK SPACE}\N{THIN SPACE}"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_is_no_letter_is_shown_as_its_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_names_of_files_are_text_that_can_be_stored() -> None:
    assert storable("röntgen\n") == "röntgen\n"
    assert storable(os.fsdecode(b"rec\xff")) == r"rec\xff"


def test_there_is_one_way_to_print() -> None:
    """Whoever prints past it prints what a recording's name holds."""
    may = {"cli/options.py", "cli/main.py", "report/progress_bar.py", "report/terminal.py"}
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in ("print", "click.echo", "click.secho", "Console", "logging.warning"):
                    found.add(path.relative_to(ROOT).as_posix())
    assert found == may
