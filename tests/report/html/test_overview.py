"""What leads in each respect, with its ties."""

from __future__ import annotations

from xai_bench.report.html.material import Material
from xai_bench.report.html.overview import overview_section


def test_the_first_by_rank_is_named_with_its_ties(few: Material) -> None:
    context = overview_section(few).context
    (of_model,) = context["leaders"]
    for leader in of_model["respects"]:
        rows = few.leaderboard[few.leaderboard["metric"] == leader["metric"].name]
        first = rows[rows["rank"] == 1]
        assert {leader["method"], *leader["ties"]} == set(first["method"])
        means = first.set_index("method")["mean"]
        best = means.max() if leader["metric"].better == "higher" else means.min()
        assert means[leader["method"]] == leader["score"].value == best
    assert (context["recordings"], context["models"], context["methods"]) == (32, 1, 3)
