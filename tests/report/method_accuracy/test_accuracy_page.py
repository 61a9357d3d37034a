"""The figure, the page and the section of a study that nobody made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.report.drawn import check_printable
from tests.report.method_accuracy.accuracy_study_made_up import made_up_method_accuracy
from xai_bench.report.html.bibliography import Bibliography
from xai_bench.report.html.material import gather
from xai_bench.report.html.render import render
from xai_bench.report.method_accuracy.figures import draw
from xai_bench.report.method_accuracy.findings import AccuracyFindings
from xai_bench.report.method_accuracy.page import render as render_page
from xai_bench.report.method_accuracy.page import write_method_accuracy
from xai_bench.report.method_accuracy.section import method_accuracy_section
from xai_bench.report.method_accuracy.tables import accuracy_tables, summary_table
from xai_bench.results.study_tables import read_study
from xai_bench.studies.method_accuracy.accuracy_measures import SCHEMA
from xai_bench.zoo import Zoo


def test_the_figure_has_a_panel_for_each_kind_of_parts_and_a_square_for_each_pair() -> None:
    figure = draw(made_up_method_accuracy())
    samples, regions, leads = figure.axes
    titles = [text.get_text() for text in figure.texts]
    assert titles[-3:] == ["single samples", "tenths of a lead", "leads"]
    check_printable(figure)
    assert [one.get_text() for one in samples.get_xticklabels()] == ["plain", "rule *"]
    assert [one.get_text() for one in leads.get_xticklabels()] == ["plain", "rule"]
    names = [one.get_text() for one in samples.get_yticklabels()]
    assert names == ["good", "fair", "blind", "random", "truth"]
    for axes in figure.axes:
        assert [one.get_text() for one in axes.texts] == [
            *(".99", ".97", ".60", "–", "–", "-.40", ".00", ".01", "1", "1")
        ]
    assert not any(one.get_text() for one in regions.get_yticklabels())


def test_the_folder_is_a_page_that_a_report_takes_up(tmp_path: Path) -> None:
    folder = tmp_path / "accuracy"
    write_method_accuracy(
        AccuracyFindings(made_up_method_accuracy()), folder, "xai-bench accuracy --n 12"
    )
    page = (folder / "README.md").read_text()
    for text in (
        "Made by `xai-bench accuracy --n 12`.",
        "(method_accuracy.png)",
        "| `plain` | sample | none | a plain \\| net |",
        "### plain",
        "is good 0.99 [0.98, 1.00]",
        "said | so",
        "plain, fair: 2 recordings",
    ):
        assert text in page
    assert (folder / "method_accuracy.png").stat().st_size > 5_000
    assert len(read_study(folder, SCHEMA).table) == len(made_up_method_accuracy().table)
    material = gather([folder], Zoo())
    assert material.method_accuracies == (folder,)
    section = method_accuracy_section(material)
    assert section is not None
    html = render([section], Bibliography({}), title="A page")
    assert "nearly proportional to the truth" in html
    assert "Download method_accuracy.csv" in html
    assert "data:image/png" in html


def test_nothing_is_shown_of_a_folder_without_the_study() -> None:
    assert method_accuracy_section(gather([], Zoo())) is None


def test_intervals_are_spoken_of_where_there_are_some() -> None:
    for few, said in ((False, "with 95 % intervals"), (True, "too few patients for intervals")):
        result = made_up_method_accuracy(few=few)
        for table in (summary_table(result), *accuracy_tables(result)):
            assert str(table.caption[0]).endswith(said)


def test_a_page_of_controls_alone_says_that_nothing_is_said_of_them() -> None:
    result = made_up_method_accuracy()
    controls = result.table[result.table["method"].isin(["truth", "random"])]
    found = AccuracyFindings(replace(result, table=controls))
    nets = {name: dict(one, suspect_lead="") for name, one in result.facts["models"].items()}
    found = AccuracyFindings(replace(found.result, facts=result.facts | {"models": nets}))
    page = render_page(found, "made")
    assert "## Findings\n\nNothing is said of controls alone" in page


def test_methods_that_are_nearer_to_the_truth_for_a_class_are_listed() -> None:
    made = made_up_method_accuracy()
    row = {
        **{"model": "plain", "first": "MI", "second": "NORM", "test": "unpaired"},
        **{"difference": 0.25, "ci_low": 0.1, "ci_high": 0.4, "p": 0.001, "p_holm": 0.002},
        **{"apart": True, "first_patients": 6, "second_patients": 7},
    }
    few = dict.fromkeys(("ci_low", "ci_high", "p", "p_holm")) | {"apart": False}
    rows = [row | {"method": "good"}, row | {"method": "fair", "apart": False}]
    rows.append(row | {"method": "random"} | few | {"second_patients": 3})
    before, now = (
        list(accuracy_tables(replace(made, facts=made.facts | facts)))
        for facts in ({}, {"by_class": rows})
    )
    assert len(now) == len(before) + 1
    (only,) = now[-1].rows
    assert [cell.text for cell in only.cells] == ["good", "MI − NORM", "0.25", "0.002"]
    assert now[-1].caption[0].startswith("1 of 2 comparisons are told apart")
    assert "3 to 7; fewer than five are not tested (1 comparisons)" in now[-1].caption[1]
