"""The folder of a study of territories: its tables, three pictures, and README.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from xai_bench import storage
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.how_it_came import machine_lines, where_numbers_are
from xai_bench.report.markdown import code, escaped, escaped_sentence, markdown_table
from xai_bench.report.territories.figures import (
    draw_segments,
    draw_two_hearts,
    draw_wall_times,
)
from xai_bench.report.territories.findings import findings
from xai_bench.report.territories.tables import same_ecg_summary, summary_tables, wall_table
from xai_bench.results.study_tables import StudyResult, read_study, to_csv, write_study
from xai_bench.stats import RESAMPLES
from xai_bench.studies.territories import same_ecg, wall_times
from xai_bench.studies.territories.same_ecg import other_heart
from xai_bench.studies.territories.study import SCHEMA, SEGMENTS, SIZE, TWIN, USUAL, Territories
from xai_bench.studies.territories.territory_readings import READINGS

__all__ = ["draw_pictures", "read_territories", "render", "write_territories"]

_BESIDE = {"segments.csv": SEGMENTS, "same_ecg.csv": same_ecg.COLUMNS}
_BESIDE |= {"wall_times.csv": wall_times.COLUMNS}
_SHOWN = "anterior"
"""The territory that the picture of two hearts silences."""


def write_territories(found: Territories, folder: Path, command: str) -> None:
    """Write the tables and facts, and of what was written the page and the pictures.

    Raises OutputError.
    """
    tables = (found.segments, found.same_ecg, found.wall_times)
    for name, table in zip(_BESIDE, tables, strict=True):
        storage.write_file(folder / name, to_csv(table))
    result = StudyResult(
        schema=SCHEMA,
        table=found.result.table,
        facts=found.result.facts | {"command": command},
        scores=found.result.scores,
    )
    write_study(result, folder, beside=list(_BESIDE))
    written = read_territories(folder)
    storage.write_file(folder / "README.md", render(written))
    draw_pictures(written, folder)


def draw_pictures(written: Territories, folder: Path) -> None:
    """What was read again. Raises OutputError."""
    save_picture(draw_segments(written.segments), folder / f"{SCHEMA.stem}.png")
    save_picture(draw_wall_times(written.wall_times), folder / "wall_times.png")
    source = SyntheticSource()
    row = source.index.record_id.index(written.same_ecg["record_id"][0])
    save_picture(draw_two_hearts(other_heart(source.making(row), _SHOWN)), folder / "same_ecg.png")


def read_territories(folder: Path) -> Territories:
    """What `write_territories` wrote. Raises InputError."""
    segments, hearts, walls = (
        storage.read_table(folder / name, columns, SCHEMA.mend) for name, columns in _BESIDE.items()
    )
    return Territories(
        result=read_study(folder, SCHEMA), segments=segments, same_ecg=hearts, wall_times=walls
    )


def render(found: Territories) -> str:
    """The page in Markdown."""
    facts = found.result.facts
    planted = ", ".join(f"{count} {name}" for name, count in facts["findings"].items())
    tables = "".join(
        f"\n### {escaped(table.title)}\n\n{markdown_table(table)}"
        for table in summary_tables(found.result)
    )
    return "".join(
        [
            "# Which muscle does an explanation point at?\n\n",
            "The heart of `synthetic` is 20 known sources, 17 of them the segments of the left "
            "ventricle, and its leads are their sum through a known lead field. A map of leads and "
            "samples can so be pulled back to segments, and compared with those that a planted "
            "infarct silenced. In real recordings nothing of this is known: this says what could "
            "be read off a map at best. For research on explanations, not for diagnosis.\n\n",
            f"{facts['n']} recordings of the test fold, each with one infarct ({planted}) and "
            f"nothing else; explained: the log-odds of {facts['target']}. Silent are segments that "
            "lost at least half as much of their force as the worst hit.\n",
            "\n![What died, and what maps say](territories.png)\n\n",
            "Means over recordings; maps are read as what is missing, two methods of each net; "
            "anterior above, lateral on the right, the apex in the middle, each picture on its own "
            "scale.\n",
            "\n## Findings\n\n",
            *(f"- {escaped_sentence(line)}\n" for line in findings(found)),
            f"\n## Methods\n{tables}",
            "\n## How a map is read\n\n",
            *(f"- {name}: {escaped_sentence(text)}.\n" for name, text in READINGS.items()),
            f"- {TWIN}: the planted change of z itself, read as weights or by size: a map that "
            "knows the answer.\n",
            f"- {SIZE}: the strength of each segment's own part of the leads. {USUAL}: its mean "
            "loss in the other recordings. Both look at no map.\n",
            "\nBoth of the first readings are of methods whose map is a weight for each sample "
            "times z. Neither the twin nor what died goes into them, but what each segment adds in "
            "the healthy heart does, which no one knows of a patient.\n",
            "\n## Two hearts with one ECG\n\n",
            "![Two hearts, the same twelve leads](same_ecg.png)\n\n",
            markdown_table(same_ecg_summary(found.same_ecg)),
            "\nA map over leads and samples, however faithful to a net, cannot tell these two "
            "hearts apart: that the net means one territory rather than another is said by what it "
            "learnt of hearts, not by the ECG.\n",
            "\n## Excitation along the wall\n\n",
            "![Arrival along the wall against straight lines](wall_times.png)\n\n",
            markdown_table(wall_table(found.wall_times)),
            "\nThe generator keeps its straight lines, for which its widths and delays were "
            "fitted; `data/synthetic/ventricle.py` solves the eikonal equation in the wall, from "
            "the same entries at the same speeds.\n",
            "\n## How it came\n\n",
            *(f"- {line}\n" for line in _facts(facts)),
        ]
    )


def _facts(facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"Made by {code(facts['command'])}."
    yield (
        f"Intervals: 95 %, BCa bootstrap over patients, {RESAMPLES} resamples. A method that "
        "cannot explain a net is not in its table."
    )
    yield where_numbers_are(SCHEMA)
    yield f"Beside them {', '.join(f'`{name}`' for name in _BESIDE)}."
    yield from machine_lines(facts)
