"""The folder of a study of gates: README.md, gates.csv, gates.json, gates.png."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.gates.figures import draw_gates
from xai_bench.report.gates.findings import gate_findings
from xai_bench.report.gates.tables import gate_tables
from xai_bench.report.how_it_came import machine_lines
from xai_bench.report.markdown import code, escaped, escaped_sentence, markdown_table
from xai_bench.report.stability.wording import listed
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.stats import RESAMPLES
from xai_bench.storage import write_file
from xai_bench.studies.gates.study import MEASURES, SCHEMA

__all__ = ["PICTURE", "render", "write_gates"]

PICTURE = f"{SCHEMA.stem}.png"


def write_gates(result: StudyResult, folder: Path, *, command: str) -> None:
    """Write the table and the facts, and of what was written the page and the picture. Raises
    OutputError."""
    write_study(replace(result, facts=result.facts | {"command": command}), folder)
    written = read_study(folder, SCHEMA)  # whose numbers are rounded
    write_file(folder / "README.md", render(written))
    save_picture(draw_gates(written), folder / PICTURE)


def render(result: StudyResult) -> str:
    """The page in Markdown."""
    facts = result.facts
    tables = "".join(
        f"\n### {escaped(table.title)}\n\n{markdown_table(table)}" for table in gate_tables(result)
    )
    return "".join(
        [
            "# Gates\n\n",
            "A net with attention on its channels multiplies each by a gate that it makes of the "
            "recording. Do gates say which channels matter for it?\n\n",
            escaped_sentence(
                f"{facts['n']} recordings of {facts['data']}; explained class: the true one. "
                f"Models: {listed(facts['models'])}."
            ),
            "\n\n## Findings\n\n",
            *(f"- {escaped_sentence(line)}\n" for line in gate_findings(result)),
            f"\n![What agrees with the effect of removing a channel]({PICTURE})\n",
            f"\n## Tables\n{tables}",
            "\n## How to read it\n\n",
            *(f"- {name}: {about}.\n" for name, about in MEASURES.items()),
            *(["\n## Left out\n\n"] if facts["left_out"] else []),
            *(f"- {escaped_sentence(line)}\n" for line in facts["left_out"]),
            "\n## How it came\n\n",
            *(f"- {line}\n" for line in _facts(facts)),
        ]
    )


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    if facts.get("command"):
        yield f"Made by {code(facts['command'])}."
    yield (
        f"Intervals: 95 % over patients, {RESAMPLES} resamples. Means of gates are over these "
        "recordings, and the intervals take them as known."
    )
    for line in facts["remarks"]:
        yield f"{escaped_sentence(line)}."
    yield f"Every number is in `{SCHEMA.stem}.csv`."
    yield from machine_lines(facts)
