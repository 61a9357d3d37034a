"""The comparison as a table, pictures and files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.recordings import recordings
from xai_bench.report.delineation.figures import WAVE_COLOURS, draw_errors, draw_waves
from xai_bench.report.delineation.files import write_waves
from xai_bench.report.delineation.tables import error_table
from xai_bench.studies.delineation.study import ReadWaves, compare_readers
from xai_bench.types import WAVES


def _late(millivolt: np.ndarray, rate_hz: float) -> np.ndarray:
    labels = np.full(millivolt.shape[1], WAVES.index("TP"), dtype=np.int8)
    labels[102:161] = WAVES.index("QRS")
    return labels


@pytest.fixture(scope="module")
def found() -> ReadWaves:
    return compare_readers(recordings(12, evidence=True), {"late": _late})


def test_the_table_says_shares_and_errors_in_the_fields_terms(found: ReadWaves) -> None:
    table = error_table(found.table)
    rows = {row.group: [cell.text for cell in row.cells] for row in table.rows}
    assert rows["QRS"] == ["late", "12", "100.0", "100.0", "20.0 ± 0.0", "10.0 ± 0.0"]
    assert rows["P"] == ["late", "0", "–", "–", "–", "–"]
    both = pd.concat([found.table, found.table.assign(reader="again")])
    names = [(row.group, row.cells[0].text) for row in error_table(both).rows]
    assert names == [(wave, name) for wave in ("P", "QRS", "T") for name in ("late", "again")]
    assert "12 recordings of 6 patients" in table.caption[0]
    interval = table.rows[1].cells[2].interval
    assert interval == "100.0 – 100.0"


def test_each_wave_is_drawn_where_it_is_in_the_band_of_its_reader(found: ReadWaves) -> None:
    labels = {name: each[0] for name, each in found.labels.items()}
    figure = draw_waves(found.recordings.signal[0, 1], 100.0, labels, "r0")
    spans = [
        path.get_extents().intervalx.tolist()
        for collection in figure.axes[1].collections
        for path in collection.get_paths()
    ]
    assert [1.0, 1.6] in [[round(edge, 6) for edge in span] for span in spans]
    assert [1.02, 1.61] in [[round(edge, 6) for edge in span] for span in spans]
    assert len(set(WAVE_COLOURS.values())) == 3


def test_an_error_is_a_mean_and_a_standard_deviation_either_way() -> None:
    columns = ["data", "reader", "wave", "measure", "value"]
    rows = [
        ("a", "rules", wave, f"{edge}_{what}", value)
        for wave in ("P", "QRS", "T")
        for edge in ("onset", "offset")
        for what, value in (("mean", 5.0), ("sd", 2.0))
    ]
    (axes,) = draw_errors(pd.DataFrame(rows, columns=columns)).axes
    spans = [line.get_xdata() for line in axes.lines if len(np.asarray(line.get_xdata())) == 2]
    assert [list(np.asarray(span)) for span in spans[:6]] == [[3.0, 7.0]] * 6


@pytest.mark.slow
def test_files(found: ReadWaves, tmp_path: Path) -> None:
    write_waves(found, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["errors.png", *(f"recording_{i}.png" for i in (1, 2, 3, 4)), "waves.csv"]
    read = pd.read_csv(tmp_path / "waves.csv")
    assert read["n"].tolist() == found.table["n"].tolist()
