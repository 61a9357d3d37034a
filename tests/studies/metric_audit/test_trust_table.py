"""What metrics tell apart, on cells whose answers are known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.studies.metric_audit.audit_cells import N, audit_cell, audited
from xai_bench.errors import InputError
from xai_bench.results import Cell
from xai_bench.stats import share_interval, sign_test_p
from xai_bench.studies.metric_audit.trust_table import SCHEMA, side_scores, trust
from xai_bench.zoo import QUESTIONS, TRUST, Zoo

RNG = np.random.default_rng(0)
UP, DOWN = np.arange(N) + 1.0, np.arange(N) + 0.0
KNOWN = audited(trained=(), known=("known",), reads_beside=("known",))


def _row(table: pd.DataFrame, metric: str, question: str) -> dict[str, Any]:
    (row,) = table[(table.metric == metric) & (table.question == question)].to_dict("records")
    return {str(name): value for name, value in row.items()}


def _literal_share(better: np.ndarray, worse: np.ndarray) -> np.ndarray:
    return np.array(
        [
            0.5 if abs(a - b) <= 1e-5 * max(1, abs(a), abs(b)) else float(a > b)
            for a, b in zip(better, worse, strict=True)
        ]
    )


def test_a_share_is_of_recordings_and_not_of_pooled_scores() -> None:
    """Recordings differ by far more than maps do: pooled, the AUROC would be close to a half."""
    hard = np.linspace(0, 100, N)
    better, worse = hard + 0.1, hard.copy()
    worse[:2] += 1
    cells = [audit_cell("ig", m=better), audit_cell("ig@flipped", m=worse)]
    row = _row(trust(cells, audited()), "m", "sign")
    pooled = np.mean(better[:, None] > worse)
    assert pooled < 0.6
    assert row["value"] == pytest.approx((N - 2) / N)
    expected = _literal_share(better, worse)
    patients = [f"p{i}" for i in range(N)]
    assert (row["ci_low"], row["ci_high"]) == share_interval(expected, patients)
    assert row["p"] == sign_test_p(expected, patients)
    assert row["verdict"] == "tells"
    assert (row["n"], row["pairs"]) == (N, 1)


def test_the_better_way_up_and_the_mean_over_pairs_of_maps() -> None:
    drawn = {
        (model, method): RNG.normal(shift, 1, N)
        for model in ("a", "b")
        for method, shift in (("ig", 1.0), ("ig@flipped", 0.0))
    }
    cells = [audit_cell(method, model, up=v, low=-v) for (model, method), v in drawn.items()]
    table = trust(cells, audited(trained=("a", "b")))
    assert list(table.columns) == list(SCHEMA.estimates)
    assert len(table) == 2 * len(QUESTIONS)
    shares = [_literal_share(drawn[m, "ig"], drawn[m, "ig@flipped"]).mean() for m in ("a", "b")]
    for metric in ("up", "low"):
        row = _row(table, metric, "sign")
        assert row["value"] == pytest.approx(np.mean(shares))
        assert row["least"] == pytest.approx(min(shares))
        assert row["pairs"] == 2


def test_a_reversed_metric_is_no_blind_one() -> None:
    for other, verdict in ((UP + 1, "reversed"), (UP + np.tile([1, -1], N // 2), "does not tell")):
        models = [audit_cell("ig", m, m=UP) for m in "abcd"]
        models += [audit_cell("ig@flipped", m, m=np.asarray(other)) for m in "abcd"]
        row = _row(trust(models, audited(trained=tuple("abcd"))), "m", "sign")
        # Twelve patients of which half say so and half the reverse do not exclude .75.
        expected = "too few recordings" if verdict == "does not tell" else verdict
        assert row["verdict"] == expected


def test_too_few_recordings_are_no_verdict_on_a_metric() -> None:
    cells = [audit_cell("ig", m=UP[:4]), audit_cell("ig@flipped", m=DOWN[:4])]
    row = _row(trust(cells, audited()), "m", "sign")
    assert (row["value"], row["verdict"]) == (1.0, "too few recordings")
    assert math.isnan(row["ci_low"])


def test_what_one_map_has_reversed_is_not_told() -> None:
    """A mean over maps would hide that one of them is the wrong way round."""
    cells = [audit_cell("ig", m, m=UP) for m in "abcd"]
    cells += [audit_cell("ig@flipped", m, m=DOWN if m != "d" else UP + 1) for m in "abcd"]
    row = _row(trust(cells, audited(trained=tuple("abcd"))), "m", "sign")
    assert row["value"] == 0.75
    assert row["ci_low"] > 0.5
    assert (row["verdict"], row["reason"]) == ("does not tell", "reversed of ig on d")
    assert row["least"] == 0.0


def test_rounding_is_no_difference() -> None:
    tiny = RNG.uniform(1e-7, 9e-6, (2, N))
    cells = [audit_cell("ig", m=tiny[0]), audit_cell("ig@flipped", m=tiny[1])]
    row = _row(trust(cells, audited()), "m", "sign")
    assert (row["value"], row["verdict"]) == (0.5, "by construction")
    assert row["reason"] == "the two are tied in every recording"
    # Input invariance is rounding up to 1e-3, other metrics are not.
    for metric, verdict in (("input_invariance", "by construction"), ("m", "tells")):
        cells = [
            audit_cell("ig", of={metric: np.full(N, 9e-4)}),
            audit_cell("ig@flipped", of={metric: np.full(N, 1e-4)}),
        ]
        assert _row(trust(cells, audited()), metric, "sign")["verdict"] == verdict


def test_what_a_definition_settles_is_no_merit() -> None:
    cells = [audit_cell("ig", family="randomisation", mprt=UP)]
    cells.append(audit_cell("ig@untrained", family="randomisation", mprt=DOWN))
    row = _row(trust(cells, audited()), "mprt", "training")
    assert (row["value"], row["verdict"]) == (1.0, "by construction")
    assert "does not depend on the trained one's weights" in row["reason"]


def test_recordings_count_only_where_both_maps_have_a_score() -> None:
    good, bad = np.full(N, 1.0), np.full(N, 0.0)
    good[:4] = np.nan
    bad[3:6] = np.nan
    cells = [audit_cell("ig", m=good), audit_cell("ig@flipped", m=bad)]
    table = trust(cells, audited())
    row = _row(table, "m", "sign")
    assert (row["n"], row["value"]) == (N - 6, 1.0)
    row = _row(table, "m", "training")
    assert (row["verdict"], row["reason"]) == ("not asked", "no recording has both scores")
    row = _row(table, "m", "noise")
    assert (row["verdict"], row["reason"]) == ("not asked", "no model that it could be asked of")


def test_costs_are_not_audited() -> None:
    cells = [audit_cell("ig", cost=UP), audit_cell("ig@flipped", cost=DOWN)]
    assert trust(cells, audited()).empty


def test_cells_of_one_model_on_other_recordings_are_refused() -> None:
    cells = [audit_cell("ig", m=UP), audit_cell("ig@flipped", protocol="q", m=DOWN)]
    with pytest.raises(InputError, match="'imn' are of different recordings"):
        trust(cells, audited())


def _of_truth(**of_metric: dict[str, np.ndarray]) -> list[Cell]:
    """Cells of a known net: metric -> method -> scores."""
    methods = dict.fromkeys(method for scores in of_metric.values() for method in scores)
    return [
        audit_cell(
            method,
            "known",
            family="faithfulness",
            of={name: scores[method] for name, scores in of_metric.items()},
        )
        for method in methods
    ]


def test_the_truth_is_asked_of_known_nets() -> None:
    worse = {"random": DOWN, "amplitude": UP + 1, "slope": DOWN, "oracle": DOWN}
    worse |= {"truth@blurred": DOWN, "truth@shifted": DOWN, "truth@sign": UP + 1}
    worse |= {"truth@flipped": DOWN}
    table = trust(_of_truth(m={"truth": UP} | worse), KNOWN)
    verdicts = dict(zip(table["question"], table["verdict"], strict=True))
    told = ("noise", "slope", "blurred", "shifted", "sign", "used")
    assert {verdicts[question] for question in told} == {"tells"}
    assert verdicts["amplitude"] == "reversed", "a map that knows no model wins"
    assert verdicts["unsigned"] == "reversed", "|a| is preferred to a"
    assert verdicts["training"] == "not asked"


def test_resolution_is_the_smallest_corruption_that_nine_in_ten_notice() -> None:
    def noticed_in(count: int) -> np.ndarray:
        return np.where(np.arange(N) < count, DOWN, UP + 1)

    counts = {"5%": 12, "10%": 6, "25%": 11, "50%": 12}
    moved = {f"truth@{name}": noticed_in(count) for name, count in counts.items()}
    row = _row(trust(_of_truth(m={"truth": UP} | moved), KNOWN), "m", "resolution")
    # 5 % is noticed in all, but 10 % is not: the metric was lucky there.
    assert row["value"] == 0.25
    assert row["ci_low"] == 0.25
    assert math.isnan(row["ci_high"]), "twelve recordings do not exclude less than 90 %"
    assert (row["verdict"], row["n"], row["pairs"]) == ("too few recordings", N, 1)
    assert row["reason"] == "no corruption that was tried closes the interval"
    blind = {f"truth@{name}": UP for name in counts}
    row = _row(trust(_of_truth(m={"truth": UP} | blind), KNOWN), "m", "resolution")
    assert (row["verdict"], math.isnan(row["value"])) == ("by construction", True)
    reverse = {f"truth@{name}": UP + 1 for name in counts}
    row = _row(trust(_of_truth(m={"truth": UP} | reverse), KNOWN), "m", "resolution")
    assert row["verdict"] == "reversed"
    assert row["reason"] == "of 50% moved mass 0% of recordings notice"


def test_localisation_is_asked_of_nets_that_read_the_evidence() -> None:
    cells = [
        audit_cell("truth", model, family="localisation", m=scores)
        for model, scores in (("reads", UP), ("other", DOWN))
    ]
    cells += [audit_cell("random", model, family="localisation", m=DOWN) for model in ("reads",)]
    cells += [audit_cell("random", model, family="localisation", m=UP + 1) for model in ("other",)]
    asked = audited(
        trained=(), known=("reads", "other"), reads_evidence={"reads": ()}, reads_else=("other",)
    )
    table = trust(cells, asked)
    noise, used = _row(table, "m", "noise"), _row(table, "m", "used")
    assert (noise["verdict"], noise["pairs"]) == ("tells", 1), "the other net reads no evidence"
    assert (used["verdict"], used["value"]) == ("tells", 1.0)


def test_evidence_is_asked_of_recordings_in_which_the_net_reads_it_so() -> None:
    oracle = np.where(np.arange(N) < 8, UP, DOWN)
    cells = [
        audit_cell("oracle", "reads", family="faithfulness", m=oracle),
        audit_cell("random", "reads", family="faithfulness", m=(UP + DOWN) / 2),
    ]
    reads = {"reads": {f"r{i}" for i in range(8)}}
    row = _row(
        trust(cells, audited(trained=(), known=("reads",), reads_evidence=reads)), "m", "used"
    )
    assert (row["value"], row["n"], row["verdict"]) == (1.0, 8, "tells")
    nowhere = audited(trained=(), known=("reads",), reads_evidence={"reads": ()})
    assert _row(trust(cells, nowhere), "m", "used")["verdict"] == "not asked"


def test_reliability_is_the_recordings_own_share_of_the_variance() -> None:
    own, noise = np.linspace(0, 1, N), 0.1 * RNG.normal(size=(3, N))
    cells = [audit_cell("ig", m=own + noise[0], still=own)]
    repeats = [side_scores([audit_cell("ig", m=own + one, still=own)]) for one in noise[1:]]
    table = trust(cells, audited(), repeats)
    row = _row(table, "m", "reliability")
    scores = np.stack([own + one for one in noise], axis=1)
    within = np.mean([np.var(of, ddof=1) for of in scores])
    between = 3 * np.var(scores.mean(axis=1), ddof=1)
    assert row["value"] == pytest.approx((between - within) / (between + 2 * within))
    assert (row["verdict"], row["pairs"], row["n"]) == ("tells", 1, N)
    row = _row(table, "still", "reliability")
    assert (row["verdict"], row["reason"]) == ("by construction", "it draws nothing")
    drawn = [side_scores([audit_cell("ig", m=RNG.normal(size=N))]) for _ in range(2)]
    cells = [audit_cell("ig", m=RNG.normal(size=N))]
    row = _row(trust(cells, audited(), drawn), "m", "reliability")
    assert row["verdict"] == "does not tell", "scores of nothing but noise"


def test_maps_that_score_alike_throughout_do_not_make_a_metric_unreliable() -> None:
    """Of one map recordings hardly differ; of two maps, the metric tells one from the other."""
    levels = {"ig": 1.0, "saliency": 0.0}
    drawn = [
        [
            audit_cell(method, m=level + 0.01 * RNG.normal(size=N))
            for method, level in levels.items()
        ]
        for _ in range(3)
    ]
    asked = audited(methods=("ig", "saliency"))
    repeats = [side_scores(cells) for cells in drawn[1:]]
    row = _row(trust(drawn[0], asked, repeats), "m", "reliability")
    assert row["value"] > 0.99
    assert (row["verdict"], row["pairs"]) == ("tells", 2)
    alone = _row(trust(drawn[0], audited(), repeats), "m", "reliability")
    assert alone["value"] < 0.5
    beside = [[*cells, audit_cell("ig", "black-box", m=RNG.normal(size=N))] for cells in drawn]
    repeats = [side_scores(cells) for cells in beside[1:]]
    asked = audited(trained=("imn", "black-box"), methods=("ig", "saliency"))
    row = _row(trust(beside[0], asked, repeats), "m", "reliability")
    assert (row["value"] > 0.99, row["pairs"]) == (True, 2), "one map of the other says little"


def test_flags_name_what_is_not_told_and_what_is_reversed(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    rows = [
        ("mine", "noise", "does not tell"),
        ("mine", "training", "too few recordings"),
        ("mine", "sign", "reversed"),
        ("other", "sign", "by construction"),
    ]
    table = pd.DataFrame(rows, columns=["metric", "question", "verdict"])
    table.to_csv(tmp_path / TRUST, index=False)
    flags = Zoo(tmp_path).flags()
    assert flags["mine"] == "noise, sign reversed"
    assert "other" not in flags
    (tmp_path / TRUST).write_text("metric,auc\nmine,0.1\n")
    with pytest.raises(
        InputError, match=r"trust\.csv cannot be read: no column question, verdict; make it again"
    ):
        Zoo(tmp_path).flags()
