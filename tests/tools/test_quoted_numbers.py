"""A number in prose that is not its table's is a fault, and so is one that has no table."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.quoted_numbers import check_numbers, faults_of, with_numbers

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/page.md")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "references.bib").write_text("@article{known2020,\n}\n")
    (tmp_path / "words.py").write_text('"""Of three nets."""\n')
    (tmp_path / "t.csv").write_text("model,value,n\na,0.944,32\nb,-0.0377,1234\n")
    return tmp_path


def _faults(root: Path, text: str) -> list[str]:
    (root / PAGE).write_text(text)
    return [str(fault).replace("docs/page.md:", "") for fault in faults_of(root, PAGE)]


@pytest.mark.parametrize(
    "text",
    [
        "It is 0.94 <!-- = t.csv model=a value -->.",
        "It is .944 <!-- = t.csv\nmodel=a value -->.",
        "It is 94 % <!-- = t.csv model=a value *100 -->.",
        "From -.04 to 0.9 (n = 32 <!-- = t.csv model=b value; t.csv model=a value;\n"
        "t.csv model=a n -->).",
        "Of 1,234 <!-- = t.csv model=b n --> recordings.",
        "There are two <!-- = t.csv count(n) --> nets, for one is few.",
        'Of three <!-- = words.py "/Of (\\w+) nets/" --> nets, and no more.',
        "They found .41 <!-- = cite:known2020 -->.",
    ],
)
def test_numbers_that_their_tables_have_are_no_faults(root: Path, text: str) -> None:
    assert _faults(root, text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "It\nis 0.93 <!-- = t.csv model=a value -->.",
            "2: said 0.93, found 0.9440: t.csv model=a",
        ),
        ("It is 0.945 <!-- = t.csv model=a value -->.", "1: said 0.945, found 0.94400: t.csv"),
        ("There are three <!-- = t.csv count(n) --> nets.", "1: said three, found 2.00: t.csv"),
        ("It is 0.9 <!-- = u.csv value -->.", "1: 0.9: there is no file u.csv"),
        ("It is so <!-- = t.csv model=a value -->.", "1: no number stands before t.csv model=a"),
        ("They found .41 <!-- = cite:unknown2020 -->.", "1: .41: no unknown2020 in metrics/"),
        ("So it is 0.9\n  <!-- = t.csv model=a value -->.", "2: a comment begins a line"),
        ("It is 0.94.", "1: 0.94 has no table"),
        ("Nine nets are built.", "1: Nine has no table"),
        ("[Two seeds](x.md) of it.", "1: Two has no table"),
        ("Of `a` and\nthree more.", "2: three has no table"),
        ("In 3 further nets.", "1: 3 has no table"),
        ("One of 16 holds.", "1: One has no table"),
        ("It holds in 1 of the 16.", "1: 1 has no table"),
        ("In 7 % of all.", "1: 7 has no table"),
        ("In 5 of 16.", "1: 5 has no table"),
        ("It takes 9 times as long.", "1: 9 has no table"),
        ("Of 46 recordings.", "1: 46 has no table"),
    ],
)
def test_a_number_that_is_not_its_tables_is_a_fault(root: Path, text: str, fault: str) -> None:
    assert _faults(root, text)[0].startswith(fault)


@pytest.mark.parametrize(
    "text",
    [
        "    xai-bench run --n 32\n",
        "Say `--n 32` or see [it](page-17.md).",
        "```\n0.93\n```\n",
        "| 0.93 |\n| --- |\n",
        "<!-- leaderboard -->\nOf 32.\n<!-- /leaderboard -->\n",
        "Python 3.11, PTB-XL 1.0.3, arXiv 2602.09566, leads V1 to V6, 12-lead, fold 10, 100 Hz.",
        "A 95 % interval, float32, protocol 3.",
        "1. A net.\n2. A card.\n",
        "One of the nets reads one lead, in columns of 0 and 1.",
        "Of the two methods, two maps of eight leads and the two halves of two data sets.",
        "Often a two-fold, someone, a tennis-elbow.",
    ],
)
def test_what_is_no_measurement_needs_no_table(root: Path, text: str) -> None:
    assert _faults(root, text) == []


def test_numbers_are_written_anew_with_the_digits_that_they_had(root: Path) -> None:
    (root / PAGE).write_text(
        "From -.05 to 0.8 <!-- = t.csv model=b value; t.csv model=a value -->, 0.94 <!-- = t.csv\n"
        "model=a value --> of 1,000 <!-- = t.csv model=b n -->, 7 unknown.\n"
    )
    assert with_numbers(root, PAGE) == (
        "From -.04 to 0.9 <!-- = t.csv model=b value; t.csv model=a value -->, 0.94 <!-- = t.csv\n"
        "model=a value --> of 1,234 <!-- = t.csv model=b n -->, 7 unknown.\n"
    )


def test_numbers_of_the_committed_pages_are_those_of_their_tables() -> None:
    assert [str(fault) for fault in check_numbers(ROOT)] == []
