"""Data flows one way: a room imports only rooms to its left, and only `bench` knows them all."""

import ast
from pathlib import Path

import xai_bench

ROOT = Path(xai_bench.__file__).parent
ORDER = ["nets", "data", "models", "methods", "scoring", "results", "report"]
"""`nets` and `data` know nothing of each other."""
ABOVE = {"audit", "bench", "cli", "comparison", "importing", "realism", "supplement", "training"}
ABOVE |= {"__init__"}
"""These put the rooms together; nothing in a room may import them."""


def _room(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {
        _room(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("xai_bench")
    }


def test_rooms_import_only_rooms_to_their_left() -> None:
    wrong = []
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if room in ABOVE:
            continue
        for imported in _imports(path):
            if imported in ABOVE:
                wrong.append((room, imported))
            if room in ORDER and imported in ORDER and ORDER.index(imported) > ORDER.index(room):
                wrong.append((room, imported))
            if room not in ORDER and imported in ORDER:
                wrong.append((room, imported))
    assert not wrong


def test_only_one_file_imports_quantus() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if "import quantus" in path.read_text() or "from quantus" in path.read_text()
    ]
    assert users == ["scoring/quantus.py"]
