"""Many comparisons on one page: each has its row, its sentence by rule, and its dots."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.report.realism.test_findings import TABLE
from xai_bench.errors import InputError
from xai_bench.report.html import write_report
from xai_bench.report.realism.comparisons_page import (
    comparisons_table,
    draw_comparisons,
    render_comparisons,
    sentences,
    write_comparisons,
)
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.realism.comparison_table import SCHEMA, comparison_rows
from xai_bench.studies.realism.study import join


def _compared(
    label: str, made: str, auroc: float, low: float, *, p: float = 1.0, reason: str = ""
) -> StudyResult:
    """One comparison of 14 real with 40 made recordings."""
    test = pd.DataFrame(
        [
            {"group": group, "classifier": classifier, "features": 9, "real_n": 14, "made_n": 40}
            | {"auroc": auroc, "ci_low": low, "ci_high": 0.9}
            for group, classifier in (
                ("shape", "logistic"),
                ("all but the recorder", "logistic"),
                ("all but the recorder", "forest"),
                ("everything", "forest"),
            )
        ]
    )
    keys = {"real": "clinic", "made": made, "class": label}
    features = TABLE.assign(p=TABLE["p"] * p, real_n=14, made_n=40)
    return StudyResult(
        schema=SCHEMA,
        table=comparison_rows(keys, test, features, reason),
        facts={"comparisons": [keys]},
    )


@pytest.fixture(scope="module")
def several() -> StudyResult:
    return join(
        [
            _compared("NORM", "synthetic", 0.55, 0.41, p=1000.0),
            _compared("MI", "synthetic", 0.75, 0.6),
            _compared("MI", "planted-clinic", 0.5, 0.4, reason="there are 3 patients"),
        ]
    )


def test_each_comparison_has_a_row_with_both_classifiers(several: StudyResult) -> None:
    table = comparisons_table(several.table)
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    assert texts == [
        ["NORM", "clinic", "synthetic", "14", "40", "0.55", "0.55"],
        ["MI", "clinic", "synthetic", "14", "40", "0.75", "0.75"],
        ["MI", "clinic", "planted-clinic", "0", "0", "–", "–"],
    ]
    assert table.rows[0].cells[-1].interval == "0.41 – 0.90"


def test_a_sentence_says_what_the_interval_and_the_distances_say(several: StudyResult) -> None:
    normal, sick, unknown = sentences(several)
    assert normal.startswith(
        "**NORM**, `synthetic` beside `clinic` (40 against 14): not told apart, "
        "AUROC 0.55 [0.41, 0.90]. No feature differs"
    )
    assert sick == (
        "**MI**, `synthetic` beside `clinic` (40 against 14): told apart, AUROC 0.75 "
        "[0.60, 0.90]. 2 of 3 features differ; most: R V2 (higher, KS 0.90), QT (higher, "
        "KS 0.50)."
    )
    assert unknown == ("**MI**, `planted-clinic` beside `clinic`: not asked, there are 3 patients.")


def test_what_else_tells_two_sides_apart_is_in_the_sentence() -> None:
    result = _compared("MI", "planted-clinic", 0.67, 0.49)
    table = result.table
    forest = (table["classifier"] == "forest") & (table["shown"] == "all but the recorder")
    shape = table["shown"] == "shape"
    assert forest.sum() == shape.sum() == 1
    for rows, auroc, low in ((forest, 0.8, 0.67), (shape, 0.85, 0.72)):
        table.loc[rows, ["value", "ci_low"]] = auroc, low
    (text,) = sentences(result)
    assert text.startswith(
        "**MI**, `planted-clinic` beside `clinic` (40 against 14): not told apart by logistic "
        "regression on all features, AUROC 0.67 [0.49, 0.90], but by shape alone (0.85 [0.72, "
        "0.90]) and a forest (0.80 [0.67, 0.90]). "
    )


def test_the_figure_has_a_panel_a_class_and_two_dots_a_comparison(several: StudyResult) -> None:
    figure = draw_comparisons(several.table)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["NORM", "MI"]
    normal = figure.axes[0]
    dots = [line for line in normal.lines if line.get_marker() == "o"]
    assert [float(np.asarray(line.get_xdata())[0]) for line in dots] == [0.55, 0.55]
    (label,) = normal.get_yticklabels()
    assert label.get_text() == "synthetic (40)  |  clinic (14)"


def test_the_page_is_of_what_was_written(several: StudyResult, tmp_path: Path) -> None:
    write_comparisons(several, tmp_path, about="Of a clinic.", command="make realism")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"README.md", "realism.csv", "realism.json", "realism.png"}
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert page == render_comparisons(
        several, about="Of a clinic.", command="make realism", picture="realism.png"
    )
    assert "Of a clinic.\n\nMade by `make realism`." in page
    assert "| MI | clinic | synthetic | 14 | 40 |" in page
    assert page.count("\n- **") == 3


def test_the_report_shows_what_a_folder_holds(several: StudyResult, tmp_path: Path) -> None:
    folder = tmp_path / "realism"
    write_comparisons(several, folder, about="Of a clinic.", command="make realism")
    written = write_report(folder, out=tmp_path / "page.html", records=0)
    assert "How real made recordings are" in written.sections
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for sentence in sentences(several):
        assert sentence.replace("**", "").replace("`", "") in page
    assert "planted-clinic" in page
    (folder / "realism.json").write_text("{}")
    with pytest.raises(InputError, match=r"realism\.json has no list 'comparisons'"):
        write_report(folder, out=tmp_path / "page.html", records=0)
