"""What every test may rely on: a cache of its own session, and the real recordings if present."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Thousands of tests and the checks of types make millions of objects that stay: to look through
# them again and again for garbage takes a sixth of the time that collecting tests does.
gc.set_threshold(200_000, 20, 100)


@pytest.hookimpl(tryfirst=True)  # before slow ones are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a test marked slow_but_one all cases but one are slow, in any order the same one."""
    marked = [item for item in items if item.get_closest_marker("slow_but_one")]
    fast: dict[str, str] = {}
    for item in sorted(marked, key=lambda one: one.nodeid, reverse=True):
        fast[item.nodeid.partition("[")[0]] = item.nodeid
    for item in marked:
        if item.nodeid not in fast.values():
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _cache_of_this_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Recordings that were made once are read by every test, whichever process it runs in."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XAI_BENCH_CACHE", str(shared / "cache"))
        yield


@pytest.fixture(autouse=True, scope="session")
def _one_core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Runs stay in this process unless a test asks for workers: what it replaces is seen there."""
    quota = tmp_path_factory.mktemp("one-core") / "cpu.max"
    quota.write_text("100000 100000\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("xai_bench.workers._CPU_QUOTA", quota)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recordings beside the checkout; see CONTRIBUTING.md."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real recordings in {folder}")
    return folder
