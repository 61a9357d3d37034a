"""The folder of an audit: README.md, audit.csv, audit.json, audit.parquet, a picture a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xai_bench import storage
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.how_it_came import LOWER_MEDIAN
from xai_bench.report.markdown import code, escaped_sentence, markdown_table
from xai_bench.report.native_audit.figures import PICTURES, draw_question, questions_drawn
from xai_bench.report.native_audit.findings import finding
from xai_bench.report.native_audit.shown import METHODS
from xai_bench.report.native_audit.tables import method_table, question_table
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.stats import RESAMPLES
from xai_bench.studies.native_audit.audited_net import COMPARED
from xai_bench.studies.native_audit.quantities import QUESTIONS

__all__ = ["draw_pictures", "render", "write_audit"]


def write_audit(result: StudyResult, folder: str | Path, *, command: str) -> None:
    """Write the tables and the facts, and of what was written the page and the figures.

    Raises OutputError.
    """
    out = Path(folder)
    write_study(result, out)
    written = read_study(out, result.schema)  # whose numbers are rounded
    storage.write_file(out / "README.md", render(written, command=command))
    draw_pictures(written, out)


def draw_pictures(result: StudyResult, folder: Path) -> None:
    """Of every question that these recordings answer. Raises OutputError."""
    for number in questions_drawn(result.table):
        picture = draw_question(result.table, result.scores, number)
        save_picture(picture, folder / PICTURES[number])


def render(result: StudyResult, *, command: str) -> str:
    """A page of Markdown.

    command: that made the audit.
    """
    table, drawn = result.table, questions_drawn(result.table)

    def shown(number: int) -> str:
        """What was found, and its picture."""
        if number not in drawn:
            return ""
        found = escaped_sentence(finding(table, number))
        asked = QUESTIONS[number].title if number in QUESTIONS else "Native against post-hoc"
        return (f"{found}.\n\n" if found else "") + f"![{asked}]({PICTURES[number]})\n\n"

    questions = {number: question_table(table, number) for number in QUESTIONS}
    return "".join(
        (
            "# Audit of explanations that nets write themselves\n\n"
            "Σ W z + b is the logit by construction, whatever W z means; these numbers are about "
            "what it means.\n\n",
            *(f"- {fact}\n" for fact in _facts(result, command)),
            *(
                f"\n## {one.title}\n\n{shown(number)}{markdown_table(one)}"
                for number, one in questions.items()
            ),
            f"\n## Native against post-hoc, on the same net\n\n{shown(METHODS)}"
            "Read as above. `random` is the floor: white noise. Of a post-hoc method dependence is "
            "its error in predicting what removals do, and the slope of input-x-gradient is the "
            "gradient.\n\n",
            markdown_table(method_table(table)),
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
