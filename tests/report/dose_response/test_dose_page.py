"""Tables, the figure, the page and the section of a study that nobody made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

from tests.report.dose_response.dose_study_made_up import DOSES, made_up_dose_response
from tests.report.drawn import points
from xai_bench.report.dose_response.figures import draw
from xai_bench.report.dose_response.findings import DoseFindings
from xai_bench.report.dose_response.page import render as render_dose
from xai_bench.report.dose_response.page import write_dose_response
from xai_bench.report.dose_response.section import dose_response_section
from xai_bench.report.dose_response.tables import controls_table, curves_table, summary_table
from xai_bench.report.figures.style import INK
from xai_bench.report.html.bibliography import Bibliography
from xai_bench.report.html.material import gather
from xai_bench.report.html.render import render
from xai_bench.results.study_tables import read_study
from xai_bench.studies.dose_response.dose_measures import SCHEMA
from xai_bench.zoo import Zoo


def test_a_row_for_each_response_with_a_reason_where_there_is_no_number() -> None:
    table = summary_table(made_up_dose_response())
    first = [row for row in table.rows if row.group == "imn, bump, MI"]
    names = [row.cells[0].text for row in first]
    assert names == ["log-odds", "native", "saliency", "amplitude", "random"]
    assert [row.control for row in first] == [False, False, False, True, True]
    tau = first[1].cells[1]
    assert (tau.text, tau.interval) == ("0.90", "0.60 – 1.20")
    assert first[4].cells[1].reason.endswith("the same at every dose")
    assert all(len(row.cells) == len(table.columns) for row in table.rows)


def test_controls_are_beside_lesions_alone() -> None:
    table = controls_table(made_up_dose_response())
    assert {row.group for row in table.rows} == {"imn, bump, MI"}
    assert [cell.text for cell in table.rows[1].cells[:2]] == ["native", "hum"]
    assert table.rows[1].cells[3].text == "0.002"


def test_responses_have_a_column_for_each_dose() -> None:
    table = curves_table(made_up_dose_response())
    headings = [column.heading for column in table.columns]
    assert headings == ["response of", *(f"{dose:g} mV" for dose in DOSES)]


def _panel(axes: list[Axes], title: str) -> Axes:
    return next(one for one in axes if one.get_title() == title)


def test_the_figure_has_a_panel_for_each_lesion_of_each_model() -> None:
    figure = draw(made_up_dose_response())
    axes = list(figure.axes)
    titled = [one.get_title() for one in axes if one.get_title()]
    assert titled == ["bump,\nexplained: MI", "hum,\nexplained: MI", "bump,\nexplained: MI"]
    above = _panel(axes, "bump,\nexplained: MI")
    (own,) = (line for line in above.lines if line.get_color() == INK and line.get_marker() == "s")
    assert np.allclose(points(own)[:, 0], DOSES)
    assert np.allclose(points(own)[:, 1], 0.95 * np.array(DOSES))
    curves = [line for line in above.lines if len(points(line)) == len(DOSES)]
    assert len(curves) == 2, "the model, and native, whose values are log-odds"
    below = axes[axes.index(above) + 2]
    shares = [line for line in below.lines if len(points(line)) == len(DOSES)]
    assert len(shares) == 4


def test_doses_can_be_read_under_every_line_of_lesions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xai_bench.report.dose_response.figures._BESIDE", 1)
    axes = list(draw(made_up_dose_response()).axes)
    below = [one for one in axes if one.get_xlabel()]
    assert len(below) == 3
    assert all(one.xaxis.get_tick_params()["labelbottom"] for one in below)


def test_the_folder_is_a_page_that_a_report_takes_up(tmp_path: Path) -> None:
    folder = tmp_path / "dose"
    write_dose_response(DoseFindings(made_up_dose_response()), folder, "xai-bench dose")
    page = (folder / "README.md").read_text()
    for text in (
        "Made by `xai-bench dose`.",
        "![Log-odds and attribution against the dose of a planted lesion](dose_response.png)",
        "- hum (irrelevant; n = 12): mains",
        "said | so",
        "- deaf, native: no weights",
        "imn follows bump",
    ):
        assert text in page
    assert (folder / "dose_response.png").stat().st_size > 10_000
    assert len(read_study(folder, SCHEMA).table) == len(made_up_dose_response().table)
    material = gather([folder], Zoo())
    assert material.dose_responses == (folder,)
    section = dose_response_section(material)
    assert section is not None
    html = render([section], Bibliography({}), title="A page")
    assert "imn follows bump" in html
    assert "Download dose_response.csv" in html
    assert "data:image/png" in html


def test_nothing_is_shown_of_a_folder_without_the_study(tmp_path: Path) -> None:
    material = gather([], Zoo())
    assert dose_response_section(material) is None


@pytest.mark.parametrize(("n", "sure"), [(12, False), (24, False), (64, True)])
def test_how_few_recordings_can_show_no_detection_by_interval(n: int, sure: bool) -> None:
    result = made_up_dose_response()
    page = render_dose(DoseFindings(replace(result, facts=result.facts | {"n": n})), "made")
    assert "as counted: a point estimate." in page
    assert (f"Where all of {n} recordings exceed" in page) is not sure
    assert ("by intervals no response here is detected at any dose." in page) is not sure
