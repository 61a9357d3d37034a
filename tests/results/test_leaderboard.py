"""The leaderboard is made of cells and of nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.no_regular_files import NO_FILES
from tests.results.disk import files_of_100_bytes
from tests.results.made_cells import CARD, cell, skipped
from xai_bench import storage
from xai_bench.errors import OutputError
from xai_bench.memo import Memo
from xai_bench.results import (
    COLUMNS,
    leaderboard,
    stored_leaderboard,
    to_csv,
    widen,
    write_leaderboard,
)
from xai_bench.stats import statistic_interval
from xai_bench.types import incomplete


def test_leaderboard_row_by_row() -> None:
    table = leaderboard(
        [
            cell("ig", [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, np.nan], family="localisation"),
            cell("random", [0.0, 0.5, 0.0, 0.5, 0.0, 0.5, 9.0], family="localisation"),
            cell("oracle", [3.0, np.nan, 3.0, 3.0, 3.0, 3.0, 9.0], family="localisation"),
            skipped(),
        ],
        {"m": "training"},
    )
    assert tuple(table.columns) == COLUMNS
    ig = table[table.method == "ig"].iloc[0]
    assert ig["mean"] == 1.5
    assert 1.0 <= ig["ci_low"] < 1.5 < ig["ci_high"] <= 2.0
    assert (ig["n"], ig["n_failed"], ig["reason"]) == (6, 1, "1 x no evidence")
    assert ig["random"] == 0.25, "on the recordings that ig could be scored on"
    assert ig["oracle"] == 3.0
    # Of the five recordings that all three have scores of: (1.4 - 0.2) / (3 - 0.2).
    assert ig["skill"] == pytest.approx((7 / 5 - 1 / 5) / (3 - 1 / 5))
    assert ig["skill_low"] < ig["skill"] < ig["skill_high"]
    assert ig["flags"] == "training"
    assert ig["ceiling"] == "oracle"
    assert pd.isna(ig["place"])
    assert ig["family"] == "localisation"
    assert table[table.method == "oracle"].iloc[0]["skill"] == 1
    assert table[table.method == "random"].iloc[0]["skill"] == 0
    refused = table[table.model == "conv2d"].iloc[0]
    assert (refused["status"], refused["reason"]) == ("skipped", "needs W")
    assert pd.isna(refused["mean"])
    assert pd.isna(refused["n"])


def test_skill_of_a_metric_that_is_better_when_lower() -> None:
    scores = {"ig": 3.0, "random": 4.0, "oracle": 0.0}
    cells = [cell(name, [one] * 6, family="localisation") for name, one in scores.items()]
    assert leaderboard(cells)["skill"].isna().all(), "the oracle is the worst"
    lower = {"metrics": {"m": CARD | {"better": "lower"}}}
    turned = [replace(one, provenance=one.provenance | lower) for one in cells]
    assert leaderboard(turned).set_index("method")["skill"].to_dict() == {
        "ig": 0.25,
        "oracle": 1.0,
        "random": 0.0,
    }


def test_there_is_no_skill_where_chance_and_ceiling_are_alike_or_of_costs() -> None:
    values, around = [1.0, 2.0, 1.0, 2.0, 3.0, 1.0], [0.0, 1.0, -1.0, 1.0, -1.0, 0.0]
    scores = {"ig": values, "random": [0.0] * 6, "oracle": around}
    alike = leaderboard([cell(m, s, family="localisation") for m, s in scores.items()])
    assert alike["skill"].isna().all()
    assert alike["oracle"].notna().all()
    cells = [cell(m, [s] * 6, family="runtime") for m, s in (("ig", 1.0), ("random", 0.0))]
    costs = leaderboard([*cells, cell("oracle", [3.0] * 6, family="runtime")])
    assert costs["skill"].isna().all()


@pytest.mark.parametrize("family", ["faithfulness", "stability", "randomisation", "complexity"])
def test_the_evidence_is_no_ceiling_but_of_localisation(family: str) -> None:
    """Pixel flipping had a skill of 6.7: a model need not use the evidence there is."""
    scores = {"ig": 3.0, "random": 0.0, "oracle": 2.0}
    table = leaderboard([cell(name, [one] * 6, family=family) for name, one in scores.items()])
    assert table["oracle"].tolist() == [2.0] * 3
    assert table["skill"].isna().all()
    assert table["ceiling"].isna().all()


def test_the_truth_about_a_known_net_is_the_ceiling_of_faithfulness() -> None:
    scores = {"ig": 3.0, "random": 0.0, "oracle": 2.0, "truth": 4.0}
    cells = [cell(name, [one] * 6, family="faithfulness") for name, one in scores.items()]
    ig = leaderboard(cells).set_index("method").loc["ig"]
    assert (ig["ceiling"], ig["skill"]) == ("truth", 0.75)
    assert pd.isna(ig["place"])
    of_localisation = [
        replace(one, provenance=one.provenance | {"families": {"m": "localisation"}})
        for one in cells
    ]
    ig = leaderboard(of_localisation).set_index("method").loc["ig"]
    assert (ig["ceiling"], ig["skill"]) == ("oracle", 1.5)


def test_what_was_remarked_on_a_pair_stands_in_each_of_its_rows() -> None:
    plain = cell("gradcam", [1.0, 2.0])
    remarked = replace(plain, provenance=plain.provenance | {"remark": "no lead axis"})
    table = leaderboard([remarked, cell("ig", [1.0, 2.0])])
    assert table[["method", "remark"]].values.tolist() == [["gradcam", "no lead axis"], ["ig", ""]]


def test_controls_of_another_protocol_are_not_mixed_in() -> None:
    table = leaderboard([cell("ig", [1.0, 2.0]), cell("random", [0.0, 0.0], protocol="v1-b")])
    assert table[table.method == "ig"]["random"].isna().all()
    assert len(table) == 2


def test_when_a_metric_was_scored_twice_the_latest_counts() -> None:
    old = cell("ig", [1.0, 1.0], started="2026-01-01", key="a")
    new = cell("ig", [2.0, 2.0], started="2026-02-01", key="b")
    table = leaderboard([old, new])
    assert table["mean"].tolist() == [2.0]


def test_a_metric_that_failed_everywhere_says_so() -> None:
    row = leaderboard([cell("ig", [np.nan, np.nan])]).iloc[0]
    assert (row["status"], row["n"], row["n_failed"]) == ("failed", 0, 2)
    assert row["reason"] == "2 x no evidence"


def test_the_verdict_of_the_gate_stands_in_every_row_and_is_unknown_to_older_cells() -> None:
    verdict = {"auroc": 0.52, "ci_low": 0.41, "ci_high": 0.63, "n": 256, "verdict": "unreliable"}
    table = leaderboard(
        [
            cell("ig", [1.0, 2.0], quality=verdict),
            cell("saliency", [np.nan], quality=verdict),
            cell("native", [1.0]),
            cell("gradcam", [1.0], quality={"auroc": None, "n": 9, "verdict": "unknown"}),
        ]
    )
    gate = ["auroc", "auroc_low", "auroc_high", "quality"]
    bad = table[table.method.isin(["ig", "saliency"])]
    assert bad[gate].values.tolist() == [[0.52, 0.41, 0.63, "unreliable"]] * 2
    unknown = table[table.method.isin(["native", "gradcam"])]
    assert unknown["quality"].tolist() == ["unknown"] * 2
    assert unknown[gate[:3]].isna().all(axis=None)


def test_a_memo_saves_resampling_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def counted(*given: Any) -> tuple[float, float]:
        calls.append(given[2])
        return statistic_interval(*given)

    module = import_module("xai_bench.results.leaderboard")
    monkeypatch.setattr(module, "statistic_interval", counted)
    cells = [cell(name, [1.0, 2.0, 3.0, 4.0, 6.0]) for name in ("ig", "random", "oracle")]
    memo = Memo()
    first = leaderboard(cells, memo=memo)
    assert len(calls) == 3
    pd.testing.assert_frame_equal(leaderboard(cells, memo=memo), first)
    assert len(calls) == 3
    other = cell("random", [0.0, 2.0, 3.0, 4.0, 6.0], key="other", started="2026-02-01")
    changed = leaderboard([*cells, other], memo=memo)
    pd.testing.assert_frame_equal(changed, leaderboard([*cells, other]))
    assert changed.loc[changed.method == "ig", "random"].item() == 3.0, "by the latest control"


def test_a_stored_leaderboard_is_that_of_these_cells_and_flags_alone(tmp_path: Path) -> None:
    cells = [cell("ig", [1 / 3, 2 / 3] * 3), cell("random", [0.0] * 6), skipped()]
    flags = {"m": "training"}
    assert stored_leaderboard(tmp_path, cells, flags) is None
    table = write_leaderboard(tmp_path, cells, flags)
    stored = stored_leaderboard(tmp_path, cells[::-1], flags)
    assert stored is not None
    assert to_csv(stored) == to_csv(table) == (tmp_path / "leaderboard.csv").read_text()
    assert stored["rank"].dtype == table["rank"].dtype
    stored = stored_leaderboard(tmp_path, cells, flags)
    assert stored is not None
    pd.testing.assert_series_equal(stored["mean"], table["mean"].round(6))

    assert stored_leaderboard(tmp_path, cells, {}) is None
    assert stored_leaderboard(tmp_path, cells[:2], flags) is None
    assert stored_leaderboard(tmp_path, [*cells, cell("saliency", [1.0])], flags) is None
    anew = cell("ig", [1.0] * 6, key="other", started="2026-02-01")
    assert stored_leaderboard(tmp_path, [*cells[1:], anew], flags) is None
    again = cell("ig", [1 / 3, 2 / 3] * 3, quality={"auroc": 0.9, "verdict": "ok"})
    assert stored_leaderboard(tmp_path, [again, *cells[1:]], flags) is None


def test_scores_that_were_changed_by_hand_are_not_shown_as_stored(tmp_path: Path) -> None:
    cells = [cell("ig", [1.0]), cell("random", [1.0])]
    scores = cells[0].folder(tmp_path) / "scores.parquet"
    scores.parent.mkdir(parents=True)
    scores.write_bytes(b"as they were")
    write_leaderboard(tmp_path, cells)
    assert stored_leaderboard(tmp_path, cells) is not None
    scores.write_bytes(b"as they are")
    assert stored_leaderboard(tmp_path, cells) is None


@pytest.mark.parametrize("name", ["leaderboard.csv", "leaderboard_wide.csv", "leaderboard.json"])
def test_a_leaderboard_that_was_cut_off_or_went_is_not_shown(tmp_path: Path, name: str) -> None:
    cells = [cell("ig", [1.0]), cell("random", [1.0])]
    write_leaderboard(tmp_path, cells)
    file = tmp_path / name
    whole = file.read_text()
    file.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    assert stored_leaderboard(tmp_path, cells) is None
    file.write_text(whole)
    assert stored_leaderboard(tmp_path, cells) is not None
    file.unlink()
    assert stored_leaderboard(tmp_path, cells) is None


@pytest.mark.parametrize("make", NO_FILES)
@pytest.mark.parametrize("name", ["leaderboard.csv", "leaderboard_wide.csv", "leaderboard.json"])
def test_a_leaderboard_that_is_no_file_is_not_waited_for(
    tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    cells = [cell("ig", [1.0]), cell("random", [1.0])]
    write_leaderboard(tmp_path, cells)
    (tmp_path / name).unlink()
    make(tmp_path / name)
    assert stored_leaderboard(tmp_path, cells) is None


def test_names_that_look_like_numbers_are_read_as_they_were_written(tmp_path: Path) -> None:
    cells = [cell("ig", [1.0], dataset="007", protocol="1e3")]
    write_leaderboard(tmp_path, cells)
    stored = stored_leaderboard(tmp_path, cells)
    assert stored is not None
    assert stored[["dataset", "protocol"]].values.tolist() == [["007", "1e3"]]


def test_each_row_is_what_the_statistics_say_of_its_scores_written_out() -> None:
    rng = np.random.default_rng(0)
    tables: dict[str, pd.DataFrame] = {}
    for name in ("ig", "random", "oracle"):
        of_metrics = []
        for metric, failing in (("b", 0.0), ("a", 0.3)):
            scores = np.where(rng.random(20) < failing, np.nan, rng.random(20)).tolist()
            of_metrics.append(cell(name, scores, metric=metric).scores)
        tables[name] = pd.concat(of_metrics).sample(frac=1, random_state=0)
    facts = {"metrics": {"a": CARD, "b": CARD}, "families": {"a": "x", "b": "x"}}
    made = {name: cell(name, []) for name in tables}
    cells = [
        replace(one, provenance=one.provenance | facts).with_scores(tables[name])
        for name, one in made.items()
    ]

    def scored(name: str, metric: str) -> pd.DataFrame:
        table = tables[name]
        return table[(table["metric"] == metric) & (table["status"] == "ok")]

    for row in leaderboard(cells).to_dict("records"):
        ok = scored(row["method"], row["metric"])
        values, patients = ok["score"].to_numpy(), ok["patient_id"].tolist()
        assert row["mean"] == values.mean()
        assert (row["ci_low"], row["ci_high"]) == statistic_interval(values, patients, "mean")
        assert (row["n"], row["n_failed"]) == (len(ok), 20 - len(ok))
        for name in ("random", "oracle"):
            control = scored(name, row["metric"])
            same = control[control["record_id"].isin(ok["record_id"])]
            assert row[name] == same["score"].to_numpy().mean()


def test_csv_holds_plain_numbers() -> None:
    verdict = {"auroc": 2 / 3, "ci_low": 0.5, "ci_high": 0.75, "n": 256, "verdict": "ok"}
    text = to_csv(leaderboard([cell("ig", [1 / 3] * 5, quality=verdict), skipped()]))
    header, refused, ig = text.splitlines()
    assert header == ",".join(COLUMNS)
    third = "0.333333"
    row = f"synthetic,imn,ig,stability,m,higher,{third},{third},{third},5,0,{',' * 10}not asked,1,"
    row += ",ok,,,v1-a"
    assert ig == f"{row},0.666667,0.5,0.75,ok,all,0,,,"
    assert refused.startswith(f"synthetic,conv2d,native{',' * 22}skipped,needs W,")


def test_both_forms_are_written_side_by_side(tmp_path: Path) -> None:
    cells = [cell("ig", [1 / 3] * 5), skipped()]
    table = write_leaderboard(tmp_path, cells)
    pd.testing.assert_frame_equal(table, leaderboard(cells))
    assert (tmp_path / "leaderboard.csv").read_text() == to_csv(table)
    assert (tmp_path / "leaderboard_wide.csv").read_text() == to_csv(widen(table))
    back = pd.read_csv(io.StringIO((tmp_path / "leaderboard_wide.csv").read_text()))
    assert back.set_index("method").loc["ig", "m"] == 0.333333


def test_an_interruption_and_a_full_disk_leave_no_half_leaderboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [cell("ig", [1.0])]
    with (
        pytest.raises(OutputError, match=r"cannot write .*leaderboard\.csv: File too large"),
        files_of_100_bytes(),
    ):
        write_leaderboard(tmp_path, cells)

    def interrupt(temporary: Path, path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "put_in_place", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_leaderboard(tmp_path, cells)
    assert list(tmp_path.iterdir()) == []


def test_ranks_of_a_leaderboard_are_by_protocol() -> None:
    better, worse = [1.0, 1.1] * 4, [0.0, 0.1] * 4
    together = leaderboard([cell("ig", better), cell("saliency", worse)])
    assert dict(zip(together["method"], together["rank"], strict=True)) == {"ig": 1, "saliency": 2}
    apart = leaderboard([cell("ig", better), cell("saliency", worse, protocol="v2-a")])
    assert apart["rank"].tolist() == [1, 1]


def test_methods_whose_intervals_overlap_are_told_apart_by_their_pairs() -> None:
    """What they share, the recording's own part, is most of an interval and none of a pair."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=16)
    better, worse = (base + shift + 0.05 * rng.normal(size=16) for shift in (0.3, 0.0))
    table = leaderboard([cell("ig", better.tolist()), cell("saliency", worse.tolist())])
    first, second = (table[table.method == name].iloc[0] for name in ("ig", "saliency"))
    assert first["ci_low"] < second["ci_high"]
    assert (first["rank"], second["rank"]) == (1, 2)


