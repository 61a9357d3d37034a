"""The answer stands first, and counts say what was scored."""

from __future__ import annotations

from xai_bench.report.html.material import Material
from xai_bench.report.html.overview import overview_section
from xai_bench.report.verdicts.answer import answer_of, answer_sentences


def test_the_sentences_are_those_of_the_answer(few: Material) -> None:
    context = overview_section(few).context
    answer = answer_of(few.cells, few.leaderboard, few.zoo.audited())
    first, *others = answer_sentences(answer)
    assert f"{context['verdict']} {context['sentences'][0]}".lower() == first.lower()
    assert context["sentences"][1:] == others
    # Neither amplitude nor slope nor an untrained map is among these few cells.
    assert "no control without a trained model" in first
    assert context["table"] is None


def test_counts_are_of_what_was_scored(few: Material) -> None:
    (row,) = overview_section(few).context["scored"].rows
    rows = few.leaderboard[few.leaderboard["status"] == "ok"]
    found = few.leaderboard[few.leaderboard["metric"] == "relevance_mass"].iloc[0]
    detected, missed = int(found["n"]), int(found["n_undetected"])
    assert [cell.text for cell in row.cells[:6]] == [
        "imn", "synthetic", "32", f"{detected} of {detected + missed}", "3", "2",
    ]  # fmt: skip
    assert row.cells[7].value == rows["n"].sum()
    assert row.cells[8].value == rows["n_failed"].sum()
