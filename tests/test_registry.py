"""Short names lead to code, and code to its short name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from xai_bench.errors import CardError, UnknownNameError
from xai_bench.nets.base import Net
from xai_bench.registry import REGISTERED, Kind, resolve, short_name
from xai_bench.scoring import Scorer


@pytest.mark.parametrize(("kind", "base"), [("net", Net), ("scorer", Scorer)])
def test_every_registered_class_is_there_under_both_spellings(kind: Kind, base: type) -> None:
    for short, path in REGISTERED[kind].items():
        found = resolve(kind, short)
        assert issubclass(found, base)
        assert resolve(kind, path) is found
        assert short_name(path) == short
        assert short_name(short) == short


def test_a_path_stands_once_and_functions_are_found() -> None:
    paths = [path for names in REGISTERED.values() for path in names.values()]
    assert len(set(paths)) == len(paths)
    assert callable(resolve("function", "white-noise"))
    assert callable(resolve("function", "quantus.functions.similarity_func:difference"))
    for target in ("similarity_func:np", "similarity_func:nothing", "nowhere:difference"):
        with pytest.raises(CardError, match="no function of Quantus|cannot be resolved"):
            resolve("function", f"quantus.functions.{target}")
    assert short_name("math:sqrt") == "math:sqrt"


@pytest.mark.parametrize(
    "target", ["os:system", "nowhere:Net", "xai_bench.types:Recordings", "torch.nn:Linear", ":"]
)
def test_code_that_is_not_registered_is_never_imported(target: str, tmp_path: Path) -> None:
    with pytest.raises(CardError, match="is no code of xai-bench"):
        resolve("net", target, tmp_path)


def test_a_file_beside_the_card_is_run_once_and_only_where_it_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from pathlib import Path\n"
        "with Path(__file__).with_suffix('.log').open('a') as log:\n    log.write('run ')\n"
        "class Mine: ...\n"
    )
    with pytest.raises(CardError, match="not run unless you trust it: --allow-code"):
        resolve("net", "./net.py:Mine")
    assert not (tmp_path / "net.log").exists()
    mine = resolve("net", "./net.py:Mine", tmp_path)
    assert resolve("net", "./net.py:Mine", tmp_path) is mine
    assert (tmp_path / "net.log").read_text() == "run "
    (other := tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "net.py", other)
    assert resolve("net", "./net.py:Mine", other) is not mine


@pytest.mark.parametrize(
    ("text", "target", "reason"),
    [
        ("x = 1", "./net.py:Mine", "AttributeError"),
        ("1 / 0", "./net.py:Mine", "ZeroDivisionError: division by zero"),
        ("raise SystemError", "./net.py:Mine", "SystemError"),
        ("def", "./net.py:Mine", "SyntaxError"),
        ("x = 1", "./nothing.py:Mine", "FileNotFoundError"),
        ("x = 1", "./net.txt:Mine", "ImportError"),
    ],
)
def test_code_that_fails_is_a_card_error(
    text: str, target: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "net.py").write_text(text)
    (tmp_path / "net.txt").write_text(text)
    with pytest.raises(CardError, match=f"'Mine' cannot be had from it .{reason}"):
        resolve("net", target, tmp_path)


def test_code_that_is_no_file_is_not_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.py")
    with pytest.raises(CardError, match="it is no regular file"):
        resolve("net", "./mine.py:Mine", tmp_path)


@pytest.mark.parametrize("target", ["./../net.py:Mine", "./a/../../net.py:Mine", ".//net.py:Mine"])
def test_code_outside_the_folder_is_refused(target: str, tmp_path: Path) -> None:
    (home := tmp_path / "home").mkdir()
    (tmp_path / "net.py").write_text("class Mine: ...")
    with pytest.raises(CardError, match="leads out of"):
        resolve("net", target.replace("//", f"//{tmp_path.as_posix()[1:]}/"), home)


def test_a_name_that_is_not_registered_is_told_from_those_that_are() -> None:
    with pytest.raises(UnknownNameError, match="no scorer 'iroff'. Did you mean 'irof'"):
        resolve("scorer", "iroff")
    with pytest.raises(UnknownNameError, match="no net 'irof'"):
        resolve("net", "irof")
