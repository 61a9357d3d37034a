"""The folder of a study of baselines: its tables, the figure, and README.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xai_bench.methods.baseline_recordings import ABOUT
from xai_bench.report.baselines.figures import draw_baselines
from xai_bench.report.baselines.findings import baseline_findings
from xai_bench.report.baselines.tables import baseline_tables
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.how_it_came import machine_lines
from xai_bench.report.markdown import code, escaped, escaped_sentence, markdown_table
from xai_bench.report.rankings.tables import swap_table
from xai_bench.report.stability.wording import listed
from xai_bench.results.study_tables import read_study, to_csv, write_study
from xai_bench.stats import RESAMPLES
from xai_bench.storage import read_table, write_file
from xai_bench.studies.baselines.study import MEASURES, SCHEMA, Baselines
from xai_bench.studies.rankings.method_pairs import PAIRS

__all__ = ["PICTURE", "read_baselines", "render", "write_baselines"]

PICTURE, _PAIRS = f"{SCHEMA.stem}.png", "pairs.csv"


def write_baselines(found: Baselines, folder: Path, *, command: str) -> None:
    """Write the tables and the facts, and of what was written the page and the picture. Raises
    OutputError."""
    facts = found.result.facts | {"command": command}
    write_file(folder / _PAIRS, to_csv(found.pairs))
    write_study(replace(found.result, facts=facts), folder, beside=[_PAIRS])
    written = read_baselines(folder)  # whose numbers are rounded
    write_file(folder / "README.md", render(written))
    save_picture(draw_baselines(written.result), folder / PICTURE)


def read_baselines(folder: Path) -> Baselines:
    """What `write_baselines` wrote. Raises InputError."""
    result = read_study(folder, SCHEMA)
    return Baselines(result=result, pairs=read_table(folder / _PAIRS, PAIRS, SCHEMA.mend))


def render(found: Baselines) -> str:
    """The page in Markdown."""
    result = found.result
    facts = result.facts
    tables = "".join(
        f"\n### {escaped(table.title)}\n\n{markdown_table(table)}"
        for table in baseline_tables(result)
    )
    swaps = found.pairs[found.pairs["verdict"] == "swaps"]
    return "".join(
        [
            "# Baselines\n\n",
            "What removed samples become is a choice, and so is where an integrated path begins. "
            "How do conclusions depend on it?\n\n",
            escaped_sentence(
                f"{facts['n']} recordings of {facts['data']}; explained class: {facts['target']}. "
                f"Models: {listed(facts['models'])}; {len(facts['methods'])} methods, "
                f"{len(facts['metrics'])} metrics."
            ),
            "\n\n",
            *(f"- {name}: {ABOUT[name]}.\n" for name in facts["baselines"]),
            "\n## Findings\n\n",
            *(f"- {escaped_sentence(line)}\n" for line in baseline_findings(found)),
            f"\n![How orders and methods depend on the baseline]({PICTURE})\n",
            f"\n## Tables\n{tables}",
            *(
                ["\n### Methods that swap\n\n", markdown_table(swap_table(swaps, "baselines"))]
                if len(swaps)
                else []
            ),
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
        f"Intervals: 95 % over patients, {RESAMPLES} resamples; of τ percentiles and their mirror "
        "images, of shares Wilson's. White noise is drawn once for each recording, and its draw is "
        "a part of what differs between recordings."
    )
    yield (
        "A recording that is its own baseline (one without a finding, of twin; one of fewer than "
        "three beats, of the two beats) has no score with it, and orders are compared on the "
        "recordings that have scores with both."
    )
    yield (
        "Two methods swap, or hold, with certainty where they are told apart with both baselines, "
        "by intervals and by the larger p of two signed-rank tests, after Holm over all pairs of a "
        "metric and a net: a page with more methods has more pairs, and may not tell apart what "
        "another page does."
    )
    yield f"Every number is in `{SCHEMA.stem}.csv`, every two methods in `{_PAIRS}`."
    yield from machine_lines(facts)
