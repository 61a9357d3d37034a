"""Questions of the audit: read strictly, and those that the committed audit has."""

import csv
from pathlib import Path

import pytest

from xai_bench.cards import read_card
from xai_bench.errors import CardError
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS, Question

AUDIT = Path(__file__).parents[3] / "docs" / "audit" / "audit.csv"

BLOCKS = """
title = "Which?"

[[block]]
[[block.quantity]]
name = "plain"
label = "a plain one"
read = "0: nothing"

[[block]]
[block.each]
near = "next door"
far = "elsewhere"

[[block.quantity]]
name = "first_{key}"
label = "first, {words}"
read = "1: all"
statistic = "p50"

[[block.quantity]]
name = "second_{key}"
label = "second, {words}"
read = "2: twice"
"""


def _question(tmp_path: Path, text: str) -> Question:
    path = tmp_path / "1_which.toml"
    path.write_text(text, encoding="utf-8")
    return read_card(path, Question)


def test_a_block_stands_for_each_of_its_rows(tmp_path: Path) -> None:
    found = list(_question(tmp_path, BLOCKS).quantities(3))
    assert [(q.name, q.label, q.taken) for q in found] == [
        ("plain", "a plain one", "mean"),
        ("first_near", "first, next door", "median"),
        ("second_near", "second, next door", "mean"),
        ("first_far", "first, elsewhere", "median"),
        ("second_far", "second, elsewhere", "mean"),
    ]
    assert {q.question for q in found} == {3}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("read =", "how =", "1_which.toml: unknown key 'block.0.quantity.0.how'. Allowed: name, "),
        ('"p50"', '"p95"', "Input should be 'mean', 'p50', 'AUROC' or 'maximum'"),
        ('title = "Which?"', "", "Field required"),
        ('"0: nothing"', "0", "Input should be a valid string"),
    ],
)
def test_what_is_not_of_the_form_fails(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(CardError, match=message):
        _question(tmp_path, BLOCKS.replace(old, new))


def test_names_are_given_once_and_questions_are_counted() -> None:
    assert list(QUESTIONS) == [1, 2, 3, 4, 5, 6, 7]
    names = [q.name for number, one in QUESTIONS.items() for q in one.quantities(number)]
    assert names == list(QUANTITIES)
    assert len(set(names)) == len(names)


def test_the_committed_audit_has_these_quantities() -> None:
    with AUDIT.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "imn"]
    asked = {row["quantity"]: (int(row["question"]), row["statistic"]) for row in rows}
    assert asked == {name: (q.question, q.taken) for name, q in QUANTITIES.items()}
