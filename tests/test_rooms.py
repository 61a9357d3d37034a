"""Data flows one way: a room imports only rooms before it, and no file leads back to itself."""

from __future__ import annotations

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import xai_bench

ROOT = Path(xai_bench.__file__).parent
BELOW = {
    *("errors", "types", "randomness", "generators", "tasks", "provenance", "storage", "memo"),
    *(
        "stored_rows",
        "content",
        "devices",
        "download",
        "cards",
        "card_files",
        "names",
        "registry",
        "presets",
        "zoo",
        "stats",
    ),
    *("durations", "torch_files", "workers", "ray_workers", "executors"),
    *("printable", "spreadsheet_cells", "object_store", "wave_names"),
}
"""These stand below all rooms and import none of them."""
ORDER = ["nets", "data", "models", "methods", "scoring", "results", "studies", "report"]
ORDER += ["training", "cli"]
ROLES = {"__init__", "base", "load", "study", "figures", "findings", "tables", "page", "section"}
"""What a file may be called more than once: one name for one role in sibling folders."""


def _modules() -> dict[str, Path]:
    """Dotted name -> file of every module; a package by its own name."""
    return {
        ".".join(("xai_bench", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in ROOT.rglob("*.py")
    }


MODULES = _modules()


def _imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module in MODULES:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & set(MODULES)
            found |= inner or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & set(MODULES)
    return found


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_every_room_has_its_place() -> None:
    assert {_room(module) for module in MODULES} - {""} == BELOW | set(ORDER)


@pytest.mark.parametrize("room", [*sorted(BELOW), *ORDER])
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    allowed = BELOW | set(ORDER[: ORDER.index(room) + 1] if room in ORDER else ())
    wrong = [
        (module, imported)
        for module, path in MODULES.items()
        if _room(module) == room
        for imported in _imports(path)
        if _room(imported) not in allowed
    ]
    assert not wrong


def test_nets_and_data_know_nothing_of_each_other() -> None:
    assert not [m for m, p in MODULES.items() if _room(m) == "nets" and _named(p, "data")]
    assert not [m for m, p in MODULES.items() if _room(m) == "data" and _named(p, "nets")]


def _named(path: Path, room: str) -> bool:
    return any(_room(imported) == room for imported in _imports(path))


def test_no_file_leads_back_to_itself() -> None:
    graph = {m: _imports(p) - {m} for m, p in MODULES.items() if m != "xai_bench"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_file_name_stands_once() -> None:
    names = Counter(path.stem for path in MODULES.values())
    assert not {name: n for name, n in names.items() if n > 1 and name not in ROLES}


def test_helpers_of_tests_have_names_of_their_own() -> None:
    files = [path for path in Path(__file__).parent.rglob("*.py") if "test_" not in path.name]
    helpers = [path.stem for path in files if path.stem not in ("__init__", "conftest")]
    names = Counter(helpers) + Counter({path.stem for path in MODULES.values()})
    assert helpers
    assert not [name for name in helpers if names[name] > 1]


def test_only_one_file_imports_quantus() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for path in MODULES.values()
        if "import quantus" in path.read_text() or "from quantus" in path.read_text()
    ]
    assert users == ["scoring/engine/quantus_scorer.py"]
