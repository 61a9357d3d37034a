"""The folder of a comparison of rankings: a page, rankings.csv, pairs.parquet and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xai_bench import storage
from xai_bench.errors import InputError
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.markdown import code, escaped_sentence, markdown_table
from xai_bench.report.rankings.figures import draw_rankings
from xai_bench.report.rankings.findings import findings
from xai_bench.report.rankings.tables import (
    data_table,
    family_table,
    metric_table,
    missing_table,
    swap_table,
)
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.stats import RESAMPLES
from xai_bench.studies.rankings.method_pairs import PAIRS
from xai_bench.studies.rankings.study import SCHEMA, Rankings

__all__ = ["read_rankings", "render", "write_rankings"]

PICTURE = "rankings.png"
_PAIRS = "pairs.parquet"


def write_rankings(found: Rankings, folder: str | Path, *, command: str) -> None:
    """Write the tables and the facts, and of what was written the page and the picture.

    Raises InputError where no two orders can be compared, OutputError.
    """
    out = Path(folder)
    if found.result.table["value"].isna().all():
        raise InputError(" ".join(findings(found.result, found.pairs)))
    result = StudyResult(
        schema=SCHEMA, table=found.result.table, facts=found.result.facts | {"command": command}
    )
    with storage.new_file(out / _PAIRS) as temporary:
        found.pairs.to_parquet(temporary, index=False)
    write_study(result, out, beside=[_PAIRS])
    written = read_rankings(out)  # whose numbers are rounded
    storage.write_file(out / "README.md", render(written))
    save_picture(draw_rankings(written.result), out / PICTURE)


def read_rankings(folder: Path) -> Rankings:
    """What `write_rankings` wrote. Raises InputError."""
    result = read_study(folder, SCHEMA)
    return Rankings(result=result, pairs=storage.read_table(folder / _PAIRS, PAIRS, SCHEMA.mend))


def render(found: Rankings) -> str:
    """A page of Markdown."""
    result, table = found.result, found.result.table
    command = result.facts.get("command", "")
    sections = [
        "# Does the ranking of methods hold on other recordings?\n\n",
        "".join(f"- {escaped_sentence(line)}\n" for line in findings(result, found.pairs)),
        f"\n![Kendall's τ by net and metric]({PICTURE})\n",
        "\n## By net\n\n" + markdown_table(family_table(result)),
        "\n## Recordings\n\n" + markdown_table(data_table(result)),
        "\n## By metric\n\n" + markdown_table(metric_table(result)),
    ]
    if (found.pairs["verdict"] == "swaps").any():
        sections.append("\n## Methods that swap\n\n" + markdown_table(swap_table(found.pairs)))
    if (table["reason"] != "").any():
        sections.append("\n## Not compared\n\n" + markdown_table(missing_table(table)))
    sections += ["\n## How it came\n\n", *(f"- {line}\n" for line in _facts(result, command))]
    return "".join(sections)


def _facts(result: StudyResult, command: str) -> Sequence[str]:
    left_out = [f"Left out: {escaped_sentence(line)}." for line in result.facts["left_out"]]
    return [
        *([f"Made by {code(command)}."] if command else []),
        "τ is Kendall's τ-b of the mean scores of methods on the recordings that all of them have "
        "scores of; controls and costs are in no order. Means that differ by no more than 1e-5 of "
        "themselves, or of 1, are tied.",
        f"Intervals: 95 %, {RESAMPLES} resamples of patients, apart for the two data sets and the "
        "same for all methods; percentiles and their mirror images. They say nothing of other "
        "methods: with five of them τ has few values, and an interval that is one point is too "
        "short.",
        "Two methods swap, or hold, with certainty where their difference is apart from 0 on both "
        "data sets by its interval and by the larger p of the two signed-rank tests, after Holm "
        "over all pairs of a metric. In one order of twenty a certain verdict may be false.",
        "Halves have half the recordings and agree less than the whole; nothing corrects for it. "
        "That a half of one data set agrees with a half of the other as halves of one do is what "
        "to look for.",
        *left_out,
        "Every number is in `rankings.csv`, every two methods in `pairs.parquet`. For research on "
        "explanations, not for diagnosis.",
    ]
