"""What every page of a study says last: where its numbers are, and what made them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xai_bench.report.markdown import escaped_sentence
from xai_bench.results.study_tables import Schema

__all__ = ["LOWER_MEDIAN", "machine_lines", "where_numbers_are"]

LOWER_MEDIAN = (
    "of an even number of recordings a median is the lower median, a recording's own score"
)
"""What `stats.statistic` takes, on pages with medians."""


def where_numbers_are(schema: Schema) -> str:
    """Names of the files beside the page, of a study that keeps scores."""
    return (
        f"Every estimate is in `{schema.stem}.csv`, every score in `{schema.stem}.parquet`, the "
        f"facts in `{schema.stem}.json`."
    )


def machine_lines(facts: Mapping[str, Any]) -> Iterator[str]:
    """Device and versions, from the facts of `provenance`, and what it all is not for."""
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    yield escaped_sentence(
        f"{facts['device']}, {facts['threads']} of {facts['cores']} cores, {facts['system']}, "
        f"Python {facts['python']}; {packages}."
    )
    yield "For research on explanations, not for diagnosis."
