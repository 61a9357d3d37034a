"""references.bib as people read it."""

from pathlib import Path

import pytest

from xai_bench.methods import METHODS
from xai_bench.report.html.bibliography import Bibliography, read_bib
from xai_bench.zoo import Zoo

BIB = Path(__file__).parents[3] / "metrics" / "references.bib"


def test_every_entry_is_read_whole_and_without_latex() -> None:
    entries = read_bib(BIB)
    text = BIB.read_text()
    assert len(entries) == sum(line.startswith("@") for line in text.splitlines())
    for key, fields in entries.items():
        assert {"title", "year"} <= set(fields), key
        for value in fields.values():
            assert value
            assert not set(value) & set("{}\\"), (key, value)


def test_every_key_that_methods_metrics_and_models_cite_is_there() -> None:
    zoo, entries = Zoo(), read_bib(BIB)
    keys = {metric.card.cite for metric in zoo.every_metric()}
    keys |= {method.cite for method in METHODS.values()}
    keys |= {zoo.model_card(name)[0].cite for name in zoo.model_folders()}
    assert keys <= set(entries)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_numbers_follow_the_order_of_asking(tmp_path: Path) -> None:
    bib = write(
        tmp_path / "a.bib",
        "@article{one,\n  title = {First},\n  year = {2001}\n}\n\n"
        "@article{two,\n  title = {Second},\n  year = {2002}\n}\n",
    )
    references = Bibliography(read_bib(bib))
    assert [references.number(key) for key in ("two", "one", "two", "three")] == [1, 2, 1, None]
    assert [one.title for one in references.references] == ["Second", "First"]


def test_a_reference_is_written_out(tmp_path: Path) -> None:
    bib = write(
        tmp_path / "a.bib",
        "@inproceedings{a,\n  title     = {Maps of {ECG}s \\& more},\n"
        "  author    = {M{\\\"u}ller, Anna Maria and Fran{\\c{c}}ois, Zo{\\'e} and "
        "Garc{\\'i}a, B. and Dem{\\v{s}}ar, J.},\n"
        "  booktitle = {NeurIPS},\n  pages = {1--9},\n  note = {arXiv:2305.13072},\n"
        "  year      = {2024}\n}\n",
    )
    references = Bibliography(read_bib(bib))
    references.number("a")
    (one,) = references.references
    assert one.authors == "Müller AM, François Z, García B, Demšar J"
    assert one.title == "Maps of ECGs & more"
    assert one.where == "NeurIPS, 1–9, arXiv:2305.13072, 2024"
    assert one.url == "https://arxiv.org/abs/2305.13072"


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ("A, B and others", "A B, et al."),
        (" and ".join(f"N{k}, X" for k in range(8)), "N0 X, N1 X, N2 X, et al."),
        ("Wagner", "Wagner"),
    ],
)
def test_long_lists_of_authors_are_cut(tmp_path: Path, authors: str, expected: str) -> None:
    bib = write(
        tmp_path / "a.bib", f"@misc{{k,\n  author = {{{authors}}},\n  year = {{2000}}\n}}\n"
    )
    references = Bibliography(read_bib(bib))
    references.number("k")
    assert references.references[0].authors == expected


def test_a_file_that_is_not_there_has_no_entries(tmp_path: Path) -> None:
    assert read_bib(tmp_path / "none.bib") == {}
