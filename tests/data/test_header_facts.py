from __future__ import annotations

from pathlib import Path

import pytest

from xai_bench.data.header_facts import HeaderFacts, header_facts

CHALLENGE = """A0002 12 500 5000 12-May-2020 12:33:59
A0002.mat 16+24 1000/mV 16 0 -1 -1 0 I
#Age: 49
#Sex: Female
#Dx: 426783006, 164889003
#Rx: Unknown
"""


def _facts(tmp_path: Path, text: str | bytes) -> HeaderFacts:
    path = tmp_path / "a.hea"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return header_facts(path)


def test_a_header_of_the_challenge(tmp_path: Path) -> None:
    for text in (CHALLENGE, CHALLENGE.replace("\n", "\r\n"), CHALLENGE.replace("#", "# ")):
        assert _facts(tmp_path, text) == HeaderFacts(
            rate_hz=500.0,
            frames=5000,
            age=49.0,
            sex="female",
            statements=("426783006", "164889003"),
        )


def test_labels_in_words(tmp_path: Path) -> None:
    found = _facts(tmp_path, "a 12 100 1000\n# age: 73\n# SEX: M\n# Labels: Old MI, STTC\n")
    assert found.statements == ("Old MI", "STTC")
    assert (found.age, found.sex) == (73.0, "male")
    found = _facts(tmp_path, "a 12 100 1000\n# Reason for admission: Bundle branch block\n")
    assert found.statements == ("Bundle branch block",)
    assert _facts(tmp_path, "a 12 100 1000\n# Reason for admission: n/a\n").statements == ()


def test_filters_as_they_are_written(tmp_path: Path) -> None:
    for key in ("Filter", "filters"):
        found = _facts(tmp_path, f"a 12 100 1000\n# {key}: 0.05-150 Hz, notch off\n")
        assert found.filters == "0.05-150 Hz, notch off"
    assert _facts(tmp_path, "a 12 100 1000\n# filtered: yes\n").filters == ""


@pytest.mark.parametrize("said", ["NaN", "Unknown", "", "300", "-1", "1e999", "49 y"])
def test_what_is_no_age_and_no_sex(tmp_path: Path, said: str) -> None:
    found = _facts(tmp_path, f"a 12 100 1000\n#Age: {said}\n#Sex: {said}\n#Dx: Unknown\n")
    assert (found.age, found.sex, found.statements) == (None, None, ())


@pytest.mark.parametrize(
    ("line", "rate_hz", "frames"),
    [
        ("E00010.mat 12 500 5000 05-May-2020 14:50:55", 500.0, 5000),
        ("100 2 360/100(0) 650000", 360.0, 650000),
        ("100 2 360(0) 650000", 360.0, 650000),
        ("100 2 360", None, None),
        ("100 2 nan 650000", None, None),
        ("100 2 0 650000", None, None),
        ("100 2 360 -5", None, None),
        ("100", None, None),
    ],
)
def test_rate_and_length(
    tmp_path: Path, line: str, rate_hz: float | None, frames: int | None
) -> None:
    found = _facts(tmp_path, line + "\n")
    assert (found.rate_hz, found.frames) == (rate_hz, frames)


@pytest.mark.parametrize(
    ("text", "is_recording"),
    [
        ("all/2 12 100 2000\na 1000\nb 1000\n", False),
        ("all/3 12 100 2000\nlayout 0\na 1000\n~ 1000\n", False),
        ("layout 12 100 0\n~ 0 200 16 0 0 0 0 I\n", False),
        ("00000/00001 2 100 1000\na.dat 16\na.dat 16\n", False),
        ("records/00001_lr 1 100 1000\na.dat 16 1000 16 0 0 0 0 I\n", True),
        ("", True),
        ("\x00\xff#", True),
    ],
)
def test_what_is_a_recording(tmp_path: Path, text: str, is_recording: bool) -> None:
    assert _facts(tmp_path, text).is_recording is is_recording


def test_a_header_that_cannot_be_read_has_no_facts(tmp_path: Path) -> None:
    assert header_facts(tmp_path) == header_facts(tmp_path / "absent.hea") == HeaderFacts()
    assert _facts(tmp_path, bytes(range(256)) * 1000).statements is None
