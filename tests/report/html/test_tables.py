"""The one template of tables."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from tests.report.table_of_everything import EVERYTHING, HOSTILE
from xai_bench.report.html.bibliography import Bibliography
from xai_bench.report.html.render import make_environment
from xai_bench.report.table import Table


def _rendered(table: Table, options: str = "") -> str:
    environment = make_environment(Bibliography({"known": {"title": "A source"}}))
    source = "{% from '_table.html' import table with context %}{{ table(one" + options + ") }}"
    return environment.from_string(source).render(one=table)


def test_a_table_says_what_its_cells_say() -> None:
    text = _rendered(EVERYTHING)
    assert "<caption>synthetic · localisation: n = 16 · protocol 0a_1b</caption>" in text
    assert 'class="num" data-better="higher" title="how much lies in it"' in text
    assert '<span class="flag" title="sign">†</span>' in text
    assert 'class="num best" data-order="0.8"' in text
    assert "--m:80%" in text
    assert 'class="num strong against" style="--s:50%" data-order="-0.25"' in text
    assert '<span class="value">−0.25</span>' in text
    assert 'class="num" data-order="" title="too few"' in text
    assert '<a class="cite" href="#ref-1"' in text
    assert '<span class="tag caveat">unreliable</span>' in text
    assert len(re.findall("<th[ >]", text)) == 5 + 2 * 3  # headings; group and name of each row
    assert HOSTILE not in text
    assert escape(HOSTILE, quote=False) in text


def test_only_wide_tables_tell_scripts_their_rows() -> None:
    assert "data-name" not in _rendered(EVERYTHING)
    text = _rendered(EVERYTHING, ", wide=true")
    assert 'class="control" data-group="imn" data-name="random"' in text
    assert 'class="sortable wide"' in text


def test_without_groups_there_is_no_column_for_them() -> None:
    rows = [replace(row, group="", caveat="") for row in EVERYTHING.rows]
    text = _rendered(replace(EVERYTHING, rows=rows), ", sortable=false")
    assert len(re.findall("<th[ >]", text)) == 4 + 3
    assert '<table class="">' in text
