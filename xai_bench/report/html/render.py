"""Sections become one HTML file with everything in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from xai_bench.printable import printable
from xai_bench.report.flag_words import flag_words
from xai_bench.report.formats import ARROWS
from xai_bench.report.html.bibliography import Bibliography
from xai_bench.report.html.embed import content_hash, packed

__all__ = ["HERE", "Download", "Section", "make_environment", "render"]

HERE = Path(__file__).parent
"""Of templates, scripts and styles."""
_SCRIPTS = (
    "assets/unpack.js",
    "vendor/dataTables.min.js",
    "assets/tables.js",
    "assets/paper.js",
    "assets/gallery.js",
)
"""In the order in which they run."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the page, rendered by templates/ANCHOR.html; without anything to show it is None.

    Tables in its context are set by the macro of templates/_table.html.
    """

    anchor: str
    title: str
    context: Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A table that travels inside the page."""

    name: str
    """Of the file."""
    text: str


def render(sections: Sequence[Section], bibliography: Bibliography, *, title: str) -> str:
    """The page. All text from outside is escaped; a policy in its head forbids the network, and
    every script but those of this package.
    """
    environment = make_environment(bibliography)
    bodies = [
        Markup(environment.get_template(f"{one.anchor}.html").render(one.context, section=one))
        for one in sections
    ]
    scripts = [(HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return environment.get_template("page.html").render(
        title=title,
        sections=[*zip(sections, bodies, strict=True)],
        references=bibliography.references,
        style=Markup((HERE / "assets/page.css").read_text(encoding="utf-8")),
        scripts=[Markup(script) for script in scripts],
        hashes=" ".join(map(content_hash, scripts)),
        version=version("xai-bench"),
    )


def make_environment(bibliography: Bibliography) -> Environment:
    """What templates may use: they escape all text, and an unknown name is an error."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_function"] = _strict_json
    environment.globals["cite"] = bibliography.number
    environment.filters |= {
        "table_uri": lambda table: f"data:application/gzip;base64,{packed(table.text)}",
        "packed_json": lambda value: packed(_strict_json(value)),
        # A true minus is as wide as a digit, and no line is broken after it.
        "minus": lambda number: number.replace("-", "−"),
        "arrow": ARROWS.__getitem__,
        "flag_words": flag_words,
        "class": lambda kind: "num" if kind == "number" else kind,
    }
    return environment


def _shown(value: Any) -> Any:
    """What templates are given, without what a page cannot hold or what would turn its lines."""
    if type(value) is not str:  # markup is ours
        return value
    return "\n".join(map(printable, value.split("\n")))


def _strict_json(value: Any, **_: Any) -> str:
    """Compact; a number that JSON does not know is an error here and not in a browser."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
