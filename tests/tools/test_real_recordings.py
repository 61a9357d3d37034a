"""What models/README.md says of nets that others trained, recomputed where the recordings are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.foreign_weights import put_ecgresnet_into_cache
from tools.real_recordings import MEAN, TABLE, foreign_models, measured
from xai_bench import load_model
from xai_bench.tasks import SUPERCLASSES
from xai_bench.zoo import Zoo

ROOT = Path(__file__).parents[2]
COMMITTED = pd.read_csv(ROOT / TABLE)
KEY = ["model", "recordings", "class"]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name == "ecgresnet-relu-windows" else [pytest.mark.slow])
        for name in foreign_models(Zoo())
    ],
)
def test_the_committed_auroc_is_recomputed(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    put_ecgresnet_into_cache(shared_data, tmp_path / "cache", monkeypatch)
    found = measured(shared_data / "ptbxl_real", [load_model(name, device="cpu")]).set_index(KEY)
    expected = COMMITTED[COMMITTED["model"] == name].set_index(KEY)
    assert list(found.index) == list(expected.index)
    assert found[["n", "positive"]].equals(expected[["n", "positive"]])
    # Two recordings that change places move an AUROC by 1 / (30 x 6) at most.
    for column in ("auroc", "low", "high"):
        np.testing.assert_allclose(found[column], expected[column], atol=0.012)


def test_every_foreign_model_was_measured_on_all_classes() -> None:
    zoo = Zoo()
    assert set(COMMITTED["model"]) == set(foreign_models(zoo))
    for _, rows in COMMITTED.groupby(["model", "recordings"]):
        assert list(rows["class"]) == [*SUPERCLASSES, MEAN]
        of_classes, mean = rows["auroc"][:-1], rows["auroc"].iloc[-1]
        assert mean == pytest.approx(of_classes.mean(), abs=1e-4)
        assert (rows["low"] <= rows["auroc"]).all()
        assert (rows["auroc"] <= rows["high"]).all()


def test_nets_do_on_real_recordings_what_their_authors_say() -> None:
    """A wrong lead order, filter, unit or class order would leave little of it."""
    stated = COMMITTED[(COMMITTED["recordings"] == "stated") & (COMMITTED["class"] == MEAN)]
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
    """Every number of docs/real/README.md's table, to the digits shown."""
    folder = ROOT / "docs" / "real"
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
