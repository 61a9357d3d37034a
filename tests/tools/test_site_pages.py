"""The site has the pages that pages of docs/ lead to, and its links lead there."""

from __future__ import annotations

import pytest

pytest.importorskip("mkdocs", reason="pip install 'xai-bench[site]'")

from tools.site_pages import fetched, relinked, site_uri


def test_docs_is_the_root_of_the_site_and_other_files_keep_their_path() -> None:
    assert site_uri("docs/audit/README.md") == "audit/README.md"
    assert site_uri("models/README.md") == "models/README.md"
    assert site_uri("README.md") == "index.md"


@pytest.mark.parametrize(
    ("path", "link", "there"),
    [
        ("docs/audit/README.md", "../../models/README.md", "../models/README.md"),
        ("docs/audit/README.md", "../../models", "../models/README.md"),
        (
            "docs/leaderboard.md",
            "../runs/README.md#leaderboard.csv",
            "runs/README.md#leaderboard.csv",
        ),
        ("metrics/README.md", "../docs/metric_audit/trust.png", "../metric_audit/trust.png"),
        ("metrics/README.md", "trust.csv", "trust.csv"),
        ("docs/reading.md", "../README.md", "index.md"),
        ("docs/reading.md", "https://arxiv.org/abs/2602.09566", "https://arxiv.org/abs/2602.09566"),
        ("docs/reading.md", "#here", "#here"),
        ("docs/reading.md", "no-such-page.md", "no-such-page.md"),
        ("docs/reading.md", "../../beside/the/checkout.md", "../../beside/the/checkout.md"),
    ],
)
def test_links_lead_to_the_same_file(path: str, link: str, there: str) -> None:
    assert relinked(f"a [b]({link}) c", path) == f"a [b]({there}) c"


def test_code_stays_as_it_is_and_comments_are_gone() -> None:
    text = "`[a](../runs)`\n\n```\n[a](../runs) <!-- c -->\n```\nof 78 <!-- = t.csv\nn --> nets"
    expected = "`[a](../runs)`\n\n```\n[a](../runs) <!-- c -->\n```\nof 78 nets"
    assert relinked(text, "docs/leaderboard.md") == expected


def test_what_a_page_fetches_is_found_and_what_it_leads_to_is_not() -> None:
    assert fetched(
        '<script async src="https://a.org/shim"></script><img alt="" src=//b.org/x.png>'
        '<link rel="stylesheet" href="http://c.org/x.css"><link href="https://d.org/y" rel=icon>'
    ) == ["https://a.org/shim", "//b.org/x.png", "http://c.org/x.css", "https://d.org/y"]
    assert not fetched(
        '<a href="https://a.org"></a><script src="assets/x.js"></script>'
        '<link rel="canonical" href="https://a.org"><img src="data:image/png;base64,//">'
    )
