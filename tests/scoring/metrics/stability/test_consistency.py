"""Consistency against a literal loop, and where it is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from xai_bench import load_data, run
from xai_bench.methods import METHODS
from xai_bench.models import Model, zscore
from xai_bench.results import read_cell
from xai_bench.scoring.score import score_methods
from xai_bench.types import WAVES, Recordings
from xai_bench.zoo import Zoo

CARDS = Zoo().metrics("consistency") + Zoo().metrics("consistency_gap")
CLASSES = ("NORM", "MI")


def of_one_second(net: Linear) -> Model:
    form = {"rate_hz": 100.0, "seconds": 1.0, "normalisation": "zscore"}
    return closed_form(net, input=form)


def scores(
    model: Model,
    given: Recordings,
    method: str = "input-x-gradient",
    *,
    target: str = "label",
    references: Recordings | None = None,
) -> pd.DataFrame:
    table = score_methods(
        model, given, [METHODS[method]], metrics=CARDS, target=target, references=references
    )[method]
    return table.pivot_table(
        index="record_id", columns="metric", values="score", dropna=False, sort=False
    )


def maps_for(model: Model, given: Recordings, target: int) -> np.ndarray:
    """w z, of the linear net."""
    w = model.net.get_parameter("w").detach().double().numpy()
    z = zscore(torch.from_numpy(given.signal)).double().numpy()
    found: np.ndarray = (1 if target else -1) * w * z
    return found


def expected(of_class: list[int], beats: dict[int, np.ndarray], first: int) -> list[list[float]]:
    """beats: by target, the mean beat of each recording. first: how many are references."""
    found = []
    for row, own in enumerate(of_class):
        alike: list[float] = []
        unlike: list[float] = []
        for other in range(first):
            if other != row:
                pair = np.corrcoef(beats[own][row].ravel(), beats[own][other].ravel())[0, 1]
                (alike if of_class[other] == own else unlike).append(pair)
        found.append([float(np.mean(alike)), float(np.mean(alike) - np.mean(unlike))])
    return found


def test_literally_for_beats_of_which_the_first_32_are_references() -> None:
    model, given = of_one_second(Linear(100)), recordings(36, samples=100)
    found = scores(model, given)
    of_class = [row % 2 for row in range(36)]
    beats = {target: maps_for(model, given, target) for target in (0, 1)}
    np.testing.assert_allclose(found.to_numpy(), expected(of_class, beats, 32), atol=1e-4)
    assert found["consistency"].abs().max() > 0.05


def test_literally_for_recordings_of_several_beats() -> None:
    given = recordings(8, evidence=True)
    middles = [[20, 130, 400, 955], [300, 930], [700], [26, 640], [150, 400], [99], [500], [600]]
    waves = np.full((8, 1000), WAVES.index("TP"), dtype=np.int8)
    for row, of_row in enumerate(middles):
        for middle in of_row:
            waves[row, middle - 4 : middle + 4] = WAVES.index("QRS")
    given = replace(given, waves=waves)
    model = closed_form(Linear())
    beats = {}
    for target in (0, 1):
        maps = maps_for(model, given, target)
        beats[target] = np.stack(
            [
                np.mean(
                    # 20 is too near the beginning for 0.25 s before, 955 to the end for 0.45 s.
                    [maps[row][:, m - 25 : m + 45] for m in of_row if m >= 25 and m <= 955],
                    axis=0,
                )
                for row, of_row in enumerate(middles)
            ]
        )
    of_class = [row % 2 for row in range(8)]
    np.testing.assert_allclose(
        scores(model, given).to_numpy(), expected(of_class, beats, 8), atol=1e-4
    )


def test_a_map_that_never_changes_is_consistent_and_has_no_gap() -> None:
    """|w|, whatever the recording."""
    found = scores(of_one_second(Linear(100)), recordings(8, samples=100), "saliency")
    np.testing.assert_allclose(found["consistency"], 1, atol=1e-9)
    np.testing.assert_allclose(found["consistency_gap"], 0, atol=1e-9)


def test_the_class_is_the_label_and_the_target_whatever_is_explained() -> None:
    model, given = of_one_second(Linear(100)), recordings(8, samples=100)
    maps = maps_for(model, given, 1)
    of_class = [row % 2 for row in range(8)]
    found = scores(model, given, target="MI")
    np.testing.assert_allclose(
        found.to_numpy(), expected(of_class, {0: maps, 1: maps}, 8), atol=1e-4
    )


def test_without_labels_the_class_is_the_predicted_one() -> None:
    model, given = of_one_second(Linear(100)), recordings(20, samples=100, labels=False)
    w = model.net.get_parameter("w").detach().mul_(20)
    m = (w * zscore(torch.from_numpy(given.signal))).sum(dim=(1, 2)) + 0.5
    of_class = (m > 0).int().tolist()
    assert 4 <= sum(of_class) <= 16
    beats = {target: maps_for(model, given, target) for target in (0, 1)}
    np.testing.assert_allclose(
        scores(model, given, target="predicted").to_numpy(),
        expected(of_class, beats, 20),
        atol=1e-4,
    )


def test_a_recording_has_the_same_scores_in_a_shard_of_the_run() -> None:
    model, given = of_one_second(Linear(100)), recordings(10, samples=100)
    part = scores(model, given[6:9], "ig-16", references=given)
    whole = scores(model, given, "ig-16")
    pd.testing.assert_frame_equal(part, whole.iloc[6:9], rtol=1e-4)


def test_too_few_of_a_class_and_no_class_have_no_score() -> None:
    given = recordings(7, samples=100)
    assert given.labels is not None
    given = replace(given, labels=(*given.labels[:6], frozenset({"CD"})))
    table = score_methods(
        of_one_second(Linear(100)), given, [METHODS["saliency"]], metrics=CARDS, target="MI"
    )["saliency"]
    reasons = table.set_index(["record_id", "metric"])["reason"]
    assert reasons["r6", "consistency"] == "the recording is in no class of the task"
    assert reasons["r0", "consistency"] == "there are 2 recordings of its class to compare with"
    assert table["score"].isna().all()


@pytest.mark.slow
def test_a_run_compares_with_its_first_recordings(tmp_path: Path) -> None:
    """By two workers as by one call."""
    model, given = of_one_second(Linear(100)), recordings(40, samples=100)
    done = run(
        model,
        "input-x-gradient",
        data=given,
        n=None,
        target="label",
        metrics="consistency,consistency_gap",
        out=tmp_path,
        workers=2,
    )
    (cell,) = (cell for cell in map(read_cell, done.cells) if cell.method == "input-x-gradient")
    assert cell.scores is not None
    found = cell.scores.pivot_table(index="record_id", columns="metric", values="score")
    chosen = load_data(given, task=model.task, rate_hz=100.0, seconds=1.0)
    pd.testing.assert_frame_equal(found, scores(model, chosen).loc[found.index], rtol=1e-4)
    assert len(found) == 40
