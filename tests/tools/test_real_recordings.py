"""What models/ptbxl.csv says of every net, recomputed where the recordings are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.foreign_weights import put_ecgresnet_into_cache
from tests.recordings import recordings
from tools.real_recordings import (
    LOG_ODDS,
    MEAN,
    TABLE,
    foreign_models,
    measured,
    mended,
    trained_models,
    with_rest,
)
from xai_bench.errors import InputError
from xai_bench.tasks import SUPERCLASSES
from xai_bench.zoo import Zoo

ROOT = Path(__file__).parents[2]
COMMITTED = pd.read_csv(ROOT / TABLE)
COMMITTED_LOG_ODDS = pd.read_csv(ROOT / LOG_ODDS)
KEY = ["model", "recordings", "task", "class"]
QUICK = ("ecgresnet-relu-windows", "xresnet1d")
"""One of each kind of net; the others are left to the slow tests."""


def _of_model(name: str) -> list[str]:
    """Its columns of the log-odds."""
    return [column for column in map(str, COMMITTED_LOG_ODDS) if column.split(":")[0] == name]


@pytest.fixture(scope="module")
def _weights_of_others(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        put_ecgresnet_into_cache(shared_data, tmp_path_factory.mktemp("real") / "cache", patch)
        yield


@pytest.mark.usefixtures("_weights_of_others")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow])
        for name in trained_models(Zoo())
    ],
)
def test_the_committed_numbers_are_recomputed(shared_data: Path, name: str) -> None:
    table, log_odds = measured(shared_data, [name], Zoo())
    found, expected = table.set_index(KEY), COMMITTED[COMMITTED["model"] == name].set_index(KEY)
    assert list(found.index) == list(expected.index)
    exact = ["weights", "n", "positive", "normals"]
    assert found[exact].equals(expected[exact])
    # Two recordings that change places move an AUROC by 1 / (30 x 6) at most.
    for column in ("auroc", "low", "high"):
        np.testing.assert_allclose(found[column], expected[column], atol=0.012)
    known = ["ecg_id", "labels", "gain"]
    assert log_odds[known].equals(COMMITTED_LOG_ODDS[known])
    columns = _of_model(name)
    assert list(log_odds) == [*known, *columns]
    np.testing.assert_allclose(log_odds[columns], COMMITTED_LOG_ODDS[columns], rtol=2e-3, atol=2e-3)


def test_the_table_is_what_the_log_odds_say_counted_literally() -> None:
    labels = [frozenset(text.split("+")) for text in COMMITTED_LOG_ODDS["labels"]]
    normal = np.array([one == {"NORM"} for one in labels])
    for _, row in COMMITTED[COMMITTED["recordings"] == "all"].iterrows():
        scores = COMMITTED_LOG_ODDS[_of_model(str(row["model"]))].to_numpy()
        if row["class"] == MEAN:
            wrong = np.asarray(scores[:, 1:].max(axis=1) > 0)
        elif row["task"] == "superclass":
            score = scores[:, SUPERCLASSES.index(row["class"])]
            truth = np.array([float(row["class"] in one) for one in labels])
            wrong = score <= 0 if row["class"] == "NORM" else score > 0
        else:
            score = scores[:, 0] if scores.shape[1] == 1 else scores[:, 1] - scores[:, 0]
            both = [("MI" in one) == ("NORM" in one) for one in labels]
            truth = np.where(both, np.nan, ["MI" in one for one in labels])
            wrong = score > 0
        if row["class"] != MEAN:
            sick, well = score[truth == 1], score[truth == 0]
            assert (len(sick), len(sick) + len(well)) == (row["positive"], row["n"])
            above = [(a > b) + (a == b) / 2 for a in sick for b in well]
            assert row["auroc"] == pytest.approx(np.mean(above), abs=2e-3)
        n, p, z = int(normal.sum()), wrong[normal].mean(), 1.959964
        assert row["normals"] == n
        assert row["called"] == pytest.approx(p, abs=1e-4)
        # Wilson (1927), equation 6 as it is written today.
        middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        reach = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        ends = row["called_low"], row["called_high"]
        assert ends == pytest.approx((middle - reach, middle + reach), abs=1e-4)


def test_every_model_was_measured_on_all_that_it_is_asked() -> None:
    zoo = Zoo()
    assert list(COMMITTED["model"].unique()) == trained_models(zoo)
    for (name, kind), rows in COMMITTED.groupby(["model", "recordings"]):
        task = zoo.model_card(str(name))[0].task
        assert kind == "all" or name in foreign_models(zoo)
        asked = list(zip(rows["task"], rows["class"], strict=True))
        expected = [("norm_vs_mi", "MI")]
        if task.multilabel:
            expected += [("superclass", label) for label in (*SUPERCLASSES, MEAN)]
            of_classes = rows["auroc"].iloc[1:-1].mean()
            assert rows["auroc"].iloc[-1] == pytest.approx(of_classes, abs=1e-4)
        assert asked == expected
        for low, value, high in (("low", "auroc", "high"), ("called_low", "called", "called_high")):
            assert (rows[low] <= rows[value] + 1e-9).all()
            assert (rows[value] <= rows[high] + 1e-9).all()


def test_a_gain_of_200_is_mended_and_a_stated_one_left_alone() -> None:
    made = recordings(2)
    found = mended(made, np.array([1000.0, 200.0]))
    np.testing.assert_array_equal(found.microvolt[0], made.microvolt[0])
    np.testing.assert_allclose(found.microvolt[1], np.asarray(made.microvolt[1]) / 5, atol=0.5)


def test_nets_do_on_real_recordings_what_their_authors_say() -> None:
    """A wrong lead order, filter, unit or class order would leave little of it."""
    stated = COMMITTED[(COMMITTED["recordings"] == "stated") & (COMMITTED["class"] == MEAN)]
    assert len(stated) == 5
    assert (stated["low"] > 0.85).all()


def test_urls_are_of_one_commit_and_hashes_of_what_is_loaded() -> None:
    """The same weights have the same sha256 and URL in every card."""
    zoo, seen = Zoo(), dict[str, str]()
    for name in foreign_models(zoo):
        card = zoo.model_card(name)[0]
        assert card.weights is not None
        assert card.origin is not None
        assert card.weights.url == card.origin.location
        assert re.search(r"/raw/[0-9a-f]{40}/models/best_resnet_\w+\.pt$", card.weights.url)
        assert card.weights.url.endswith(f"_{card.origin.variant}.pt")
        assert seen.setdefault(card.weights.url, card.weights.sha256) == card.weights.sha256
    assert len(set(seen.values())) == len(seen)


def test_the_excerpt_of_the_real_run_is_that_of_its_leaderboard() -> None:
    """Every number of docs/real/ecgresnet/README.md's table, to the digits shown."""
    folder = ROOT / "docs" / "real" / "ecgresnet"
    board = {
        (row["method"], row["metric"]): row
        for _, row in pd.read_csv(folder / "leaderboard.csv").iterrows()
    }
    lines = [line for line in (folder / "README.md").read_text().splitlines() if line[:1] == "|"]
    header, _, *rows = [line.strip("| ").split(" | ") for line in lines]
    assert len(rows) == 9
    for method, n, *cells in rows:
        for heading, cell in zip(header[2:], cells, strict=True):
            row = board[method.strip("`"), heading.split("`")[1]]
            shown = f"{row['mean']:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"
            assert cell == shown
        assert int(n) == board[method.strip("`"), "comprehensiveness"]["n"]


