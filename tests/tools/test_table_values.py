"""Every expression against the number that was written into the file."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from tools.table_values import MissingValueError, table_value

TABLE = "model,level,value,n\na,20,0.944,4\na,10,0.5,4\nb,20,0.25,7\n"
PAGE = """
Of 21,799 recordings:

| reading | seconds |
| --- | --- |
| first, of all | **17.29** (of 3) |
| again | 0.75 |
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables")
    (path / "t.csv").write_text(TABLE)
    pd.DataFrame({"method": ["x"], "score": [2.5]}).to_parquet(path / "t.parquet")
    (path / "page.md").write_text(PAGE)
    (path / "facts.json").write_text('{"a": {"b": [3, 4]}}')
    (path / "card.toml").write_text("[recipe]\nmix = { 'planted:x' = 0.3 }\n")
    (path / "code.py").write_text("SIZE = 10_000\n")
    return path


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("t.csv model=a level=20 value", 0.944),
        ("t.csv model=a level=20 value *100", 94.4),
        ("t.csv level=20 min(value)", 0.25),
        ("t.csv model=a|b max(value)", 0.944),
        ("t.csv model=a sum(n)", 8),
        ("t.csv model=a count(n)", 2),
        ("t.parquet method=x score", 2.5),
        ('page.md "reading=first, of all" seconds', 17.29),
        ("page.md reading=again seconds", 0.75),
        ('page.md "/Of (.*) recordings/"', 21799),
        ("facts.json a.b.1", 4),
        ("facts.json count(a.b)", 2),
        ("card.toml recipe.mix.planted:x *100", 30),
        ('code.py "/SIZE = (.*)/"', 10000),
    ],
)
def test_an_expression_has_the_value_of_its_file(
    folder: Path, expression: str, value: float
) -> None:
    assert table_value([folder / "nowhere", folder], expression) == pytest.approx(value)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("u.csv value", "there is no file u.csv"),
        ("t.csv", "names no value"),
        ("t.csv model=a value", "2 rows"),
        ("t.csv model=c value", "0 rows"),
        ("t.csv model=a valu", "0 rows"),
        ("t.csv model=c max(value)", "0 rows"),
        ("facts.json a.c", "no c"),
        ('page.md "/Of (.*) patients/"', "0 numbers"),
        ("t.csv model=b level=20 model", "no number in 'b'"),
    ],
)
def test_what_names_no_one_value_is_refused(folder: Path, expression: str, said: str) -> None:
    with pytest.raises(MissingValueError, match=re.escape(said)):
        table_value([folder], expression)
