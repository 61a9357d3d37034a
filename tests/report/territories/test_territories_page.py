"""Sentences, tables and pictures of a study of territories that was made by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.heart import LEFT, SOURCES
from xai_bench.report.markdown import markdown_table
from xai_bench.report.territories.figures import draw_segments, draw_two_hearts, draw_wall_times
from xai_bench.report.territories.findings import findings
from xai_bench.report.territories.page import read_territories, render
from xai_bench.report.territories.tables import model_table, wall_table
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.territories.same_ecg import COLUMNS as HEARTS
from xai_bench.studies.territories.same_ecg import other_heart
from xai_bench.studies.territories.study import (
    SCHEMA,
    SEGMENTS,
    SIZE,
    TWIN,
    USUAL,
    Territories,
)
from xai_bench.studies.territories.wall_times import COLUMNS as WALLS

COMMITTED = Path(__file__).parents[3] / "docs" / "territories"


def _rows(method: str, reading: str, auroc: float, above: float | None) -> list[dict[str, object]]:
    values = {"auroc": auroc, "mass": 0.5} | ({} if above is None else {"above_usual": above})
    return [
        {
            **{"model": "imn", "method": method, "reading": reading, "measure": measure},
            **{"value": value, "ci_low": value - 0.05, "ci_high": value + 0.05},
            **{"n": 12, "reason": "", "n_failed": 0},
        }
        for measure, value in values.items()
    ]


def made() -> Territories:
    rows = [
        *_rows("ig-16", "missing", 0.9, 0.2),
        *_rows("native", "missing", 0.4, -0.3),
        *_rows("saliency", "share", 0.55, -0.15),
        *_rows(TWIN, "missing", 0.8, 0.1),
        *_rows(SIZE, "none", 0.5, -0.2),
        *_rows(USUAL, "none", 0.7, None),
    ]
    segments = [
        {
            **{"finding": "AMI", "model": "imn", "method": method, "reading": reading},
            **{"segment": name, "score": 0.1 * k - 0.8, "lost": float(k > 8), "n": 12},
        }
        for method, reading in ((TWIN, "missing"), (USUAL, "none"), ("ig-16", "missing"))
        for k, name in enumerate(SOURCES[LEFT])
    ]
    hearts = [
        {
            **{"territory": name, "record_id": "00010", "patient_id": "P", "silent": 5},
            **{"ecg_uv": 1000.0, "largest_uv": 2e-12, "rounded_uv": 0},
            **{"growth": 1.5, "outward_uv": left},
        }
        for name, left in (("anterior", 100.0), ("lateral", 400.0))
    ]
    walls = [
        ("LBBB", "apex", 40.0, 45.0, True),
        ("LBBB", "mid inferior", 50.0, 70.0, True),
        ("LBBB", "right apex", 10.0, 90.0, False),
        ("healthy", "apex", 40.0, 41.0, True),
    ]
    return Territories(
        result=StudyResult(
            schema=SCHEMA,
            table=pd.DataFrame(rows)[list(SCHEMA.estimates)].astype(SCHEMA.estimates),
            facts={"models": ["imn"], "findings": {"AMI": 12}, "n": 12, "target": "MI"},
        ),
        segments=pd.DataFrame(segments)[list(SEGMENTS)].astype(SEGMENTS),
        same_ecg=pd.DataFrame(hearts)[list(HEARTS)].astype(HEARTS),
        wall_times=pd.DataFrame(walls, columns=list(WALLS)).astype(WALLS),
    )


def test_sentences_say_which_maps_are_better_than_knowing_the_usual() -> None:
    missing, share, controls, *_ = findings(made())
    assert "ig-16 0.90 [0.85, 0.95] and native 0.40 [0.35, 0.45]; n = 12 infarcts" in missing
    assert missing.endswith(
        "Better than knowing which segments are usually hit: ig-16. The wrong way round: native."
    )
    assert "saliency 0.55" in share
    assert share.endswith(
        "None is better than knowing which segments are usually hit, by its interval."
    )
    assert "segment-size 0.50 [0.45, 0.55] and usual-infarct 0.70" in controls
    assert "pulled back in place of a map: 0.80" in controls


def test_sentences_on_hearts_and_on_the_wall_have_their_numbers() -> None:
    *_, same, outward, wall = findings(made())
    assert "differ by 2e-12 µV at most, and by 0 µV once they are rounded" in same
    assert "10% (anterior) and 40% (lateral)" in outward
    assert "LBBB +20 ms (mid inferior) and healthy +1 ms (apex)" in wall


def test_controls_stand_below_methods_and_sources_not_used_are_in_no_table() -> None:
    rows = model_table(made().result, "imn").rows
    assert [row.control for row in rows] == [False] * 3 + [True] * 3
    assert rows[0].cells[2].text.startswith("0.90")
    table = markdown_table(wall_table(made().wall_times))
    assert "| LBBB | 2 | 50 | 70 | +12.5 | +20.0 (mid inferior) |" in table


def test_pictures_have_a_bulls_eye_for_each_map() -> None:
    found = made()
    polar = [axes for axes in draw_segments(found.segments).axes if axes.name == "polar"]
    assert len(polar) == 4  # what was lost, planted, usual, one map
    # Above the middle: the anterior segments; on the right the lateral ones.
    drawn = [bar for bar in polar[0].patches if isinstance(bar, Rectangle)]
    bars = {round(float(np.rad2deg(bar.get_x() + bar.get_width() / 2))) for bar in drawn}
    assert {0, 60, -60, 180, 90, -90} <= bars
    two = draw_two_hearts(other_heart(SyntheticSource().making(4), "anterior"))
    assert sum(axes.name == "polar" for axes in two.axes) == 2
    (axes,) = draw_wall_times(found.wall_times).axes
    shown = sum(len(np.asarray(line.get_xdata())) for line in axes.lines[1:])
    assert shown == 3


@pytest.mark.skipif(not COMMITTED.is_dir(), reason="no study is committed")
def test_the_committed_page_is_that_of_its_tables() -> None:
    found = read_territories(COMMITTED)
    assert render(found) == (COMMITTED / "README.md").read_text(encoding="utf-8")
    assert found.result.table["n"].max() == found.result.facts["n"]
