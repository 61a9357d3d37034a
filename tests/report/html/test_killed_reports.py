"""A page is there whole or not at all, whenever its making is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kills import Killed, count_changes, killed_at
from xai_bench.report.html import write_report
from xai_bench.workers import why_one_worker

pytestmark = pytest.mark.skipif(why_one_worker() != "", reason=why_one_worker())

AUDIT = Path(__file__).parents[3] / "docs" / "audit"


@pytest.mark.slow
def test_killed_at_every_change_and_made_again(tmp_path: Path) -> None:
    def made(out: Path) -> None:
        write_report(AUDIT, out=out, records=0)

    made(tmp_path / "undisturbed.html")
    page = (tmp_path / "undisturbed.html").read_bytes()
    changes = count_changes(lambda: made(tmp_path / "whole" / "a.html"), tmp_path / "whole")
    for moment in (Killed(k, within) for k in range(changes) for within in (False, True)):
        out = tmp_path / f"{moment.before}{moment.within}" / "a.html"
        killed_at(moment, lambda out=out: made(out), out.parent)  # type: ignore[misc]
        assert not out.exists() or out.read_bytes() == page
        made(out)
        assert out.read_bytes() == page
