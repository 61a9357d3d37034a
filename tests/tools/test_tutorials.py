"""Notebooks of the site: each is found, has a title and teaches public names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click
import pytest

import xai_bench
from xai_bench.cli.main import cli

DOCS = Path(__file__).parents[2] / "docs"
NOTEBOOKS = sorted([*DOCS.glob("tutorials/*.py"), *DOCS.glob("concepts/*.py")])
NAV = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]

pytestmark = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=lambda path: path.relative_to(DOCS).as_posix()
)


def _cells(path: Path) -> list[tuple[str, str]]:
    """What stands behind `# %%` of each cell, and the cell."""
    _, *parts = re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [(first.strip(), body) for first, _, body in (part.partition("\n") for part in parts)]


def test_it_is_in_the_navigation(path: Path) -> None:
    assert f"- {path.relative_to(DOCS).as_posix()}\n" in NAV


def test_it_begins_with_a_title(path: Path) -> None:
    (kind, body), *_ = _cells(path)
    assert kind == "[markdown]"
    assert re.match(r"# # \S.*\n#\n", body)


def test_it_uses_public_names_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "xb"
    }
    assert used <= {*xai_bench.__all__, "__file__"}
    inner = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xai_bench.")
    }
    # Concepts draw with the package's own parts; what a tutorial does, a reader can do.
    assert path.parent.name == "concepts" or not inner


def test_it_leads_to_pages_that_there_are(path: Path) -> None:
    """Links of notebooks are no links of Markdown to the site's builder: it does not check them."""
    text = "".join(body for kind, body in _cells(path) if kind == "[markdown]")
    links = re.findall(r"\]\(([^)#\s]+\.html)", text)
    assert links
    for link in links:
        page = (path.parent / link).resolve()
        root = DOCS.parent if page.is_relative_to(DOCS / "models") else DOCS
        stem = root / page.relative_to(DOCS).with_suffix("")
        sources = [stem.with_suffix(".md"), stem.with_suffix(".py"), stem.with_name("README.md")]
        assert any(source.is_file() for source in sources), link


def test_commands_have_verbs_and_options_that_there_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n#", "")
    for line in re.findall(r"^#\s+(?:\S+=\S+ )?xai-bench (.*)", text, re.MULTILINE):
        words = line.split(" # ")[0].split()
        command: click.Command = cli
        while isinstance(command, click.Group):
            command = command.get_command(click.Context(command), words.pop(0)) or cli
        known = {option for one in command.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
