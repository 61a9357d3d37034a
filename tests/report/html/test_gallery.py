"""The gallery shows what the methods say."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import numpy as np
import pytest

from xai_bench.methods.attribute import attribute
from xai_bench.models import load_model
from xai_bench.report.figures.attribution_colours import colour_scale
from xai_bench.report.html import gallery
from xai_bench.report.html.gallery import gallery_section
from xai_bench.report.html.methodology import scored_recordings
from xai_bench.results import read_cells
from xai_bench.zoo import Zoo


def numbers(text: str, kind: str) -> np.ndarray:
    raw = base64.b64decode(text)
    return np.array(struct.unpack(f"<{len(raw) // struct.calcsize(kind)}{kind}", raw))


def test_values_scores_and_verdicts_are_those_of_the_run(run_folder: Path, zoo: Zoo) -> None:
    cells = read_cells(run_folder)
    model = load_model("two-linear", zoo=zoo)
    recordings = scored_recordings(cells, model, data="synthetic", least=2)
    assert recordings.fingerprint() == cells[-1].provenance["recordings"]
    section = gallery_section(recordings[:3], [model], cells)
    assert section is not None
    data = section.context["data"]
    first = data["recordings"][1]
    assert first["id"] == recordings.record_id[1]
    millivolt = numbers(first["microvolt"], "h").reshape(12, -1)
    assert (millivolt == recordings.microvolt[1]).all()
    (shown,) = data["models"]
    assert [one["name"] for one in shown["methods"]] == [
        "native", "saliency", "input-x-gradient", "amplitude",
    ]  # fmt: skip

    def saturation(name: str, row: int) -> float:
        """Of methods in log-odds the largest of them all."""
        additive = ("native", "input-x-gradient")
        maps = [attribute(model, recordings[:3], one).values[row]
                for one in (additive if name in additive else (name,))]  # fmt: skip
        return max(colour_scale(one) for one in maps)

    for row in range(3):
        assert recordings.labels is not None
        named = shown["explained"][row]
        assert shown["right"][row] == (named in recordings.labels[row])
    for overlay in shown["methods"]:
        expected = attribute(model, recordings[:3], overlay["name"])
        for row in range(3):
            steps = numbers(overlay["values"][row], "b").astype(float).reshape(12, -1)
            found = np.sign(steps) * (steps / 127) ** 2 * overlay["largest"][row]
            # Half a step where steps are widest, at the largest value.
            assert np.abs(found - expected.values[row]).max() < 0.0085 * overlay["largest"][row]
            assert overlay["saturation"][row] == pytest.approx(
                saturation(overlay["name"], row), rel=1e-3
            )
            assert overlay["signed"][row] == (overlay["name"] != "amplitude")
            named = model.task.classes[int(expected.target[row])]
            assert shown["explained"][row] == named
        assert overlay["additive"] == bool(np.isfinite(expected.residual).all())
        of_pair = (c for c in cells if (c.model, c.method) == ("two-linear", overlay["name"]))
        (cell,) = [c for c in of_pair if "roc_auc" in c.provenance["metrics"]]
        assert cell.scores is not None
        of_row = cell.scores[cell.scores["record_id"] == recordings.record_id[1]]
        known = of_row[of_row["status"] == "ok"].set_index("metric")["score"]
        told = dict(overlay["scores"][1])
        assert ("localisation AUC" in told) == ("roc_auc" in known)
        if "roc_auc" in known:
            assert told["localisation AUC"] == pytest.approx(known["roc_auc"], rel=5e-3)


def test_models_beyond_the_room_of_a_page_are_named(
    run_folder: Path, zoo: Zoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = read_cells(run_folder)
    models = [load_model(name, zoo=zoo) for name in ("linear", "two-linear")]
    recordings = scored_recordings(cells, models[0], data="synthetic", least=1)[:1]
    monkeypatch.setattr(gallery, "MOST_OVERLAYS", 4)
    section = gallery_section(recordings, models, cells)
    assert section is not None
    assert [one["name"] for one in section.context["data"]["models"]] == ["linear"]
    assert section.context["left_out"] == [
        {"name": "two-linear", "reason": "the page would be too large; ask for fewer --records"}
    ]


def test_high_rates_are_averaged_over_ten_milliseconds() -> None:
    row = np.arange(12 * 1000, dtype=np.float32).reshape(12, 1000)
    coarse = gallery._coarse(row, 500.0)
    assert coarse.shape == (12, 200)
    assert coarse[3, 7] == np.mean([row[3, t] for t in range(35, 40)])
    assert gallery._coarse(row, 100.0) is row
    assert gallery._coarse(row, 250.0) is row
