"""Counts of trusted metrics, on a leaderboard that is written out."""

from __future__ import annotations

import numpy as np

from tests.report.leaderboards import board, row
from tests.results.made_cells import cell
from xai_bench.results.trusted_standings import (
    native_against_post_hoc,
    trusted_metrics,
    trusted_standings,
)

BASE = np.random.default_rng(0).normal(size=12)


def test_trusted_is_what_was_audited_without_a_flag_and_has_a_floor_to_beat() -> None:
    table = board(
        row("ig", "mass", 0.5),
        row("ig", "rank", 0.5, flags="training"),
        row("ig", "sensitivity", 0.5),
        row("ig", "size", 0.5),
        row("ig", "p50", 0.5),
    )
    audited = {"mass", "rank", "size", "p50"}
    assert trusted_metrics(table, audited) == ["mass"]
    assert trusted_metrics(table, audited | {"sensitivity"}) == ["mass", "sensitivity"]


def test_methods_are_counted_where_they_beat_the_controls_and_lead() -> None:
    table = board(
        row("ig", "mass", 0.9, 0.8, 1.0, n=13, n_failed=3),
        row("shap", "mass", 0.5, 0.4, 0.6, not_better_than="slope", n=16),
        row("ig", "rank", 0.5, 0.4, 0.6),
        row("shap", "rank", 0.5, 0.4, 0.6),
        row("ig", "sensitivity", 0.9, 0.8, 1.0),
        row("shap", "sensitivity", 0.1, 0.0, 0.2, not_better_than="slope; shap@untrained"),
        row("slope", "mass", 0.4, 0.3, 0.5),
        row("shap@untrained", "mass", 0.4, 0.3, 0.5),
    )
    (one,) = trusted_standings(table, {"mass", "rank", "sensitivity"})
    assert (list(one.metrics), list(one.floors)) == (
        ["mass", "rank", "sensitivity"],
        ["slope", "@untrained"],
    )
    ig, shap = one.methods["ig"], one.methods["shap"]
    # Of rank both are first and nobody is behind, which says nothing; of sensitivity, where lower
    # is better, shap is first and shares that with a control.
    assert (ig.asked, ig.better, ig.first, ig.alone) == (3, 3, ["mass"], 1)
    assert (shap.asked, shap.better, shap.first) == (3, 1, [])
    assert (ig.recordings, ig.failed) == ((13, 16), 3)
    assert one.all_better == ["ig"]


def test_unreliable_models_and_runs_of_controls_have_no_standing() -> None:
    assert trusted_standings(board(row("ig", "mass", 0.5, quality="unreliable")), {"mass"}) == ()
    assert trusted_standings(board(row("slope", "mass", 0.5)), {"mass"}) == ()


def test_native_is_held_against_the_best_post_hoc_method_of_each_metric() -> None:
    def cells(metric: str, better: str, **steps: float) -> list:  # type: ignore[type-arg]
        return [
            cell(
                name.replace("_", "-"), [float(x) for x in BASE + step], metric=metric,
                better=better, key=f"{name}{metric}",
            )
            for name, step in steps.items()
        ]  # fmt: skip

    given = [
        *cells("up", "higher", native=3.0, native_centred=9.0, saliency=1.0, ig=2.0),
        *cells("down", "lower", native=3.0, saliency=1.0, ig=2.0),
        *cells("same", "higher", native=2.0, ig=2.0),
        *cells("alone", "higher", native=2.0),
        *cells("unasked", "higher", native=2.0, ig=1.0),
    ]
    found = native_against_post_hoc(given, ["up", "down", "same", "alone"])
    rows = found[["metric", "post_hoc", "verdict"]].to_numpy().tolist()
    assert sorted(rows) == [
        ["down", "saliency", "behind"],
        ["same", "ig", "not told apart"],
        ["up", "ig", "ahead"],
    ]
    assert native_against_post_hoc(given, []).empty
