"""The folder of a study of stability: its tables, a figure for each question, and README.md."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.how_it_came import machine_lines
from xai_bench.report.markdown import code, escaped_sentence
from xai_bench.report.stability.figures import FIGURES
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.results.study_tables import write_study
from xai_bench.stats import RESAMPLES
from xai_bench.storage import write_file
from xai_bench.studies.stability.schema import FLOORS, NOISES, QUESTIONS, SCHEMA, SIMILARITIES

__all__ = ["CAPTIONS", "READ", "draw_pictures", "picture", "render", "write_stability"]

_CAPTIONS = tomllib.loads(Path(__file__).with_name("captions.toml").read_text(encoding="utf-8"))
CAPTIONS = {question: str(of_figure["caption"]) for question, of_figure in _CAPTIONS.items()}
READ = {question: str(of_figure["read"]) for question, of_figure in _CAPTIONS.items()}
"""How to read the figure of each question."""


def picture(question: str) -> str:
    """The file name of its figure."""
    return f"{question}.png"


def write_stability(found: StabilityFindings, folder: Path, command: str) -> None:
    """Write the page, the tables and a figure for each question asked. Raises OutputError.

    Figures of an earlier study in the folder, of questions that are not asked now, go.
    """
    earlier = (folder / f"{SCHEMA.stem}.parquet").is_file()
    write_study(found.result, folder)
    write_file(folder / "README.md", render(found, command))
    for question in FIGURES.keys() - set(found.questions):
        if earlier:
            (folder / picture(question)).unlink(missing_ok=True)
    draw_pictures(found, folder)


def draw_pictures(found: StabilityFindings, folder: Path) -> None:
    """A figure for each question asked. Raises OutputError."""
    for question, draw in FIGURES.items():
        if question in found.questions:
            rows = (
                part[part["question"] == question]
                for part in (found.result.scores, found.result.table)
            )
            save_picture(draw(*rows), folder / picture(question))


def render(found: StabilityFindings, command: str) -> str:
    """The page in Markdown. command: that made it. Figures are named as `picture` says."""
    facts, few = found.result.facts, found.few_patients
    left_out = "".join(f"- {escaped_sentence(line)}\n" for line in found.left_out)
    return "".join(
        [
            "# Stability of explanations\n\n",
            escaped_sentence(
                f"{facts['n']} recordings of {facts['data']}. Models: "
                f"{', '.join(facts['models'])}. Methods: {', '.join(facts['methods'])}."
            ),
            "\n",
            *(f"\n{escaped_sentence(line)}\n" for line in facts.get("remarks", [])),
            f"\n**Few recordings:** {escaped_sentence(few)}.\n" if few else "",
            "\n## Findings\n\n",
            *(f"- *Rule:* {escaped_sentence(rule)}\n" for rule in found.rules),
            *(_findings(found, question) for question in found.questions),
            "\n## Figures\n",
            *(_figure(question) for question in found.questions),
            f"\n## Left out\n\n{left_out}" if left_out else "",
            "\n## How it came\n\n",
            *(f"- {line}\n" for line in _facts(found, command)),
        ]
    )


def _findings(found: StabilityFindings, question: str) -> str:
    shown, folded = (
        "".join(f"- {escaped_sentence(text)}\n" for text in found.texts(question, folded=fold))
        for fold in (False, True)
    )
    text = shown or "Nothing that methods could be asked.\n"
    if folded:
        # Markdown is read between the tags: by GitHub for the empty lines, by the site as told.
        text += f'\n<details markdown="1"><summary>Details</summary>\n\n{folded}\n</details>\n'
    return f"\n### {QUESTIONS[question]}\n\n{text}"


def _figure(question: str) -> str:
    return (
        f"\n### {QUESTIONS[question]}\n\n![{CAPTIONS[question]}]({picture(question)})\n\n"
        f"{READ[question]}\n"
    )


def _facts(found: StabilityFindings, command: str) -> Iterator[str]:
    facts: Mapping[str, Any] = found.result.facts
    yield f"Made by {code(command)}."
    where = f"split {facts['split']}"
    if facts["fold"] is not None:
        folds = facts["fold"] if isinstance(facts["fold"], list) else [facts["fold"]]
        where = f"folds {', '.join(map(str, folds))}" if len(folds) > 1 else f"fold {folds[0]}"
    yield escaped_sentence(
        f"{facts['n']} recordings of {facts['data']} ({where}, seed {facts['seed']}); explained "
        f"class: {facts['target']}."
    )
    nets = "; ".join(f"{name}: {len(seeds)}" for name, seeds in facts["models"].items())
    yield escaped_sentence(f"Nets that differ in their seed: {nets}.")
    if facts.get("protocol", 1) > 1:
        yield "Between two methods sizes are compared where one of the two maps has no signs."
    if recipes := facts.get("recipes"):  # tables of before have none
        yield escaped_sentence(recipes)
    flips = ""
    if "input" in found.questions:
        flips = "; of the share of flipped predictions Wilson's with the effective sample size"
    yield (
        "Intervals: 95 %, BCa bootstrap over patients with expanded percentiles, "
        f"{RESAMPLES} resamples; of pairs of nets over nets as well{flips}."
    )
    yield (
        f"Every estimate is in `stability.csv` (similarities: {', '.join(SIMILARITIES)}; SSIM is "
        "high for sparse maps whatever they show, so read it beside its floor), every score in "
        "`stability.parquet`, the facts in `stability.json`. Conditions with an SNR: "
        f"{', '.join(NOISES)}; floors: {', '.join(FLOORS.values())}."
    )
    yield from machine_lines(facts)
