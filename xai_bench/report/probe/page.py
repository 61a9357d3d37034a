"""The folder of a study of concepts: its table, the figure, and README.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.how_it_came import machine_lines
from xai_bench.report.markdown import code, escaped, escaped_sentence, markdown_table
from xai_bench.report.probe.figures import draw
from xai_bench.report.probe.findings import ProbeFindings
from xai_bench.report.probe.tables import probe_tables
from xai_bench.results.study_tables import write_study
from xai_bench.stats import RESAMPLES
from xai_bench.storage import write_file
from xai_bench.studies.probe.concept_directions import RANDOM_CONCEPTS
from xai_bench.studies.probe.probe_measures import MEASURES, SCHEMA

__all__ = ["render", "write_probe"]

PICTURE = f"{SCHEMA.stem}.png"
_CAPTION = "What a layer of each net knows of clinical concepts, and what its log-odds follow"
_ABOUT = (
    "A layer is summed up by the means over time of what it puts out. What a linear probe reads "
    "from them is known to the layer; that the net uses it is another question, which the second "
    "panel asks. Concepts go together in patients (a wide QRS and a long QT, an infarct and its "
    "ST), and neither panel takes them apart."
)


def write_probe(found: ProbeFindings, folder: Path, command: str) -> None:
    """Write the page, the table and the figure. Raises OutputError."""
    write_study(found.result, folder)
    write_file(folder / "README.md", render(found, command))
    save_picture(draw(found), folder / PICTURE)


def render(found: ProbeFindings, command: str) -> str:
    """The page in Markdown. command: that made it."""
    facts = found.result.facts
    tables = "".join(
        f"\n### {escaped(table.title)}\n\n{markdown_table(table)}" for table in probe_tables(found)
    )
    left_out = "".join(f"- {escaped_sentence(line)}\n" for line in facts["left_out"])
    asked = f"{facts['n']} recordings of {facts['data']}"
    return "".join(
        [
            "# What nets know of a recording\n\n",
            "Which clinical concepts can be read from the features of a net, and which of them "
            "does its answer follow?\n\n",
            f"{escaped_sentence(asked)}. {_ABOUT}\n",
            *(f"\n{escaped_sentence(line)}\n" for line in facts.get("remarks", [])),
            "\n## Findings\n\n",
            *(f"- {escaped_sentence(text)}\n" for text in found.sentences),
            f"\n## Figure\n\n![{_CAPTION}]({PICTURE})\n",
            f"\n## Tables\n{tables}",
            "\n## How to read it\n\n",
            *(f"- {name}: {about}.\n" for name, about in MEASURES.items()),
            f"\n## Left out\n\n{left_out}" if left_out else "",
            "\n## How it came\n\n",
            *(f"- {line}\n" for line in _facts(facts, command)),
        ]
    )


def _facts(facts: Mapping[str, Any], command: str) -> Iterator[str]:
    yield f"Made by {code(command)}."
    yield (
        f"Intervals: 95 %, bootstrap over patients, {RESAMPLES} resamples, one by one. Probes: "
        "ridge regression in five parts, no patient in two. Random concepts: "
        f"{RANDOM_CONCEPTS}, the concept's values dealt to other recordings."
    )
    yield f"Every estimate is in `{SCHEMA.stem}.csv`, the facts in `{SCHEMA.stem}.json`."
    yield from machine_lines(facts)
