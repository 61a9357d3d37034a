"""What is used after an installation must be what was installed, and what is left out is said."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from tools.smoke_test import SmokeTestError, main, on_python, same_wheel, use, without_torch


def test_a_python_that_is_not_here_is_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert on_python("python0.9", Path("none.whl")) is None
    assert capsys.readouterr().out == "python0.9: not here, skipped\n"


def test_one_wheel_and_one_sdist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.whl").touch()
    with pytest.raises(SmokeTestError, match="one wheel and one sdist, and holds 1 and 0"):
        same_wheel(tmp_path)
    assert main([str(tmp_path), "python0.9"]) == 1
    assert "make dist" in capsys.readouterr().err


def test_the_checkout_is_not_taken_for_the_wheel(tmp_path: Path) -> None:
    here = tmp_path / "bin"
    here.mkdir()
    root = Path(__file__).parents[2]
    (here / "python").write_text(f"#!/bin/sh\necho {root}/xai_bench/__init__.py\n")
    (here / "python").chmod(0o755)
    with pytest.raises(SmokeTestError, match="xai_bench is the checkout's"):
        use(here, tmp_path)
    (here / "python").write_text(f"#!{sys.executable}\nprint('/elsewhere/xai_bench/__init__.py')\n")
    (here / "xai-bench").write_text("#!/bin/sh\necho broken >&2\nexit 3\n")
    (here / "xai-bench").chmod(0o755)
    with pytest.raises(SmokeTestError, match=r"xai-bench --version ended with 3:\nbroken"):
        use(here, tmp_path)


def test_requirements_without_what_takes_pytorch(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr(
            "a-1.dist-info/METADATA",
            "Name: a\nRequires-Dist: torch>=2.11\nRequires-Dist: numpy>=2.0\n"
            "Requires-Dist: captum>=0.9\nRequires-Dist: pytest; extra == 'dev'\n\n",
        )
    assert without_torch(tmp_path / "a.whl") == ["numpy>=2.0"]
