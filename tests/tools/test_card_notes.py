"""A measurement that a note quotes stands in a file that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.card_notes import measurements_in_notes

CARD = "[params]\nsnr_db = 20.0\nleast = 0.05\nshares = [0.2, 0.4]\n"


def _said(root: Path, note: str) -> list[str]:
    folder = root / "metrics" / "family"
    folder.mkdir(parents=True)
    (folder / "one.toml").write_text(f'note = "{note}"\n{CARD}')
    results = root / "benchmarks" / "results"
    results.mkdir(parents=True)
    (results / "some.md").write_text("| sd | 0.0514 |\n| share | 0.39 |\n")
    return list(measurements_in_notes(root))


@pytest.mark.parametrize(
    "note",
    [
        "The baseline is 0.0, at 20.0 dB, hence the 5 %, of shares 0.2 and 40 %.",
        "Quantus 0.6 fails with numpy 2.4; its default is U(0.02, 0.3).",
        "The draws make .39 of the variance, 39 %, sd .05 or .051 (benchmarks/results/some.md).",
    ],
)
def test_settings_names_and_measurements_with_a_file_are_no_faults(
    tmp_path: Path, note: str
) -> None:
    assert _said(tmp_path, note) == []


@pytest.mark.parametrize(
    ("note", "number"),
    [
        ("The correlation is .999.", ".999"),
        ("In 16 % of the regions.", "16"),
        ("The draws make .38 of the variance (benchmarks/results/some.md).", ".38"),
        ("The draws make .39 of the variance.", ".39"),
    ],
)
def test_any_other_is(tmp_path: Path, note: str, number: str) -> None:
    assert f"the note says {number}," in _said(tmp_path, note)[0]


def test_so_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    (said,) = _said(tmp_path, "It was measured (benchmarks/results/other.md).")
    assert said.endswith("the note names benchmarks/results/other.md, which is not there")


def test_the_note_of_a_metric_whose_draws_are_measured_says_their_share(tmp_path: Path) -> None:
    assert _said(tmp_path, "Nothing.") == []
    results = tmp_path / "benchmarks" / "results"
    (results / "draws.csv").write_text("source,metric\nmethod,other\nmetric,one\n")
    note = tmp_path / "metrics" / "family" / "one.toml"
    (fault,) = measurements_in_notes(tmp_path)
    assert fault.startswith("metrics/family/one.toml: its draws are measured and the note does not")
    (results / "draws.md").write_text("| share | 15 |\n")
    note.write_text(f'note = "Draws make 15 % (benchmarks/results/draws.md)."\n{CARD}')
    assert list(measurements_in_notes(tmp_path)) == []
    (results / "draws.csv").write_text("source,metric\nmethod,one\n")
    note.write_text(f'note = "Nothing."\n{CARD}')
    assert list(measurements_in_notes(tmp_path)) == [], "what methods draw is no metric's"
