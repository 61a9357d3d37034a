"""`xai-bench territories`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from xai_bench.cli import territories as verb
from xai_bench.studies.territories.study import METHODS, MODELS, RECORDINGS


def test_defaults_are_those_of_the_study() -> None:
    assert (verb._MODELS, verb._METHODS) == (MODELS, METHODS)
    (n,) = (one for one in verb.command.params if one.name == "n")
    assert n.default == str(RECORDINGS)


@pytest.mark.slow
def test_a_folder_with_a_page_and_pictures(xai_bench: Call, tmp_path: Path) -> None:
    out = tmp_path / "found"
    done = xai_bench(
        *("territories", "--model", "known-linear", "--method", "input-x-gradient", "--n", "5"),
        *("--out", str(out)),
    )
    assert done.status == 0, done.err
    assert "Two hearts, one ECG" in done.out.replace("\n", " ")
    names = {path.name for path in out.iterdir()}
    assert {"README.md", "territories.csv", "territories.json", "territories.png"} <= names
    assert {"same_ecg.png", "wall_times.png", "segments.csv"} <= names


def test_an_unknown_method_is_one_line(xai_bench: Call) -> None:
    done = xai_bench("territories", "--method", "nativ", "--n", "2")
    assert done.status == 2
    assert "no method 'nativ'" in done.err
