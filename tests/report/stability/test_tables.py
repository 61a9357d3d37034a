"""The summary in a terminal."""

from __future__ import annotations

import re

from rich.console import Console

from tests.studies.stability.made_up import made_up
from xai_bench.report.stability.tables import summary
from xai_bench.studies.stability.headline_scores import headline
from xai_bench.studies.stability.result import Comparison

QUALITY = {"native": 0.8, "gradcam": 0.9, "amplitude": 0.95}


def _lines(comparison: Comparison) -> list[str]:
    console = Console(width=160)
    with console.capture() as captured:
        console.print(summary(comparison.scores, comparison.table))
    return captured.get().splitlines()


def test_every_method_of_every_model_has_a_row_controls_last() -> None:
    comparison = made_up(n=8, quality=QUALITY)
    names = [line.split()[0] for line in _lines(comparison) if line.split()]
    rows = [name for name in names if name in ("imn", "resnet1d", *QUALITY)]
    assert rows == [
        "imn", "native", "gradcam", "amplitude", "resnet1d", "gradcam", "amplitude",
    ]  # fmt: skip
    head = " ".join(_lines(comparison)[:4])
    for column in ("noise, 20 dB", "lead swap", "other seeds", "in evidence", "next beat"):
        assert column in head
    assert "seeds of" in head


def test_numbers_are_those_of_the_recordings_and_of_the_table() -> None:
    comparison = made_up(n=8, quality=QUALITY, questions="input,beats")
    text = "\n".join(_lines(comparison))
    for name in ("noise", "beats"):
        mean = headline(name, comparison.scores, "imn").scores["native"].mean()
        assert re.search(rf"native.*{mean:.2f} \d", text)
    table = comparison.table
    swap = table[
        (table["condition"] == "lead swap")
        & (table["method"] == "native")
        & (table["measure"] == "spearman")
        & (table["given"] == "all")
    ]
    assert f"{swap['mean'].iloc[0]:.2f} {swap['ci_low'].iloc[0]:.2f}–" in text
    assert "other seeds" not in text, "was not asked"
