"""The folder of a study of dose response: its tables, the figure, and README.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from xai_bench.report.dose_response.figures import draw
from xai_bench.report.dose_response.findings import DoseFindings
from xai_bench.report.dose_response.tables import controls_table, curves_table, follow_table
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.how_it_came import LOWER_MEDIAN, machine_lines, where_numbers_are
from xai_bench.report.markdown import code, escaped_sentence, markdown_table
from xai_bench.results.study_tables import write_study
from xai_bench.stats import RESAMPLES, share_interval
from xai_bench.storage import write_file
from xai_bench.studies.dose_response.dose_measures import DETECTED_IN, MEASURES, SCHEMA

__all__ = ["CAPTION", "PICTURE", "READ", "render", "write_dose_response"]

PICTURE = f"{SCHEMA.stem}.png"
CAPTION = "Log-odds and attribution against the dose of a planted lesion"
READ = (
    "Above: change since dose 0 of the log-odds of the class (black) and of the attribution "
    "within the evidence, of methods whose values are log-odds. Below: of all |attribution| the "
    "share within the evidence; dashed, the share of samples that are evidence. Means with 95 % "
    "intervals."
)


def write_dose_response(found: DoseFindings, folder: Path, command: str) -> None:
    """Write the page, the tables and the figure. Raises OutputError."""
    write_study(found.result, folder)
    write_file(folder / "README.md", render(found, command))
    save_picture(draw(found.result), folder / PICTURE)


def render(found: DoseFindings, command: str) -> str:
    """The page in Markdown. command: that made it."""
    result, facts = found.result, found.result.facts
    controls = controls_table(result)
    left_out = "".join(f"- {escaped_sentence(line)}\n" for line in found.left_out)
    said = {line.partition(": ")[0]: line.partition(": ")[2] for line in facts["remarks"]}
    lesions = "".join(
        f"- {escaped_sentence(line + (f'; {said[name]}' if name in said else ''))}\n"
        for name, line in _lesions(facts["lesions"]).items()
    )
    others = [line for line in facts["remarks"] if line.partition(": ")[0] not in facts["lesions"]]
    return "".join(
        [
            "# Dose response\n\n",
            "Lesions of rising dose, planted in healthy recordings: do log-odds and attribution "
            "follow?\n\n",
            escaped_sentence(
                f"{facts['n']} recordings of {facts['data']}. Models: "
                f"{', '.join(facts['models'])}. Methods: {', '.join(facts['methods'])}. Doses: "
                f"{', '.join(f'{dose:g}' for dose in facts['doses'])} mV."
            ),
            "\n",
            *(f"\n{escaped_sentence(line)}\n" for line in others),
            f"\n{lesions}",
            *_findings(found),
            f"\n## Figure\n\n![{CAPTION}]({PICTURE})\n\n{READ}\n",
            "\n## Does it follow the dose?\n\n",
            markdown_table(follow_table(result)),
            f"\n## Against irrelevant changes\n\n{markdown_table(controls)}"
            if controls.rows
            else "",
            f"\n## Responses by dose\n\n{markdown_table(curves_table(result))}",
            "\n## How to read it\n\n",
            *(f"- {one.label}: {one.read}.\n" for one in MEASURES.values()),
            f"\n## Left out\n\n{left_out}" if left_out else "",
            "\n## How it came\n\n",
            *(f"- {line}\n" for line in _facts(facts, command)),
        ]
    )


def _lesions(lesions: Mapping[str, Any]) -> dict[str, str]:
    """Of each its class, number of recordings and what it is."""
    return {
        name: f"{name} ({one['superclass'] or 'irrelevant'}; n = {one['n']}): {one['about']}"
        for name, one in lesions.items()
    }


def _findings(found: DoseFindings) -> Iterator[str]:
    yield "\n## Findings\n"
    model = ""
    for one in found.sentences:
        if one.model != model:
            model = one.model
            yield f"\n### {escaped_sentence(model)}\n\n"
        yield f"- {escaped_sentence(one.text)}\n"


def _facts(facts: Mapping[str, Any], command: str) -> Iterator[str]:
    yield f"Made by {code(command)}."
    yield (
        "The recording is changed in millivolt and normalised anew, so that what a lesion does to "
        "the mean and the spread of a lead counts. A dose is the largest change over leads and "
        "samples. Evidence is that of the largest dose, one mask for all doses; the explained "
        "class is the lesion's at every dose. All doses of a recording share the draws of a "
        "method. Against a control, attribution is summed within the evidence of the lesion in "
        "both."
    )
    yield (
        f"Intervals: 95 %, BCa bootstrap over patients (of medians percentiles; {LOWER_MEDIAN}), "
        f"{RESAMPLES} resamples; of shares of recordings Wilson's with the effective sample size. "
        "Tests: signed-rank over patients against zero, Holm over the methods of a model and "
        "lesion. A "
        "response follows the dose where the interval of tau lies above 0.5 and Holm's p is below "
        "0.05; weakly where it lies above 0."
    )
    yield (
        f"A detection limit is the dose from which on at least {DETECTED_IN:.0%} of recordings "
        "exceed their response to dose 0, as counted: a point estimate. It stands with the share "
        f"at that dose and its interval.{_limits_by_interval(facts['n'])}"
    )
    yield where_numbers_are(SCHEMA)
    yield from machine_lines(facts)


def _limits_by_interval(n: int) -> str:
    """That no limit can hold by its interval, where even all of n recordings are too few."""
    low, _ = share_interval(np.ones(n), list(map(str, range(n))))
    if not low < DETECTED_IN:
        return ""
    return (
        f" Where all of {n} recordings exceed, of as many patients, the interval begins at "
        f"{low:.0%}: by intervals no response here is detected at any dose."
    )
