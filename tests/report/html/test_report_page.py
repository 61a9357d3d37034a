"""The page as a file: what it says, what it never does."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.report.conftest import AUDIT, MARKUP, RECORDS
from xai_bench.errors import InputError, OutputError
from xai_bench.report.html import MOST_BYTES, Written, write_report
from xai_bench.zoo import Zoo


class Tags(HTMLParser):
    """All start tags with their attributes, and every id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @property
    def ids(self) -> list[str]:
        return [str(attrs["id"]) for _, attrs in self.tags if "id" in attrs]


@pytest.fixture(scope="module")
def page(written: Written) -> str:
    return written.path.read_text(encoding="utf-8")


def test_every_section_is_there_and_in_the_contents(page: str, written: Written) -> None:
    found = Tags(page)
    for anchor in ("overview", "data", "models", "leaderboard", "stability", "audit", "trust",
                   "gallery", "methods", "provenance", "references"):  # fmt: skip
        assert anchor in found.ids
        assert ("a", {"href": f"#{anchor}"}) in found.tags
    assert written.left_out == ()
    assert written.size == written.path.stat().st_size < MOST_BYTES


def test_ids_are_unique_and_every_link_within_the_page_has_its_end(page: str) -> None:
    found = Tags(page)
    assert len(found.ids) == len(set(found.ids))
    ends = {str(attrs.get("href"))[1:] for tag, attrs in found.tags
            if tag == "a" and str(attrs.get("href")).startswith("#")}  # fmt: skip
    assert ends <= set(found.ids)


def test_nothing_is_fetched(page: str) -> None:
    for tag, attrs in Tags(page).tags:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        for name in ("src", "srcset", "action", "poster"):
            assert str(attrs.get(name) or "data:").startswith("data:"), (tag, attrs)
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; img-src data:;")
    assert "connect-src" not in policy[1]
    assert "unsafe-inline" not in policy[1].split("script-src")[1]


def test_pictures_and_tables_have_words(page: str) -> None:
    tags = Tags(page).tags
    for tag, attrs in tags:
        if tag == "img":
            assert len(str(attrs.get("alt"))) > 20
    assert sum(tag == "table" for tag, _ in tags) == sum(tag == "caption" for tag, _ in tags)
    assert [tag for tag, _ in tags].count("h1") == 1


@pytest.mark.slow
def test_markup_in_names_and_reasons_stays_text(
    hostile_run: Path, zoo: Zoo, tmp_path: Path
) -> None:
    written = write_report(hostile_run, out=tmp_path / "page.html", records=1, zoo=zoo)
    page = written.path.read_text(encoding="utf-8")
    assert "taken" in page
    assert "<img src=x" not in page
    assert "49" not in re.findall(r"&gt;(\d+)", page)
    sources = [str(found.get("src")) for name, found in Tags(page).tags if name == "img"]
    assert all(one.startswith("data:image/png;base64,") for one in sources), "our own figures alone"
    (block,) = re.findall(r"<script [^>]*data-metrics>(.*?)</script>", page, re.DOTALL)
    assert all(MARKUP in heading for heading in json.loads(block)["headings"].values())


@pytest.mark.slow
def test_the_same_folders_give_the_same_page(
    folders: list[Path], zoo: Zoo, tmp_path: Path, written: Written
) -> None:
    again = write_report(folders, out=tmp_path / "b.html", records=RECORDS, zoo=zoo)
    assert again.path.read_bytes() == written.path.read_bytes()


@pytest.mark.slow
def test_no_recordings_no_gallery(run_folder: Path, zoo: Zoo, tmp_path: Path) -> None:
    written = write_report(run_folder, out=tmp_path / "page.html", records=0, zoo=zoo)
    assert "Gallery" not in written.sections
    assert "gallery-data" not in written.path.read_text().split("<script>")[0]


@pytest.mark.slow
def test_models_that_are_gone_are_named_and_their_rows_kept(
    run_folder: Path, tmp_path: Path
) -> None:
    written = write_report(run_folder, out=tmp_path / "page.html", records=1)
    assert "gallery: model linear: no model 'linear'" in written.left_out[0]
    assert "Gallery" not in written.sections
    page = written.path.read_text()
    assert 'data-group="two-linear" data-name="native"' in page


def test_an_audit_alone_is_a_page(zoo: Zoo, tmp_path: Path) -> None:
    written = write_report(AUDIT, out=tmp_path / "deep" / "page.html", zoo=zoo)
    assert written.sections == (
        "The answer",
        "Models",
        "Can the metrics be trusted?",
        "Audit of self-written explanations",
    )


@pytest.mark.slow
def test_the_core_stands_with_the_audit_of_metrics_that_chose_it(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "core.csv").write_text(
        "metric,family,value,ci_low,ci_high,n,reason,failed,undecided,resolution,reliability,"
        "seconds,cluster,core,why\n"
        "clutter,complexity,1,,,9,,,resolution,0.05,1,0.1,1,True,it was chosen by hand\n"
    )
    page = write_report([AUDIT, tmp_path], out=tmp_path / "page.html", zoo=zoo).path.read_text()
    assert "it was chosen by hand" in page
    assert "5%?" in page, "its resolution is undecided"
    assert (
        "it was chosen"
        not in write_report(AUDIT, out=tmp_path / "b.html", zoo=zoo).path.read_text()
    )


def test_errors_are_told(run_folder: Path, zoo: Zoo, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="-1 recordings were asked for"):
        write_report(run_folder, records=-1, zoo=zoo)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_report(AUDIT, out=tmp_path / "file" / "page.html", zoo=zoo)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
