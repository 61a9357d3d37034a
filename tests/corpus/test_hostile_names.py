"""Names that are markup, formulas or commands of a terminal, from a data set to every page."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.cli.conftest import Call, own_zoo
from tests.corpus.broken_headers import lines, write_whole
from tests.corpus.hostile_studies import PAGES, study_page_named
from tests.tiny_zoo import tiny_zoo
from xai_bench.printable import printable
from xai_bench.report.markdown import code

MODEL = '=HYPERLINK("x")$y_{$<i>'
DATA = '=H("u")<b>[red]$x_{$|a`\x1b[31m'
LEFT_OUT = "[/nope]\u202e\x1b[2J"

ON_A_PAGE = "<i>[x](javascript:x) _a_ `b` $y$ **c** ~~z~~ &lt; [d]: e \\_\x1b[m\u202e #"


def _shown(token: Token) -> str:
    """The text that a reader sees of a line."""
    return "".join(
        one.content for one in token.children or () if one.type in ("text", "code_inline")
    )


_FOLDS = re.compile(r'(\s*(</?details( markdown="1")?>|<summary>Details</summary>))*\s*')
"""What our own pages fold away, and no name in it."""

HEAVY = ("baselines", "rankings")


@pytest.mark.parametrize(
    "study",
    [pytest.param(one, marks=[pytest.mark.slow] if one in HEAVY else []) for one in PAGES],
)
def test_a_page_of_a_study_shows_names_as_they_are(study: str) -> None:
    page = study_page_named(study, ON_A_PAGE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", page)
    assert not re.search(r"(?<!\\)\$", page.replace(code(ON_A_PAGE), ""))
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page)
    assert all(_FOLDS.fullmatch(one.content) for one in tokens if one.type == "html_block")
    lines_of_it = [one for one in tokens if one.type == "inline" and "javascript" in one.content]
    assert len(lines_of_it) > 2
    for line in lines_of_it:
        assert not {one.type for one in line.children or ()} & {"html_inline", "link_open"}
        found = [one for one in (line.children or ()) if one.type == "image"]
        shown = _shown(found[0] if found else line)
        assert shown.count(printable(ON_A_PAGE)) == shown.count("javascript") > 0, shown


@pytest.mark.slow
def test_nothing_of_a_name_is_taken_for_more(
    xai_bench: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("xai_bench.studies.benchmark.cell_job.EVALUATED", 2)
    tiny_zoo(tmp_path / "zoo")
    (tmp_path / "zoo/models/linear").rename(tmp_path / "zoo/models" / MODEL)
    for name in ("-1+1<script>", LEFT_OUT):
        header = write_whole(tmp_path / DATA / name, "\n".join(lines()) + "\n# Dx: 426783006\n")
        header.rename(header.with_name(f"@SUM(A1)\n{header.name}"))
    (tmp_path / DATA / LEFT_OUT / "rec.dat").write_bytes(b"12")
    out = tmp_path / "out"
    done = xai_bench(
        "run", "--data", tmp_path / DATA, "--model", MODEL, "--method", "saliency,ig",
        "--metrics", "sparseness", "--out", out, *own_zoo(tmp_path),
    )  # fmt: skip
    assert done.status == 0, done.err
    assert r"left out: [/nope]\u202e\x1b[2J" in " ".join(done.out.split())
    printed = [done.out, done.err]
    for form in ("table", "csv", "wide", "markdown", "latex"):
        shown = xai_bench("show", out, "--format", form, *own_zoo(tmp_path))
        assert shown.status == 0, shown.err
        printed += [shown.out, shown.err]
        if form == "latex":
            assert "$y" not in shown.out.replace(r"\$", "")
        if form == "markdown":
            assert "<" not in shown.out.replace(r"\<", "")
    assert all(not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text) for text in printed)
    for table in out.glob("*.csv"):
        cells = [cell for row in csv.reader(io.StringIO(table.read_text())) for cell in row]
        assert any(MODEL in cell for cell in cells)
        assert not [cell for cell in cells if cell.startswith(("=", "@"))]
    page = tmp_path / "page.html"
    done = xai_bench("report", out, "--out", page, "--records", "0", *own_zoo(tmp_path))
    assert done.status == 0, done.err
    text = page.read_text()
    assert "<i>" not in text
    assert "<b>[red]" not in text
    assert "\x1b" not in text
