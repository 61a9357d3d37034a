"""Commands that only look do not wait for what only scoring needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCORING = {"torch", "captum", "quantus", "sklearn", "skimage", "statsmodels", "safetensors"}
DRAWING = {"matplotlib", "seaborn", "jinja2"}
READING = {"wfdb", "requests", "scipy.stats", "scipy.signal", "scipy.special"}
TABLES = {"pandas", "pyarrow"}
"""Of `show` alone: it has no other way to read a leaderboard."""


def loaded_by(*arguments: str) -> set[str]:
    """The modules that `xai-bench` imports for a command, by what Python says of each import."""
    code = "import sys; from xai_bench.cli.main import main; sys.argv[0] = 'xai-bench'; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code, *arguments], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(
    ("command", "others"),
    [
        ("ls models", TABLES),
        ("ls methods", TABLES),
        ("ls metrics", TABLES),
        ("data check --help", TABLES),
        ("show --help", TABLES),
    ],
)
def test_what_a_command_does_not_import(command: str, others: set[str]) -> None:
    loaded = loaded_by(*command.split())
    assert "xai_bench.cli.main" in loaded
    assert not (SCORING | DRAWING | READING | others) & loaded
