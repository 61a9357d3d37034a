"""Verdicts repeat what the statistics say, and only of what competes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.conftest import RUNS
from xai_bench.report.html.material import Material, gather
from xai_bench.report.html.render import Section
from xai_bench.report.verdicts.section import verdicts_section
from xai_bench.results import read_cells
from xai_bench.results.verdicts import differences, metric_agreement, ranks
from xai_bench.zoo import Zoo


@pytest.fixture(scope="module")
def section(few: Material) -> Section:
    found = verdicts_section(few)
    assert found is not None
    return found


def test_ranks_pairs_and_agreement_are_those_of_the_statistics(section: Section) -> None:
    (block,) = section.context["blocks"]
    assert block["model"] == "imn"
    cells = read_cells(RUNS)
    kept = [c for c in cells if c.model == "imn" and c.method in ("native", "ig-16", "saliency")]
    metric = "sensitivity_n"
    respect = next(one for one in block["respects"] if one["metric"].name == metric)
    order = ranks(kept, metric)
    assert [row.cells[0].text for row in respect["ranks"].rows] == list(order["method"])
    assert [row.cells[1].value for row in respect["ranks"].rows] == list(order["mean_rank"])
    pairs = differences(kept, metric)
    assert respect["apart"] == int(pairs["apart"].sum())
    assert [(row.group, row.cells[0].text) for row in respect["pairs"].rows] == list(
        zip(pairs["first"], pairs["second"], strict=True)
    )
    agreement = metric_agreement([one.only([metric, "relevance_mass"]) for one in kept], "imn")
    wanted = agreement[agreement[["first", "second"]].isin([metric, "relevance_mass"]).all(axis=1)]
    matrix = block["agreement"]
    labels = [column.heading for column in matrix.columns]
    (row,) = (r.cells for r in matrix.rows if r.cells[0].text == "sensitivity-n")
    assert row[labels.index("relevance mass")].value == wanted["tau"].iloc[0]
    assert row[labels.index("relevance mass")].heat == wanted["tau"].iloc[0]
    assert row[labels.index("sensitivity-n")].text == ""


def test_controls_do_not_compete_and_costs_agree_with_nothing(section: Section) -> None:
    (block,) = section.context["blocks"]
    for respect in block["respects"]:
        methods = {row.cells[0].text for row in respect["ranks"].rows}
        assert methods == {"native", "ig-16", "saliency"}
    headings = [column.heading for column in block["agreement"].columns]
    assert "seconds (median)" not in headings
    assert set(block["front"]["methods"]) <= {"native", "ig-16", "saliency"}
    for picture in (block["front"]["picture"], block["standings"]):
        assert picture.uri.startswith("data:image/png;base64,")
    assert [one.name for one in section.context["tables"]] == [
        "ranks.csv", "differences.csv", "agreement.csv",
    ]  # fmt: skip


def test_nothing_to_compare_no_section(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    (folder / "synthetic/imn").mkdir(parents=True)
    (folder / "synthetic/imn/native").symlink_to(RUNS / "synthetic/imn/native")
    assert verdicts_section(gather([folder], Zoo())) is None
