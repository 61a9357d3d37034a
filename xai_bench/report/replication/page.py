"""The folder of a replication: README.md, replicated.csv, replicated.json, replicated.png."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xai_bench import storage
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.markdown import code, escaped_sentence, markdown_table
from xai_bench.report.replication.figures import draw_replication
from xai_bench.report.replication.findings import findings
from xai_bench.report.replication.tables import (
    count_table,
    leader_table,
    reversed_table,
    sides_table,
)
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.stats import RESAMPLES
from xai_bench.studies.replication import SCHEMA

__all__ = ["PICTURE", "render", "write_replication"]

PICTURE = "replicated.png"


def write_replication(result: StudyResult, folder: str | Path, *, command: str) -> None:
    """Write the table and the facts, and of what was written the page and the picture.

    Raises OutputError.
    """
    out = Path(folder)
    facts = result.facts | {"command": command}
    write_study(StudyResult(schema=SCHEMA, table=result.table, facts=facts), out)
    written = read_study(out, SCHEMA)  # whose numbers are rounded
    storage.write_file(out / "README.md", render(written))
    save_picture(draw_replication(written.table), out / PICTURE)


def render(result: StudyResult) -> str:
    """A page of Markdown."""
    sections = [
        "# Which of two methods is better on every fold and every training?\n\n",
        "".join(f"- {escaped_sentence(line)}\n" for line in findings(result)),
        f"\n![Pairs that hold, by metric and net]({PICTURE})\n",
        "\n## Which method leads\n\n" + markdown_table(leader_table(result)),
        "\n## Sides\n\n" + markdown_table(sides_table(result)),
        "\n## Pairs by verdict\n\n" + markdown_table(count_table(result)),
    ]
    if (result.table["verdict"] == "reversed").any():
        changed = markdown_table(reversed_table(result))
        sections.append("\n## Pairs that change places\n\n" + changed)
    sections += ["\n## How it came\n\n", *(f"- {line}\n" for line in _facts(result))]
    return "".join(sections)


def _facts(result: StudyResult) -> Iterator[str]:
    command = result.facts.get("command", "")
    if command:
        yield f"Made by {code(command)}."
    yield (
        "A side is a training of a net, by its seed, on a fold. On each, every two methods are "
        "compared on the recordings that both have scores of, and are apart where Holm's p over "
        "all pairs of the metric is below 0.05 and the interval of the difference excludes 0 "
        f"(95 %, {RESAMPLES} resamples of patients). An order holds where the two are apart in it "
        "on every side."
    )
    yield (
        "Two trainings on one fold share recordings, so that they are no independent samples of "
        "patients; two folds share none. All recordings taken together are resampled by patient."
    )
    yield (
        "With few recordings an order that is true may be apart on some sides only: undecided is "
        "not reversed. So few trainings and folds say little of other nets, and nothing of "
        "recordings of another kind: see the rankings on real recordings."
    )
    for line in result.facts["left_out"]:
        yield f"Left out: {escaped_sentence(line)}."
    yield (
        "Every pair is in `replicated.csv`, with a sign and a number of recordings for each side; "
        "its value and n are of all sides together. For research on explanations, not for "
        "diagnosis."
    )
