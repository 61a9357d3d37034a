"""Sentences say what the table says, and of each net only where its truth is unique."""

from __future__ import annotations

from tests.report.method_accuracy.accuracy_study_made_up import made_up_method_accuracy
from xai_bench.report.method_accuracy.findings import AccuracyFindings
from xai_bench.report.method_accuracy.tables import accuracy_tables, nets_table, summary_table


def _texts(model: str, *, few: bool = False) -> list[str]:
    found = AccuracyFindings(made_up_method_accuracy(few=few))
    return [one.text for one in found.sentences if one.model == model]


def test_who_is_right_is_said_with_sizes_and_of_unique_parts_alone() -> None:
    plain = _texts("plain")
    assert plain[0] == (
        "plain, single samples: nearly proportional to the truth (cosine at least 0.95, all of its "
        "interval) is good 0.99 [0.98, 1.00] (of 2 times its size); of 2 methods, n = 12 "
        "recordings."
    )
    assert plain[1].startswith("plain, tenths of a lead: ")
    assert plain[1].endswith("of 2 methods, n = 10 to 12 recordings.")
    assert plain[2].startswith("plain, leads: ")
    assert len(plain) == 3
    rule = _texts("rule")
    assert all(text.startswith("rule, leads") for text in rule[:2])
    assert "is no method; of 2 methods" in _with_lower_cosine()
    assert rule[1] == (
        "rule, leads: not shown to tell better than |z| where the truth has its mass (paired "
        "difference of mass overlap, its interval reaches 0 or below): blind."
    )


def _with_lower_cosine() -> str:
    """Of an interval that reaches below."""
    result = made_up_method_accuracy()
    good = (result.table["method"] == "good") & (result.table["measure"] == "cosine")
    result.table.loc[good, "ci_low"] = 0.949
    (first, *_) = (one.text for one in AccuracyFindings(result).sentences if one.model == "rule")
    return first


def test_the_suspect_lead_is_compared_with_the_truth() -> None:
    assert _texts("rule")[-1] == (
        "rule, share of |map| of single samples in aVR, which says nothing of the class: the truth "
        "has 0.42 [0.41, 0.43]; as much, the interval of the paired difference within 0.05, by "
        "good; less by blind 0.050 [0.038, 0.062]."
    )
    assert not any("aVR" in text for text in _texts("plain"))


def test_less_in_the_suspect_lead_is_no_error_of_who_is_right_in_sums() -> None:
    result = made_up_method_accuracy()
    blind = (result.table["method"] == "blind") & (result.table["model"] == "rule")
    cosine = blind & (result.table["measure"] == "cosine") & (result.table["parts"] == "lead")
    assert cosine.sum() == 1
    result.table.loc[cosine, ["value", "ci_low", "ci_high"]] = 0.98, 0.96, 0.99
    *_, last = (one.text for one in AccuracyFindings(result).sentences if one.model == "rule")
    assert "less by blind" in last
    assert last.endswith(
        "less is not shown to be wrong of those whose sums over leads are nearly proportional to "
        "the truth, blind."
    )


def test_too_few_patients_say_nothing_of_methods() -> None:
    for model in ("plain", "rule"):
        texts = _texts(model, few=True)
        assert texts
        assert all("too few patients for intervals" in text for text in texts)


def test_what_was_left_out_is_said_once() -> None:
    assert AccuracyFindings(made_up_method_accuracy()).left_out == [
        "r1: too short",
        "plain: blind needs eyes",
        "rule: no rule for it (fair and never)",
        "plain: no rule for it (never)",
        "plain, fair: 2 recordings: completeness residual 0.1 > 0.05",
    ]


def test_tables_mark_conventions_and_give_reasons() -> None:
    table = summary_table(made_up_method_accuracy())
    assert [column.heading for column in table.columns] == ["method", "plain", "rule*"]
    assert [row.cells[0].text for row in table.rows] == ["good", "fair", "blind", "truth", "random"]
    assert [row.control for row in table.rows] == [False] * 3 + [True] * 2
    fair = table.rows[1]
    assert (fair.cells[1].text, fair.cells[1].note) == ("0.60", "n = 10")
    assert fair.cells[1].reason == "completeness residual 0.1 > 0.05"
    assert (fair.cells[2].text, fair.cells[2].reason) == ("–", "no rule for it")
    assert "convention" in table.caption[1]


def test_there_is_a_table_for_each_kind_of_parts_and_measure() -> None:
    titles = [table.title for table in accuracy_tables(made_up_method_accuracy())]
    assert titles[0] == "Cosine ↑, single samples"
    assert titles[2] == "Cosine ↑, leads, attribution summed in each"
    assert titles[-2] == "In the suspect lead, leads, attribution summed in each"
    assert titles[-1] == "In the suspect lead over the truth, leads, attribution summed in each"
    assert len(titles) == len(set(titles)) == 3 + 7 + 2
    *_, last = accuracy_tables(made_up_method_accuracy())
    assert [column.heading for column in last.columns] == ["method", "rule"]
    assert [row.cells[2].text for row in nets_table(made_up_method_accuracy()).rows] == [
        "none",
        "by terms",
    ]
