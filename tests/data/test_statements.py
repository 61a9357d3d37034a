from __future__ import annotations

import csv
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

from xai_bench.data.statements import known_statements, meaning
from xai_bench.tasks import SUPERCLASSES

NORMAL, FIBRILLATION, OLD_INFARCT = "426783006", "164889003", "164867002"


def _rows() -> list[dict[str, str]]:
    text = files("xai_bench.data").joinpath("statements.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_every_code_of_the_challenge_of_2021_is_there_once() -> None:
    codes = [row["code"] for row in _rows() if row["code"]]
    assert len(codes) == len(set(codes)) == 133
    assert all(re.fullmatch(r"[1-9]\d{5,14}", code) for code in codes)
    names = [row["name"] for row in _rows() if row["code"]]
    assert len(names) == len(set(names))


def test_every_row_says_what_it_is_based_on() -> None:
    for row in _rows():
        assert row["superclass"] in ("", *SUPERCLASSES), row
        assert row["normal"] in ("", "states", "allows"), row
        assert not (row["superclass"] and row["normal"]), row
        assert row["name"]
        assert row["basis"]


def test_superclasses_are_those_of_the_matching_statements_of_ptbxl(shared_data: Path) -> None:
    """Where the table says that a superclass is PTB-XL's, PTB-XL's own table says so too."""
    with (shared_data / "ptbxl_mini/scp_statements.csv").open(encoding="utf-8") as file:
        official = {row[""]: row["diagnostic_class"] for row in csv.DictReader(file)}
    checked = 0
    for row in _rows():
        matching = row["scp"].split()
        assert set(matching) <= set(official), row
        classes = {official[code] for code in matching} - {""}
        if row["basis"].startswith("PTB-XL class") and matching:
            assert classes == {row["superclass"]}, row
            checked += 1
        elif not row["normal"] and not row["basis"].startswith("an ST or T"):
            assert not classes, row
    assert checked > 30


@pytest.mark.parametrize(
    ("said", "superclasses"),
    [
        ([NORMAL], {"NORM"}),
        ([NORMAL, "426177001", "39732003"], {"NORM"}),  # slow, and turned to the left
        (["426177001"], set()),  # slow: nobody says that the rest is normal
        ([NORMAL, FIBRILLATION], set()),
        ([NORMAL, "427172004"], set()),  # ventricular premature beats
        ([NORMAL, "713426002"], {"CD"}),
        ([NORMAL, "12345678"], set()),  # may be anything
        ([NORMAL, "164865005", "164934002", "164873001"], {"MI", "STTC", "HYP"}),
        (["Old MI", "CD", "TACHY"], {"MI", "CD"}),
        (["NORM", "TACHY"], {"NORM"}),
        (["norm", "cd"], {"NORM", "CD"}),
        (["Healthy control"], {"NORM"}),
        (["Myocardial infarction"], {"MI"}),
        (["Bundle branch block"], {"CD"}),
        (["Hypertrophy"], {"HYP"}),
        (["Myocarditis"], set()),
        (["698247007"], set()),  # cardiac dysrhythmia, which the Challenge abbreviates as CD
        ([], set()),
    ],
)
def test_superclasses_of_statements(said: list[str], superclasses: set[str]) -> None:
    assert meaning(said).superclasses == superclasses


def test_statements_are_known_by_code_abbreviation_and_name() -> None:
    found = meaning([FIBRILLATION, "something else"])
    assert found.texts == {FIBRILLATION, "AF", "atrial fibrillation", "something else"}
    assert found.unknown == {"something else"}
    assert meaning(["698247007"]).texts == {"698247007", "cardiac dysrhythmia"}
    assert known_statements()["old myocardial infarction"].code == OLD_INFARCT


def test_superclasses_of_real_records_agree_with_those_of_ptbxl(shared_data: Path) -> None:
    """The Challenge's codes of PTB-XL's records against PTB-XL's own superclasses.

    They cannot agree always: one code stands for "normal ECG" and for "sinus rhythm", so that
    NORM beside another superclass cannot be told, and one for several changes of ST and T, of
    which some have no superclass. What must hold is that no record is called normal in error.
    """
    official: dict[int, set[str]] = {}
    for path in (shared_data / "ptbxl_real/labels").glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                official[int(row["ecg_id"])] = {name for name in SUPERCLASSES if row[name] == "1"}
    count: Counter[tuple[str, bool, bool]] = Counter()
    for header in (shared_data / "ptbxl_real/challenge").glob("HR*.hea"):
        (codes,) = re.findall(r"^# *Dx: (.*)$", header.read_text(), re.MULTILINE)
        found = meaning(codes.replace(" ", "").split(",")).superclasses
        truth = official[int(header.stem[2:])]
        count.update((name, name in truth, name in found) for name in SUPERCLASSES)
    assert count["NORM", False, True] == 0
    for name in SUPERCLASSES:
        wrong = count[name, False, True] + count[name, True, False]
        assert wrong <= 0.2 * sum(count[name, a, b] for a in (False, True) for b in (False, True))
