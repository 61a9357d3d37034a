"""The site's pages that are not in docs/, and links between all of them: a hook of mkdocs.

A page of docs/ may lead to any file of the checkout, as it does where the checkout is read. What is
reached in this way joins the site under its path, pages as pages (models/README.md) and other files
as they are, and their links are followed as well.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.cli_page import cli_page

__all__ = ["fetched", "on_files", "on_page_markdown", "on_post_page", "relinked", "site_uri"]

_ROOT = Path(__file__).parents[1]
_DOCS = "docs/"
_PIECES = re.compile(
    r"(?P<code>^(?P<fence>```+).*?^(?P=fence)|(?<!`)`[^`\n]+`(?!`))"
    r"|(?P<comment>[ \t]*<!--.*?-->)"
    r"|\]\((?P<to>[^)#\s:]+)(?P<anchor>#[^)\s]*)?\)",
    re.DOTALL | re.MULTILINE,
)
_FETCHED = re.compile(
    r"""<(?:script|img|iframe)\b[^>]*?\ssrc=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b(?=[^>]*rel=["']?(?:stylesheet|preload|icon))[^>]*?"""
    r"""\shref=["']?((?:https?:)?//[^"'\s>]+)"""
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the page of the command line, and what pages lead to, until nothing new is reached."""
    files.append(File.generated(config, "reference/cli.md", content=cli_page()))
    waiting = [file for file in files if file.src_uri.endswith(".md")]
    while waiting:
        page = waiting.pop()
        for target in _targets(page.content_string, _path(page.src_uri)):
            if target.startswith(_DOCS) or files.get_file_from_path(site_uri(target)):
                continue
            found = File.generated(config, site_uri(target), abs_src_path=str(_ROOT / target))
            files.append(found)
            if target.endswith(".md"):
                waiting.append(found)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links as the site has them, and no comments, which say where numbers come from."""
    return relinked(markdown, _path(page.file.src_uri))


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Raises PluginError for a page that fetches anything, which opens late or not at all where
    there is no network."""
    if found := fetched(output):
        raise PluginError(f"{page.file.src_uri} fetches {', '.join(found)}; keep it in docs/assets")
    return output


def fetched(html: str) -> list[str]:
    """The scripts, pictures and styles that a page takes from elsewhere."""
    return [script or style for script, style in _FETCHED.findall(html)]


def relinked(markdown: str, path: str) -> str:
    """The page of the checkout at `path` with links for the site, and without comments."""
    uri = site_uri(path)

    def link(found: re.Match[str]) -> str:
        target = _target(found["to"], path)
        if target is None:
            return found[0]
        there = posixpath.relpath(site_uri(target), posixpath.dirname(uri) or ".")
        return f"]({there}{found['anchor'] or ''})"

    def outside_code(found: re.Match[str]) -> str:
        return found["code"] or ("" if found["comment"] else link(found))

    return _PIECES.sub(outside_code, markdown)


def site_uri(path: str) -> str:
    """Where a file of the checkout stands in the site: docs/ is its root."""
    return "index.md" if path == "README.md" else path.removeprefix(_DOCS)


def _path(uri: str) -> str:
    """Where a page of the site stands in the checkout."""
    return _DOCS + uri if (_ROOT / _DOCS / uri).is_file() else uri


def _targets(markdown: str, path: str) -> Iterator[str]:
    for found in _PIECES.finditer(markdown):
        if found["to"] and (target := _target(found["to"], path)):
            yield target


def _target(to: str, path: str) -> str | None:
    """The file of the checkout that a link of the page at `path` leads to, if there is one."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), to))
    for one in (target, f"{target}/README.md"):
        if not target.startswith("..") and (_ROOT / one).is_file():
            return one
    return None