def test_ranks_are_of_one_dataset_and_model() -> None:
    better, worse = [1.0, 1.1] * 4, [0.0, 0.1] * 4
    for other in (cell("saliency", worse, dataset="d"), cell("saliency", worse, model="n")):
        assert leaderboard([cell("ig", better), other])["rank"].tolist() == [1, 1]


def test_a_model_with_one_unreliable_cell_is_not_compared() -> None:
    better, worse = [1.0, 1.1] * 4, [0.0, 0.1] * 4
    bad = {"auroc": 0.5, "ci_low": 0.4, "ci_high": 0.6, "verdict": "unreliable"}
    cells = [cell("ig", better, quality=bad), cell("saliency", worse), cell("amplitude", worse)]
    columns = ["rank", "place", "not_better_than"]
    assert leaderboard(cells)[columns].isna().all(axis=None)


def test_a_new_control_or_method_is_compared_whatever_the_memo_has() -> None:
    rng = np.random.default_rng(1)
    cells = [cell(name, rng.normal(size=12).tolist()) for name in ("ig", "random")]
    memo = Memo()
    leaderboard(cells, memo=memo)
    more = [*cells, cell("amplitude", [9.0] * 12), cell("saliency", [20.0] * 12)]
    table = leaderboard(more, memo=memo)
    pd.testing.assert_frame_equal(table, leaderboard(more))
    found = table.set_index("method")
    assert found.loc["ig", "not_better_than"] == "amplitude"
    assert found.loc["ig", "rank"] == 2
    assert found.loc["saliency", "place"] == 1


