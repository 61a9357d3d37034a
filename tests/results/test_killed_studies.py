"""A study that is killed while it is written is the old one, the new one, or said to be missing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.kills import Killed, count_changes, killed_at
from tests.results.disk import files_of_100_bytes
from xai_bench.errors import InputError, OutputError
from xai_bench.results.study_tables import Schema, StudyResult, read_study, write_study
from xai_bench.workers import why_one_worker

pytestmark = pytest.mark.skipif(why_one_worker() != "", reason=why_one_worker())

SCHEMA = Schema(
    stem="study", keys={"method": "str"}, scores={"record_id": "str", "score": "float64"},
    facts={"n": int}, mend="make one",
)  # fmt: skip


def _study(n: int) -> StudyResult:
    estimates = {"value": 0.5 * n, "ci_low": 0.25, "ci_high": 1.0, "n": n, "reason": ""}
    return StudyResult(
        schema=SCHEMA,
        table=pd.DataFrame([{"method": "ig"} | estimates] * n),
        facts={"n": n},
        scores=pd.DataFrame({"record_id": [f"r{k}" for k in range(n)], "score": 0.5}),
    )


def _n(folder: Path) -> int | None:
    """Of which study a folder is; None where it says that there is none."""
    if not (folder / "study.json").exists():
        with pytest.raises(InputError, match=r"study\.json is not there; make one$"):
            read_study(folder, SCHEMA)
        return None
    found = read_study(folder, SCHEMA)
    counts = {found.facts["n"], len(found.table), len(found.scores), int(found.table["n"].iloc[0])}
    assert len(counts) == 1, "a table of one study beside the facts of another"
    return int(counts.pop())


@pytest.mark.slow
def test_killed_at_every_change_and_written_again(tmp_path: Path) -> None:
    changes = count_changes(lambda: write_study(_study(3), tmp_path / "whole"), tmp_path / "whole")
    seen = []
    for moment in (Killed(k, within) for k in range(changes) for within in (False, True)):
        folder = tmp_path / f"{moment.before}{moment.within}"
        write_study(_study(2), folder)
        killed_at(moment, lambda folder=folder: write_study(_study(3), folder), folder)  # type: ignore[misc]
        seen.append(_n(folder))
        write_study(_study(3), folder)
        assert _n(folder) == 3
    assert set(seen) == {2, None, 3}


def test_a_full_disk_leaves_the_study_that_was_there(tmp_path: Path) -> None:
    write_study(_study(2), tmp_path)
    with pytest.raises(OutputError, match="File too large"), files_of_100_bytes():
        write_study(_study(3), tmp_path)
    assert _n(tmp_path) == 2
    assert len(list(tmp_path.iterdir())) == 3
