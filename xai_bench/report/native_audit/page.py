"""The folder of an audit: README.md, audit.csv, audit.json, audit.parquet and audit.png."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xai_bench import storage
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.report.how_it_came import LOWER_MEDIAN
from xai_bench.report.markdown import code, escaped_sentence, markdown_table
from xai_bench.report.native_audit.figures import DPI, draw
from xai_bench.report.native_audit.tables import method_table, question_table
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.stats import RESAMPLES
from xai_bench.studies.native_audit.audited_net import COMPARED
from xai_bench.studies.native_audit.quantities import QUESTIONS

__all__ = ["render", "write_audit"]


def write_audit(result: StudyResult, folder: str | Path, *, command: str) -> None:
    """Write the tables and the facts, and of what was written the page and the figures.

    Raises OutputError.
    """
    out = Path(folder)
    write_study(result, out)
    written = read_study(out, result.schema)  # whose numbers are rounded
    storage.write_file(out / "README.md", render(written, command=command, picture="audit.png"))
    save_figure(draw(written.table, written.scores), out / "audit.png", dpi=DPI)


def render(result: StudyResult, *, command: str, picture: str) -> str:
    """A page of Markdown.

    command: that made the audit. picture: file name of the figures.
    """
    questions = [question_table(result.table, number) for number in QUESTIONS]
    return "".join(
        (
            "# Audit of explanations that nets write themselves\n\n"
            "Σ W z + b is the logit by construction, whatever W z means; these numbers are about "
            "what it means.\n\n",
            *(f"- {fact}\n" for fact in _facts(result, command)),
            f"\n![The audit in figures]({picture})\n",
            *(f"\n## {table.title}\n\n{markdown_table(table)}" for table in questions),
            "\n## Native against post-hoc, on the same net\n\n"
            "Read as above. `random` is the floor: white noise. Of a post-hoc method dependence is "
            "its error in predicting what removals do, and the slope of input-x-gradient is the "
            "gradient.\n\n",
            markdown_table(method_table(result.table)),
        )
    )


def _facts(result: StudyResult, command: str) -> Iterator[str]:
    n, split, seed = (result.facts[name] for name in ("n", "split", "seed"))
    data = result.facts.get("data", "synthetic")
    made = data == "synthetic"
    yield f"Made by {code(command)}."
    yield escaped_sentence(
        f"{n} {'synthetic recordings' if made else f'recordings of {data}'} of the split {split}, "
        f"seed {seed}, classes in turn; the explained class is the true one."
    )
    yield from map(escaped_sentence, result.facts.get("remarks", []))
    yield (
        f"Removal, weight collapse and twin patching on the first {min(COMPARED, n)}, the same for "
        "all methods; n is what remains where a quantity is defined."
    )
    yield (
        f"Intervals: 95 %, bootstrap over patients, {RESAMPLES} resamples. Means, or medians "
        f"where the table says so; {LOWER_MEDIAN}. Every number is in `audit.csv`."
    )
    of = "Of synthetic recordings; for" if made else "For"
    yield f"{of} research on explanations, not for diagnosis."
