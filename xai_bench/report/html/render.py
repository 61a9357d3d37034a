"""Sections become one HTML file with everything in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from xai_bench.report.formats import ARROWS
from xai_bench.report.html.bibliography import Bibliography
from xai_bench.report.html.embed import content_hash, packed
from xai_bench.report.html.section_model import Download, Section

__all__ = ["make_environment", "render"]

_HERE = Path(__file__).parent
_SCRIPTS = (
    "assets/unpack.js",
    "vendor/dataTables.min.js",
    "assets/tables.js",
    "assets/paper.js",
    "assets/gallery.js",
)
"""In the order in which they run."""


def render(sections: Sequence[Section], bibliography: Bibliography) -> str:
    """The page. All text from outside is escaped; a policy in its head forbids the network, and
    every script but those of this package.
    """
    environment = make_environment(bibliography)
    bodies = [_body(environment, section) for section in sections]
    scripts = [(_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return environment.get_template("page.html").render(
        sections=[*zip(sections, bodies, strict=True)],
        references=bibliography.references,
        style=Markup((_HERE / "assets/page.css").read_text(encoding="utf-8")),
        scripts=[Markup(script) for script in scripts],
        hashes=" ".join(map(content_hash, scripts)),
        version=version("xai-bench"),
    )


def make_environment(bibliography: Bibliography) -> Environment:
    """What templates may use: they escape all text, and an unknown name is an error."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_function"] = _strict_json
    environment.globals["cite"] = bibliography.number
    environment.filters["table_uri"] = _table_uri
    environment.filters["packed_json"] = _packed_json
    environment.filters["minus"] = _minus
    environment.filters["arrow"] = ARROWS.__getitem__
    environment.filters["class"] = lambda kind: "num" if kind == "number" else kind
    return environment


def _body(environment: Environment, section: Section) -> Markup:
    template = environment.get_template(f"{section.anchor}.html")
    return Markup(template.render(section.context, section=section))


def _table_uri(table: Download) -> str:
    return f"data:application/gzip;base64,{packed(table.text)}"


def _packed_json(value: Any) -> str:
    return packed(_strict_json(value))


def _minus(number: str) -> str:
    """With a true minus, which is as wide as a digit and not broken over lines."""
    return number.replace("-", "−")


def _strict_json(value: Any, **_: Any) -> str:
    """Compact; a number that JSON does not know is an error here and not in a browser."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