def test_attributions_that_miss_their_sums_are_counted_together() -> None:
    failed = cell("ig", [np.nan] * 3)
    scores = failed.scores
    assert scores is not None
    reasons = [incomplete(residual) for residual in (0.2, 0.3)]
    row = leaderboard([failed.with_scores(scores.assign(reason=[*reasons, "no evidence"]))]).iloc[0]
    assert row["reason"] == "2 x completeness residual > 0.05; 1 x no evidence"


def test_methods_that_are_apart_by_rounding_share_a_rank() -> None:
    """Input invariance has one right answer, 0; how rounding misses it ranks nobody."""
    for metric, ranks in (("input_invariance", [1, 1, 3]), ("m", [1, 2, 3])):
        cells = [
            cell(method, [size] * 12, metric=metric, better="lower")
            for method, size in (("a", 1e-5), ("b", 1e-4), ("c", 0.1))
        ]
        assert list(leaderboard(cells)["rank"]) == ranks


def test_localisation_is_of_what_the_model_detects_and_the_rest_stands_apart() -> None:
    outcomes = ["detected"] * 5 + ["missed"] * 6 + ["false alarm"]
    scores = [0.8, 0.9, 0.7, 0.8, 0.8, 0.2, 0.1, 0.3, 0.2, 0.2, 0.2, 0.5]

    def board(family: str, known: list[str] | None) -> pd.DataFrame:
        cells = [
            cell(method, values, family=family, outcomes=known)
            for method, values in (
                ("ig", scores),
                ("random", [0.5] * 4 + [0.4] + [0.1] * 7),
                ("oracle", [1.0] * 12),
            )
        ]
        return leaderboard(cells).set_index("method")

    ig = board("localisation", outcomes).loc["ig"]
    assert (ig["recordings"], ig["n"], ig["n_undetected"]) == ("detected", 5, 7)
    assert ig["mean"] == pytest.approx(0.8)
    assert ig["undetected"] == pytest.approx(1.7 / 7)
    assert ig["undetected_low"] < 1.7 / 7 < ig["undetected_high"]
    assert ig["random"] == pytest.approx(0.48), "on the recordings that are detected"
    assert ig["skill"] == pytest.approx((0.8 - 0.48) / (1 - 0.48))
    pooled = board("faithfulness", outcomes).loc["ig"]
    assert (pooled["recordings"], pooled["n"], pooled["n_undetected"]) == ("all", 12, 0)
    assert pooled["mean"] == pytest.approx(np.mean(scores))
    assert pd.isna(pooled["undetected"])
    before = board("localisation", None).loc["ig"]
    assert (before["recordings"], before["n"]) == ("all, outcome unknown", 12)


def test_localisation_of_nothing_that_is_detected_has_no_score_and_says_why() -> None:
    table = leaderboard(
        [cell("ig", [0.2, 0.4, np.nan], family="localisation", outcomes=["missed"] * 3)]
    )
    row = table.iloc[0]
    assert (row["status"], row["n"], row["n_undetected"]) == ("failed", 0, 2)
    assert row["reason"] == "1 x no evidence; 2 x the model does not detect it"
    assert row["undetected"] == pytest.approx(0.3)
    assert pd.isna(row["undetected_low"]), "of two patients"