def test_some_models_are_measured_anew_and_the_rest_stays() -> None:
    about = {"ecg_id": [1, 2], "labels": ["MI", "NORM"], "gain": [1000, 200]}
    known = (
        pd.DataFrame({"model": ["a", "b", "gone"], "auroc": [0.1, 0.2, 0.3]}),
        pd.DataFrame(about | {"a": [1.0, 2.0], "b:MI": [3.0, 4.0], "gone": [5.0, 6.0]}),
    )
    found = (
        pd.DataFrame({"model": ["c", "a"], "auroc": [0.9, 0.8]}),
        pd.DataFrame(about | {"c": [7.0, 8.0], "a": [9.0, 9.5]}),
    )
    table, log_odds = with_rest(found, known, ["a", "b", "c"])
    assert dict(zip(table["model"], table["auroc"], strict=True)) == {"a": 0.8, "b": 0.2, "c": 0.9}
    assert list(table["model"]) == ["a", "b", "c"]
    assert list(log_odds) == ["ecg_id", "labels", "gain", "a", "b:MI", "c"]
    assert log_odds["a"].tolist() == [9.0, 9.5]
    assert log_odds["b:MI"].tolist() == [3.0, 4.0]
    with pytest.raises(InputError, match="is of other recordings than these"):
        with_rest((found[0], found[1].assign(ecg_id=[1, 3])), known, ["a", "b", "c"])
