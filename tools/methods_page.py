"""docs/reference/methods.md: what every attribution method computes, from its own docstring."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from xai_bench.methods import DERIVED, METHODS, Method
from xai_bench.methods.baseline_recordings import ABOUT
from xai_bench.report.html.bibliography import Bibliography, read_bib
from xai_bench.report.markdown import escaped
from xai_bench.types import BASELINES, ZERO

__all__ = ["methods_page"]

_CODE = re.compile(r"(`[^`]+`)")


def methods_page(root: Path) -> str:
    """A section a method: what it is, passes, what it needs of a model, formula, source."""
    sources = Bibliography(read_bib(root / "metrics" / "references.bib"))
    methods = [name for name, method in METHODS.items() if not method.control]
    controls = [name for name, method in METHODS.items() if method.control]
    return "".join(
        (
            "# Methods\n\n"
            "`z` is the normalised recording, `m` the log-odds of the target; every map is signed "
            "and of the shape of z (record, lead, time) unless it says otherwise. Passes are "
            "forward passes of one recording, a way back counting as one more. `xai-bench ls "
            "methods` lists the same; which method explains which model is in [a "
            "table](../../benchmarks/results/methods.md).\n",
            *(_section(name, sources) for name in methods),
            "\n## Controls\n\nThey say what a score is worth, and are never leaders.\n",
            *(_section(name, sources, level=3) for name in controls),
            "\n### Made of any method\n\n",
            *(
                f"- `METHOD@{kind}`: {escaped(control.about)}\n"
                for kind, control in DERIVED.items()
            ),
            "- `METHOD@25%`: with so many percent of its mass moved elsewhere, of 1 to 100\n",
            "\n## Other baselines\n\n"
            "A method that removes samples or integrates (ig, shap, kernelshap, deeplift, ...) "
            "begins at zero, or at\n\n",
            *(f"- `METHOD@{name}`: {escaped(ABOUT[name])}\n" for name in BASELINES if name != ZERO),
            "\n## Sources\n\n",
            *(
                f"{one.number}. {escaped(f'{one.authors}: {one.title}. {one.where}')}\n"
                for one in sources.references
            ),
        )
    )


def _section(name: str, sources: Bibliography, level: int = 2) -> str:
    method: Method = METHODS[name]
    facts = [f"{method.passes} passes" if method.passes != 1 else "1 pass"]
    facts += sorted(need.value for need in method.needs)
    if number := sources.number(method.cite):
        facts.append(f"[source {number}](#sources)")
    said = inspect.getdoc(type(method)) or ""
    return (
        f"\n{'#' * level} `{name}`\n\n{escaped(method.summary)}. *{'; '.join(facts)}.*\n\n"
        f"{_paragraphs(said)}\n"
    )


def _paragraphs(docstring: str) -> str:
    """The docstring as Markdown: what is in backticks is code, all else is text."""
    return "\n\n".join(
        "".join(
            piece if _CODE.fullmatch(piece) else _text(piece) for piece in _CODE.split(paragraph)
        )
        for paragraph in docstring.split("\n\n")
    )


def _text(piece: str) -> str:
    inner = escaped(piece)
    return f"{' ' * piece[:1].isspace()}{inner}{' ' * (bool(inner) and piece[-1:].isspace())}"
