"""The study of gates, against closed forms of a net whose channels are its leads."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import spearmanr

from tests.closed_forms import Linear, closed_form
from tests.gated_net import Gated
from tests.recordings import recordings
from tests.studies.gates.gated_study import COUNT, gated_model, gated_study
from xai_bench.errors import InputError
from xai_bench.nets.sevgg_lstm import SEVGGLSTM
from xai_bench.results.study_tables import select
from xai_bench.stats import auroc, statistic_interval
from xai_bench.studies.gates import gates
from xai_bench.studies.gates.channel_effects import gradient_times_maps, removal_effects
from xai_bench.studies.gates.study import SAYERS


def _row(**of: str) -> pd.Series:
    (found,) = (row for _, row in select(gated_study().table, **of).iterrows())
    return found


@cache
def _known() -> dict[str, np.ndarray]:
    """Gates, sizes and effects (record, lead), and log-odds of class 1."""
    given, net = recordings(COUNT), Gated()
    size = closed_form(net).normalise(torch.from_numpy(given.signal)).relu().mean(2).double()
    gate = torch.sigmoid(size)
    w = net.w.detach().double()
    terms = w * gate * size
    own = terms.sum(1)
    means = (w * gate.mean(0) * size).sum(1)
    named = {"size": size, "gate": gate, "effect": terms.abs(), "own": own, "mean": means}
    return {name: values.numpy() for name, values in named.items()}


def test_agreement_is_spearmans_correlation_over_channels() -> None:
    known = _known()
    for name, said in (
        ("gates", known["gate"]),
        ("size of the map", known["size"]),
        ("gates times size", known["gate"] * known["size"]),
        ("gradient times map", known["effect"]),
    ):
        each = [spearmanr(*pair).statistic for pair in zip(said, known["effect"], strict=True)]
        row = _row(measure="agreement", first=name, second="removal")
        assert row["value"] == pytest.approx(np.mean(each), abs=1e-6), name
        assert row["n"] == COUNT
        if name == "gates":
            patients = recordings(COUNT).patient_id
            ends = statistic_interval(np.array(each), patients, "mean", seed=3)
            assert (row["ci_low"], row["ci_high"]) == pytest.approx(ends, abs=1e-6)
    assert _row(measure="agreement", first="gradient times map", second="removal")[
        "value"
    ] == pytest.approx(1)


def test_the_gain_over_the_size_of_maps_is_of_the_same_recordings() -> None:
    known = _known()
    each = [
        spearmanr(gate, effect).statistic - spearmanr(size, effect).statistic
        for gate, size, effect in zip(known["gate"], known["size"], known["effect"], strict=True)
    ]
    row = _row(measure="gain", first="size of the map")
    assert row["value"] == pytest.approx(np.mean(each), abs=1e-6)


def test_gates_of_another_recording_are_of_another_patient() -> None:
    """With two patients of whom one has all the odd gates, the other's are known."""
    given = recordings(4)
    of_two = gates(gated_model(), data=given, seed=0)
    rows = select(of_two.table, measure="agreement", first="gates of another recording")
    known = _known()
    rho = [
        [spearmanr(known["gate"][other], known["effect"][row]).statistic for other in range(4)]
        for row in range(4)
    ]
    # r0, r1 are of one patient, r2, r3 of the other: each draw is one of two.
    least, most = (
        np.mean([of(rho[k][2:] if k < 2 else rho[k][:2]) for k in range(4)]) for of in (min, max)
    )
    assert least - 1e-6 <= rows["value"].item() <= most + 1e-6


def test_deviation_is_the_mean_square_about_the_mean_gate() -> None:
    gate = _known()["gate"]
    squares = ((gate - gate.mean(0)) ** 2).mean(1)
    for number, name in enumerate(("NORM", "MI")):
        row = _row(measure="deviation", first=name, second="")
        assert row["value"] == pytest.approx(squares[number::2].mean(), rel=1e-4)
        assert row["n"] == COUNT / 2
    row = _row(measure="between", second="")
    assert row["value"] == pytest.approx(squares.mean() / gate.var(), rel=1e-4)


def test_what_is_lost_with_the_same_gates_for_all() -> None:
    known = _known()
    row = _row(block="gate", measure="log_odds")
    changed = np.abs(known["own"] - known["mean"])
    assert row["value"] == pytest.approx(changed.mean(), rel=1e-3)
    assert row["value"] == pytest.approx(_row(block="all", measure="log_odds")["value"])
    label = np.arange(COUNT) % 2
    own, mean = (auroc(known[name], label) for name in ("own", "mean"))
    found = [_row(measure="auroc", first=k)["value"] for k in ("own", "mean", "own less mean")]
    assert found == pytest.approx([own, mean, own - mean], abs=1e-9)
    assert _row(measure="channel")["value"] == pytest.approx(known["effect"].mean(), rel=1e-4)


def test_effects_of_a_net_with_several_blocks_are_those_of_passes_without_a_channel() -> None:
    """Channel 3 of the second block, by hand: its gate is made zero by its weights."""
    torch.manual_seed(0)
    model = closed_form(SEVGGLSTM())
    z, target = torch.randn(1, 12, 1000), torch.ones(1, dtype=torch.int64)
    own = model.gates(z)["gate2"].gates
    (effects,) = removal_effects(model, "gate2", own, z, target)
    whole = model.log_odds(z, 1)
    last = model.net.get_submodule("gate2.mlp.2")
    assert isinstance(last, torch.nn.Linear)
    with torch.no_grad():
        last.weight[3], last.bias[3] = 0, -200
    without = model.log_odds(z, 1)
    assert effects.shape == (32,)
    torch.testing.assert_close(effects[3], (whole - without)[0].double(), rtol=1e-3, atol=1e-7)
    found = gradient_times_maps(model, z, target)
    assert {name: values.shape[1] for name, values in found.items()} == {
        "gate1": 16,
        "gate2": 32,
        "gate3": 64,
    }


def test_a_net_that_cannot_go_on_with_several_versions_is_asked_one_by_one() -> None:
    class Concatenates(Gated):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            both = torch.cat([self.gate(z.relu()), z], dim=1)
            logits: torch.Tensor = (both[:, :12].mean(2) * self.w).sum(1, keepdim=True)
            return logits

    z, target = torch.randn(2, 12, 1000), torch.ones(2, dtype=torch.int64)
    found = []
    for net in (Gated(), Concatenates()):
        model = closed_form(net)
        own = model.gates(z)["gate"].gates
        found.append(torch.stack([*removal_effects(model, "gate", own, z, target)]))
    torch.testing.assert_close(found[0], found[1])


def test_every_block_has_all_rows_and_the_floor_is_low() -> None:
    table = gated_study().table
    rows = select(table, block="gate", measure="agreement", second="removal")
    assert list(rows["first"]) == list(SAYERS)
    shuffled = _row(measure="agreement", first="shuffled gates")
    assert shuffled["ci_low"] < 0 < shuffled["ci_high"]


def test_errors_are_one_line() -> None:
    with pytest.raises(InputError, match="has no gates on its channels; ask for one that has"):
        gates(closed_form(Linear()), data=recordings(4))
    with pytest.raises(InputError, match="give two or more"):
        gates(gated_model(), data=recordings(2))
