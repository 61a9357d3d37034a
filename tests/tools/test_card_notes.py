"""A measurement that a note quotes is the value of a cell that the card names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.card_notes import measurements_in_notes

ROOT = Path(__file__).parents[2]
CARD = "[params]\nsnr_db = 20.0\nleast = 0.05\nshares = [0.2, 0.4]\ndraws = 3\n"
FILE = "benchmarks/results/some.md"
TABLE = "| net | share | sd |\n| --- | --- | --- |\n| one | 39 | 0.0514 |\n| two | 17 | 0.2 |\n"
OF_ONE, OF_TWO = f"# 39 = {FILE} net=one share", f"# 17 = {FILE} net=two share"
NOTE = f"Draws make 39 % of the variance on one and 17 % on two ({FILE})."


def _said(root: Path, note: str, *comments: str) -> list[str]:
    folder = root / "metrics" / "family"
    folder.mkdir(parents=True)
    (folder / "one.toml").write_text("\n".join([f'note = "{note}"', *comments, CARD]))
    results = root / "benchmarks" / "results"
    results.mkdir(parents=True)
    (root / FILE).write_text(TABLE)
    return [one.removeprefix("metrics/family/one.toml: ") for one in measurements_in_notes(root)]


@pytest.mark.parametrize(
    ("note", "comments"),
    [
        ("The baseline is 0.0, at 20.0 dB, hence the 5 %, of shares 0.2 and 40 %.", ()),
        ("Quantus 0.6 fails with numpy 2.4; its default is U(0.02, 0.3).", ()),
        (NOTE, (OF_ONE, OF_TWO)),
        (f"Of shares 0.2 sd is .2 or .05 ({FILE}).", (f"# .2 = {FILE} net=two sd",)),
    ],
)
def test_settings_names_and_measurements_with_a_cell_are_no_faults(
    tmp_path: Path, note: str, comments: tuple[str, ...]
) -> None:
    assert _said(tmp_path, note, *comments) == []


@pytest.mark.parametrize(
    ("note", "number"),
    [
        ("The correlation is .999.", ".999"),
        ("In 16 % of the regions.", "16"),
        (f"The draws make 39 % of the variance ({FILE}).", "39"),
        ("In 3 % of the regions.", "3"),
    ],
)
def test_any_other_is(tmp_path: Path, note: str, number: str) -> None:
    """A cell is named, not only a file that has the number; 3 draws are no 3 %."""
    assert f"the note says {number}, which is no number of the card" in _said(tmp_path, note)[0]


def test_two_methods_numbers_that_changed_places_are_a_fault(tmp_path: Path) -> None:
    swapped = NOTE.replace("39", "x").replace("17", "39").replace("x", "17")
    said = _said(tmp_path, swapped, OF_ONE, OF_TWO)
    assert said[0].startswith("the note says 17, which is no number of the card")
    assert said[-1].startswith("the note does not say 17, or not in this order: ")


def test_so_they_are_where_comments_follow_the_note(tmp_path: Path) -> None:
    other = [OF_ONE.replace("39", "17"), OF_TWO.replace("17", "39")]
    swapped = NOTE.replace("39", "x").replace("17", "39").replace("x", "17")
    assert _said(tmp_path, swapped, *other) == [
        f"the note says 17, found 39: {FILE} net=one share",
        f"the note says 39, found 17: {FILE} net=two share",
    ]


def test_a_cell_is_there_and_of_a_file_that_the_note_names(tmp_path: Path) -> None:
    said = _said(tmp_path, "In 39 % and 17 %.", OF_ONE, OF_TWO.replace("two", "three"))
    assert said == [
        f"the note does not name the file of 39: {FILE} net=one share",
        f"the note does not name the file of 17: {FILE} net=three share",
        f"the note says 17: {FILE} net=three share: 0 rows",
    ]


def test_so_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    (said,) = _said(tmp_path, "It was measured (benchmarks/results/other.md).")
    assert said.endswith("the note names benchmarks/results/other.md, which is not there")


def test_notes_of_the_committed_cards_say_what_their_cells_say() -> None:
    assert list(measurements_in_notes(ROOT)) == []


def test_the_note_of_a_metric_whose_draws_are_measured_says_their_share(tmp_path: Path) -> None:
    assert _said(tmp_path, "Nothing.") == []
    results = tmp_path / "benchmarks" / "results"
    (results / "draws.csv").write_text("source,metric\nmethod,other\nmetric,one\n")
    note = tmp_path / "metrics" / "family" / "one.toml"
    (fault,) = measurements_in_notes(tmp_path)
    assert fault.startswith("metrics/family/one.toml: its draws are measured and the note does not")
    (results / "draws.md").write_text("| share | 15 |\n")
    quoted = 'note = "Draws make 15 % (benchmarks/results/draws.md)."'
    cell = '# 15 = benchmarks/results/draws.md "/share . (15) /"'
    note.write_text(f"{quoted}\n{cell}\n{CARD}")
    assert list(measurements_in_notes(tmp_path)) == []
    (results / "draws.csv").write_text("source,metric\nmethod,one\n")
    note.write_text(f'note = "Nothing."\n{CARD}')
    assert list(measurements_in_notes(tmp_path)) == [], "what methods draw is no metric's"
