"""The folder of a study of method accuracy: its tables, the figure, and README.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.how_it_came import LOWER_MEDIAN, machine_lines, where_numbers_are
from xai_bench.report.markdown import code, escaped, escaped_sentence, markdown_table
from xai_bench.report.method_accuracy.figures import draw
from xai_bench.report.method_accuracy.findings import AccuracyFindings
from xai_bench.report.method_accuracy.tables import accuracy_tables, nets_table
from xai_bench.results.study_tables import write_study
from xai_bench.stats import RESAMPLES
from xai_bench.storage import write_file
from xai_bench.studies.method_accuracy.accuracy_measures import MEASURES, PARTS, SCHEMA

__all__ = ["ABOUT", "CAPTION", "PICTURE", "READ", "render", "write_method_accuracy"]

PICTURE = f"{SCHEMA.stem}.png"
CAPTION = "Cosine of the attributions of methods with the truth about known nets"
READ = (
    "Mean cosine over recordings, from -1 (vermilion) to 1 (blue); grey: the method cannot explain "
    "the net. Below the line what knows no model, and the truth with a part of it lost. * the "
    "truth rests on a convention at this resolution."
)
ABOUT = (
    "The truth is what each sample of z, the normalised recording, adds to the log-odds from the "
    "zero recording on. Methods that start from other recordings (expected-gradients, "
    "gradient-shap, deepshap) answer another question, and their distance is not an error alone. "
    "Methods that share the value of a region among its samples (shap, kernelshap, "
    "permutation-shap, lime, feature-ablation, wave-ablation, occlusion, rise) say nothing of "
    "single samples: read them in regions and leads."
)


def write_method_accuracy(found: AccuracyFindings, folder: Path, command: str) -> None:
    """Write the page, the tables and the figure. Raises OutputError."""
    write_study(found.result, folder)
    write_file(folder / "README.md", render(found, command))
    save_picture(draw(found.result), folder / PICTURE)


def render(found: AccuracyFindings, command: str) -> str:
    """The page in Markdown. command: that made it."""
    facts = found.result.facts
    left_out = "".join(f"- {escaped_sentence(line)}\n" for line in found.left_out)
    tables = "".join(
        f"\n### {escaped(table.title)}\n\n{markdown_table(table)}"
        for table in accuracy_tables(found.result)
    )
    return "".join(
        [
            "# Method accuracy\n\n",
            "How near do attribution methods come to the truth about nets whose truth is known?"
            "\n\n",
            escaped_sentence(
                f"{facts['n']} recordings of {facts['data']}; explained class: {facts['target']}. "
                f"{len(facts['models'])} known nets, {len(facts['methods'])} methods and controls."
            ),
            "\n\n",
            f"{ABOUT}\n",
            *(f"\n{escaped_sentence(line)}\n" for line in facts.get("remarks", [])),
            f"\n## Known nets\n\n{markdown_table(nets_table(found.result))}",
            *_findings(found),
            f"\n## Figure\n\n![{CAPTION}]({PICTURE})\n\n{READ}\n",
            f"\n## Tables\n{tables}",
            "\n## How to read it\n\n",
            *(f"- {one.label}: {one.read}.\n" for one in MEASURES.values()),
            *(f"- {name}: {about}.\n" for name, about in PARTS.items()),
            f"\n## Left out\n\n{left_out}" if left_out else "",
            "\n## How it came\n\n",
            *(f"- {line}\n" for line in _facts(facts, command)),
        ]
    )


def _findings(found: AccuracyFindings) -> Iterator[str]:
    yield "\n## Findings\n"
    if not found.sentences:
        yield "\nNothing is said of controls alone, or where no truth is unique.\n"
    for model in found.result.facts["models"]:
        texts = [one.text for one in found.sentences if one.model == model]
        if texts:
            yield f"\n### {escaped_sentence(model)}\n\n"
            yield from (f"- {escaped_sentence(text)}\n" for text in texts)


def _facts(facts: Mapping[str, Any], command: str) -> Iterator[str]:
    yield f"Made by {code(command)}."
    yield (
        f"Intervals: 95 %, BCa bootstrap over patients (of medians percentiles; {LOWER_MEDIAN}), "
        f"{RESAMPLES} resamples. A map that misses the sum it promises is not compared, and "
        "counted as left out."
    )
    yield where_numbers_are(SCHEMA)
    yield from machine_lines(facts)
