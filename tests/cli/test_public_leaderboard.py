"""`xai-bench leaderboard`: the list of checks, exit statuses, and what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.studies.submission.sent_runs import change, honest_run
from xai_bench.studies.submission import study


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(study, "_rescored", lambda *_: "not asked in this test")
    return honest_run(tmp_path / "run")


@pytest.mark.slow
def test_a_run_is_checked_kept_once_and_shown(xai_bench: Call, sent: Path, tmp_path: Path) -> None:
    keep = ("--to", tmp_path / "all", "--name", "Ada")
    done = xai_bench("leaderboard", "add", sent, *keep)
    assert done.status == 0
    assert done.out.count("passed  ") == 13
    (place,) = (tmp_path / "all").iterdir()
    assert f"added: {place}" in done.out
    assert "has it already" in xai_bench("leaderboard", "add", sent, *keep).out
    built = xai_bench("leaderboard", "build", tmp_path / "all", "--out", tmp_path / "site")
    assert "in 2 pages" in built.out
    assert "Ada" in (tmp_path / "site" / "index.html").read_text()


def test_a_lie_is_one_line_and_status_1(xai_bench: Call, sent: Path, tmp_path: Path) -> None:
    change(sent, "saliency", weights="0" * 64)
    done = xai_bench("leaderboard", "add", sent, "--to", tmp_path / "all", "--name", "Ada")
    assert done.status == 1
    assert done.err.startswith(f"error: {sent} is refused: models: imn x saliency")
    assert done.err.count("\n") == 1
    assert not (tmp_path / "all").exists()


def test_what_is_kept_has_a_name_and_a_link_that_can_be_passed_on(
    xai_bench: Call, tmp_path: Path
) -> None:
    nameless = xai_bench("leaderboard", "add", tmp_path, "--to", tmp_path)
    assert (nameless.status, "--to needs --name" in nameless.err) == (2, True)
    link = xai_bench("leaderboard", "add", tmp_path, "--link", "javascript:alert(1)")
    assert (link.status, "is no link to pass on" in link.err) == (2, True)
