"""A run that is killed at any moment, or has no room, and is given again, is as if undisturbed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.kills import Killed, count_changes, killed_at, seeded_moments
from tests.recordings import recordings
from tests.shared_store import shared_store
from tests.small_disk import fill_up, small_disk
from tests.tiny_zoo import tiny_zoo
from xai_bench import run
from xai_bench.errors import OutputError
from xai_bench.results import read_cells
from xai_bench.results.remote_folder import RunCopy
from xai_bench.studies.benchmark import Run, cell_job
from xai_bench.workers import why_one_worker
from xai_bench.zoo import Zoo

pytestmark = pytest.mark.skipif(why_one_worker() != "", reason=why_one_worker())


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_job, "EVALUATED", 6)
        yield tiny_zoo(tmp_path_factory.mktemp("zoo"))


def _run(zoo: Zoo, out: Path | str, **options: Any) -> Run:
    return run(
        "linear",
        "saliency",
        metrics="sparseness,relevance_mass",
        data=recordings(5, evidence=True),
        n=5,
        out=out,
        zoo=zoo,
        workers=1,
        **options,
    )


@pytest.fixture(scope="module")
def undisturbed(zoo: Zoo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed")
    _run(zoo, out)
    return out


def _assert_equal(out: Path, undisturbed: Path) -> None:
    found, expected = (
        {(one.method, one.key): one.scores for one in read_cells(run)} for run in (out, undisturbed)
    )
    assert found.keys() == expected.keys()
    for key, table in expected.items():
        again = found[key]
        assert table is not None
        assert again is not None
        pd.testing.assert_frame_equal(again, table, check_exact=True)
    for name in ("leaderboard.csv", "leaderboard_wide.csv"):
        assert (out / name).read_text() == (undisturbed / name).read_text()
    assert not (out / ".unfinished").exists()
    assert not (out / ".leases").exists()
    assert not list(out.glob("*/*/*/.*")), "what was half-written is gone"


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, pytest.param(40, marks=pytest.mark.long)])
def test_a_run_that_was_killed_and_is_given_again_is_as_if_undisturbed(
    zoo: Zoo, tmp_path: Path, undisturbed: Path, count: int
) -> None:
    changes = count_changes(lambda: _run(zoo, tmp_path / "whole"), tmp_path / "whole")
    killed = 0
    for moment in seeded_moments(changes, count, seed=18):
        out = tmp_path / f"{moment.before}{moment.within}"
        killed += killed_at(moment, lambda out=out: _run(zoo, out), out)  # type: ignore[misc]
        _run(zoo, out)
        _assert_equal(out, undisturbed)
    assert killed >= count * 0.9, "a file may have been written before the moment within it"


@pytest.mark.slow
@pytest.mark.long
def test_a_run_in_a_store_that_was_killed_is_gone_on_with_too(
    zoo: Zoo, tmp_path: Path, undisturbed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole"
    changes = count_changes(lambda: _run(zoo, shared_store(whole, monkeypatch)), whole)
    killed = 0
    for moment in seeded_moments(changes, 20, seed=18):
        place = tmp_path / f"{moment.before}{moment.within}"
        url = shared_store(place, monkeypatch)
        killed += killed_at(moment, lambda url=url: _run(zoo, url), place)  # type: ignore[misc]
        _run(zoo, url)
        copy = RunCopy(url)
        copy.remote.get(("leaderboard.csv", "leaderboard_wide.csv"), copy.folder)
        _assert_equal(copy.folder, undisturbed)
        assert not [name for name in copy.remote.names() if name.startswith(".")], moment
    assert killed >= 18, "a file may have been written before the moment within it"


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_comes_to_its_end(
    zoo: Zoo, tmp_path: Path, undisturbed: Path
) -> None:
    changes = count_changes(lambda: _run(zoo, tmp_path / "whole"), tmp_path / "whole")
    moment, kills = Killed(before=changes // 2), 0
    while killed_at(moment, lambda: _run(zoo, tmp_path / "out"), tmp_path / "out"):
        kills += 1
        assert kills < 20
    assert kills > 0
    _assert_equal(tmp_path / "out", undisturbed)


@pytest.mark.slow
def test_a_disk_that_is_full_at_any_write_ends_a_run_in_one_line(
    zoo: Zoo, tmp_path: Path, undisturbed: Path
) -> None:
    said: list[str] = []
    for pages in range(0, 40, 2):
        with small_disk(tmp_path / f"disk{pages}", pages=100) as disk:
            ballast = fill_up(disk, but=pages)
            try:
                _run(zoo, disk / "out")
            except OutputError as error:
                said.append(str(error))
                if (disk / "out").is_dir():
                    read_cells(disk / "out")
            ballast.unlink()
            _run(zoo, disk / "out")
            _assert_equal(disk / "out", undisturbed)
    assert 5 <= len(said) < 20, "some had room enough"
    assert all("No space left on device" in line and "\n" not in line for line in said)
