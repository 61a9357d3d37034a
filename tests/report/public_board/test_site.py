"""Pages of submissions: what is compared, what stands apart, and that nothing of it is markup."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.results.made_cells import cell
from xai_bench.errors import InputError
from xai_bench.report.public_board.side_by_side import pool
from xai_bench.report.public_board.site import write_site
from xai_bench.results import Cell
from xai_bench.results.submissions import (
    CheckLine,
    StoredSubmission,
    Submission,
    check_link,
    read_submissions,
    write_submission,
)
from xai_bench.zoo import Zoo

MASS = "relevance_mass"


def made(method: str, score: float, *, model: str = "imn", **more: object) -> Cell:
    facts = {"model_card": f"{model}-1", "n": 6, "model_facts": {"task": "norm_vs_mi"}} | more
    scores = [score + 0.01 * k for k in range(6)]
    protocol = str(facts.pop("protocol", "v5-a"))
    one = cell(method, scores, model=model, metric=MASS, family="localisation", protocol=protocol)
    return replace(one, provenance=one.provenance | facts)


def sent(
    letter: str, *cells: Cell, recomputed: bool = True, name: str = "Ada", link: str = ""
) -> StoredSubmission:
    models = list(dict.fromkeys(one.model for one in cells))
    submission = Submission(
        name=name,
        link=link,
        hash=letter * 64,
        added=f"2026-01-0{ord(letter) - ord('a') + 1}",
        checked_with="0.1.0",
        checks=[CheckLine(name="files", status="passed", said="1 cell")],
        recomputed=models if recomputed else [],
    )
    return StoredSubmission(submission=submission, cells=cells)


def store(folder: Path, *submissions: StoredSubmission) -> Path:
    for one in submissions:
        write_submission(folder, one.submission, list(one.cells), {})
    return folder


def test_what_was_not_recomputed_and_other_protocols_stand_apart() -> None:
    pools = pool(
        [
            sent("a", made("ig", 0.1), made("native", 0.2)),
            sent("b", made("shap", 0.3), recomputed=False),
            sent("c", made("lime", 0.4, protocol="v5-b"), made("rise", 0.4)),
        ],
        [MASS],
    )
    found = [(one.protocol, one.recomputed, {c.method for c in one.cells}) for one in pools]
    assert found == [
        ("v5-a", True, {"ig", "native", "rise"}),
        ("v5-b", True, {"lime"}),
        ("v5-a", False, {"shap"}),
    ]


def test_a_model_called_like_another_bears_its_submission_and_the_first_of_two_scores_counts() -> (
    None
):
    (one,) = pool(
        [
            sent("a", made("ig", 0.1)),
            sent("b", made("ig", 0.9), made("shap", 0.9)),
            sent("c", made("ig", 0.5, model_card="other")),
        ],
        [MASS],
    )
    scores = {(c.model, c.method): c.scores["score"].iloc[0] for c in one.cells}  # type: ignore[index]
    assert scores == {("imn", "ig"): 0.1, ("imn", "shap"): 0.9, (f"imn ({'c' * 12})", "ig"): 0.5}
    assert one.senders["imn", "ig"] == ["a" * 12, "b" * 12]


def test_the_pages_hold_all_they_show_and_take_no_text_for_markup(tmp_path: Path) -> None:
    tag = "<script>alert(1)</script>"
    (tmp_path / "in" / "broken").mkdir(parents=True)
    (tmp_path / "in" / "broken" / "submission.json").write_text("[]")
    folder = store(
        tmp_path / "in",
        sent("a", made("ig", 0.1), made("native", 0.5), made("random", 0.0, command=tag), name=tag),
        sent("b", made("shap", 0.3), recomputed=False, link="https://example.org/a"),
    )
    written = write_site(folder, tmp_path / "out", Zoo())
    (left_out,) = written.left_out
    assert left_out.startswith("broken: ")
    assert written.pages == 3
    index = written.index.read_text()
    pages = [path.read_text() for path in (tmp_path / "out").rglob("*.html")]
    assert len(pages) == 3
    for page in pages:
        assert tag not in page
        assert not re.search(r'(src|href)="(?!#|[\w./]*(index\.html|\.csv)")(?!https://ex)', page)
        assert "default-src 'none'" in page
    assert "&lt;script&gt;alert(1)" in index
    board, apart = index.split('<section id="table')[1:]
    assert "rank 1" in board
    assert "not recomputed" not in board
    assert "not recomputed" in apart
    assert "rank" not in apart.partition("</table>")[0]
    links = set(re.findall(r'href="([\w./]+)"', index))
    assert links
    assert all((tmp_path / "out" / link).is_file() for link in links)


def test_a_method_that_a_control_may_equal_is_not_drawn_as_a_leader(tmp_path: Path) -> None:
    methods = {"ig": 0.5, "shap": 0.1, "amplitude": 0.9, "random": 0.0}
    folder = store(tmp_path, sent("a", *(made(name, score) for name, score in methods.items())))
    page = write_site(folder, tmp_path / "out", Zoo()).index.read_text()
    table = page.split("<tbody>")[1].split("</tbody>")[0]
    assert "°" in table
    assert "rank 1" in table
    assert not re.search(r'class="num (best|tied)"', table)


def test_what_cannot_be_read_is_left_out_with_its_reason(tmp_path: Path) -> None:
    folder = store(tmp_path, sent("a", made("ig", 0.1)), sent("b", made("shap", 0.3)))
    path = folder / ("b" * 12) / "submission.json"
    path.write_text(path.read_text().replace('"link":""', '"link":"javascript:alert(1)"'))
    path.write_text(path.read_text().replace('"link": ""', '"link": "javascript:alert(1)"'))
    found, broken = read_submissions(folder)
    assert [one.submission.id for one in found] == ["a" * 12]
    assert "is no link to pass on" in str(broken["b" * 12])


def test_the_same_run_is_there_once(tmp_path: Path) -> None:
    one = sent("a", made("ig", 0.1))
    assert write_submission(tmp_path, one.submission, list(one.cells), {}) is not None
    assert write_submission(tmp_path, one.submission, list(one.cells), {}) is None


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://a.org", 'https://a.org/"x', "a"])
def test_only_plain_https_is_passed_on(link: str) -> None:
    with pytest.raises(InputError, match="is no link to pass on"):
        check_link(link)


def test_a_folder_without_submissions_says_how_to_add_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="xai-bench leaderboard add RUN --to"):
        read_submissions(tmp_path)
