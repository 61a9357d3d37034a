"""What pages say of real recordings is of today's weights, or is not said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tools.real_recordings import trained_models
from tools.transfer import PAIRS, Transfer
from xai_bench.zoo import Zoo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def real() -> Transfer:
    zoo = Zoo()
    return Transfer.read(ROOT, {name: zoo.model_card(name)[0] for name in trained_models(zoo)})


def test_every_number_is_of_the_weights_that_are_here(real: Transfer) -> None:
    assert real.outdated == [], "weights have changed; run: make transfer"


def test_numbers_of_other_weights_are_noticed_and_not_shown(real: Transfer) -> None:
    card = real.cards["imn"]
    assert card.weights is not None
    weights = card.weights.model_copy(update={"sha256": 64 * "0"})
    cards = {**real.cards, "imn": card.model_copy(update={"weights": weights})}
    changed = Transfer(cards=cards, table=real.table, log_odds=real.log_odds)
    known, unknown = real.section(), changed.section()
    assert changed.outdated == ["imn"]
    assert changed.auroc_text("imn") == changed.called_text("imn") == "–"
    assert "run: make transfer" in dict(changed.facts("imn")).popitem()[1]
    assert "Not measured since their weights changed: imn." in unknown
    for first, second in PAIRS:
        assert f"AUROC of `{first}` minus that of `{second}`" in known
        assert f"AUROC of `{first}` minus that of `{second}`" not in unknown
    assert " of 13 |" in known
    assert " of 12 |" in unknown
    # The others are as they were.
    assert changed.auroc_text("resnet1d") == real.auroc_text("resnet1d")


def _of_scores(real: Transfer, **scores: list[float]) -> Transfer:
    """Of eight recordings, four of each class."""
    labels = ["NORM"] * 4 + ["MI", "MI+CD", "MI", "MI"]
    known = {"ecg_id": range(8), "labels": labels, "gain": 1000}
    classes = {f"ecgresnet-relu:{label}": np.zeros(8) for label in ("NORM", "MI", "STTC", "CD")}
    log_odds = pd.DataFrame(known | classes | {"ecgresnet-relu:HYP": 0.0} | scores)
    return Transfer(cards=real.cards, table=real.table, log_odds=log_odds)


def test_infarcts_that_are_found_and_normals_that_are_called_are_counted_alike(
    real: Transfer,
) -> None:
    """A net of five classes is asked by the same contrast as one of two."""
    scores = [-1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0, 1.0]
    for name in ("imn", "conv2d-superclass"):
        columns = {"imn": scores}
        if name != "imn":
            columns = {f"{name}:{one}": [0.0] * 8 for one in ("NORM", "STTC", "CD", "HYP")}
            columns[f"{name}:MI"] = scores
        assert _of_scores(real, **columns).found_text(name).startswith("3 of 4 [30%, 95%]")
    row = real.row("conv2d-superclass", "norm_vs_mi", "MI")
    assert row is not None
    assert real.called_text("conv2d-superclass").startswith(f"{row['called']:.0%} [")


def test_a_difference_is_told_where_its_interval_tells_it(real: Transfer) -> None:
    right = [-1.0, -1.0, -1.0, -1.0, 1.0, 1.0, 1.0, 1.0]
    wrong = [-score for score in right]
    better = _of_scores(real, imn=right, resnet1d=wrong)._difference("imn", "resnet1d")
    assert "+1.000 [+1.000, +1.000]; `imn` is higher." in better
    worse = _of_scores(real, imn=wrong, resnet1d=right)._difference("imn", "resnet1d")
    assert "-1.000 [-1.000, -1.000]; `resnet1d` is higher." in worse
    same = _of_scores(real, imn=right, resnet1d=right)._difference("imn", "resnet1d")
    assert "the same 8 recordings" in same
    assert "do not tell which is higher" in same


def test_recordings_that_half_of_the_nets_get_wrong_are_named(real: Transfer) -> None:
    names = list(real._first_seeds())
    assert len(names) == 13
    scores = {name: [-1.0] * 4 + [1.0] * 4 for name in names}
    for name in names[:7]:
        scores[name][2] = 1.0
    for name in names[:6]:
        scores[name][7] = -1.0
    (row,) = _of_scores(real, **scores)._hard().rows
    # Log-odds of 0 are no MI: of a NORM that is right.
    assert [cell.text for cell in row.cells] == ["2", "NORM", "1000", "7 of 13", "right"]
