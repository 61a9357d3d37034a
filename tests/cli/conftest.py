"""`xai_bench("run", "--n", "4")` calls the command line in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from xai_bench.cli.main import main


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int
    out: str
    err: str


Call = Callable[..., Outcome]


def own_zoo(folder: Path) -> tuple[object, ...]:
    """The options of a zoo in a folder whose nets are code."""
    return "--zoo", folder / "zoo", "--allow-code"


@pytest.fixture
def xai_bench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["xai-bench", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), printed.out, printed.err)

    return call
