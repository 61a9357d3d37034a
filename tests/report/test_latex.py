"""LaTeX that compiles, whatever the names are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.report.leaderboards import CARDS, board, row
from xai_bench.report.latex import escaped, latex_tables
from xai_bench.report.leaderboard.tables import leaderboard_tables
from xai_bench.report.table import Cell, Column, Row, Table
from xai_bench.zoo import Zoo

RUNS = Path(__file__).parents[2] / "runs"
HOSTILE = 'a_b%c#d&e$f{g}~^\\h--i|j<k>"l'
TABLE = board(
    row("ig", "mass", 0.8, 0.7, 0.9, flags="sign"),
    row("shap", "mass", 0.75, 0.6, 0.85, flags="sign"),
    row("gradcam", "mass", -1.23e-5, -1.4e-5, -1.1e-5, flags="sign"),
    row("random", "mass", 0.1, 0.0, 0.2, flags="sign"),
    row("ig", "rank", 0.8, 0.7, 0.9),
    row("gradcam", "rank", 0.1, 0.0, 0.2),
    row("ig", "p50", 0.00034, 0.0003, 0.0004),
    row(HOSTILE, "mass", 0.5, 0.4, 0.6, model=HOSTILE, dataset=HOSTILE, protocol=HOSTILE),
)


def _set() -> str:
    return latex_tables(leaderboard_tables(TABLE, CARDS, for_paper=True))


def test_a_table_with_arrows_intervals_ties_and_daggers() -> None:
    text = _set()
    localisation, *others = text.split(r"\begin{table}")[1:]
    assert len(others) == 2
    headings = r"\shortstack[r]{relevance\\mass$\uparrow$\dag{}} & "
    headings += r"\shortstack[r]{relevance\\rank$\uparrow$}"
    assert headings in localisation
    assert r"\quad ig & 0.800$=$ & \textbf{0.800} \\[-3pt]" in localisation
    assert (
        r" & {\tiny 0.700 \textendash{} 0.900} & {\tiny 0.700 \textendash{} 0.900} \\"
        in localisation
    )
    assert r"\quad shap & 0.750$=$ & \textendash{} \\" in localisation
    assert r"$-$1.23$\times$10$^{-5}$" in localisation
    assert r"\quad \textit{random} & 0.100 & \textendash{} \\" in localisation
    assert r"340 $\mu$s" in others[0]
    assert "; controls are in italics and do not compete; " in localisation
    assert r"\dag{} does not tell apart a map from its reverse: mass" in localisation
    assert "95 \\% interval of n = 16; bold: alone first of its model" in localisation


def test_text_is_printed_as_it_stands() -> None:
    assert escaped("a_b & 50 % of $x$ #1") == r"a\_b \& 50 \% of \$x\$ \#1"
    assert (
        escaped(r"\input{x}~^") == r"\textbackslash{}input\{x\}\textasciitilde{}\textasciicircum{}"
    )
    assert escaped("a--b-1 -1 – -0.5") == r"a-{}-b-1 $-$1 \textendash{} $-$0.5"
    assert escaped("×10⁻¹² ↑↓†µ") == r"$\times$10$^{-12}$ $\uparrow$$\downarrow$\dag{}$\mu$"


def test_what_tex_cannot_print_is_spelt() -> None:
    assert escaped("a\x1b[0m\x07") == r"a\textbackslash{}x1b[0m\textbackslash{}x07"


def test_every_row_has_the_columns_of_its_table_and_every_brace_is_closed() -> None:
    for table in _set().split(r"\begin{table}")[1:]:
        (columns,) = re.findall(r"\\begin\{tabular\}\{(l r*|lr*)\}", table)
        body = table.split(r"\toprule")[1].split(r"\bottomrule")[0]
        rows = [line for line in body.splitlines() if line.rstrip("]pt[-3").endswith(r"\\")]
        assert rows
        for line in rows:
            if r"\multicolumn" not in line:
                assert len(re.findall(r"(?<!\\)&", line)) == len(columns) - 1, line
        bare = re.sub(r"\\[{}\\]", "", table)
        assert bare.count("{") == bare.count("}")
        assert re.sub(r"\\\$", "", bare).count("$") % 2 == 0
        assert table.isascii()


def test_every_metric_of_the_zoo_can_be_set() -> None:
    for metric in Zoo().every_metric():
        assert escaped(f"{metric.label} {metric.unit}").isascii()


def test_letters_that_pdflatex_has_not_are_named_by_their_code_points() -> None:
    assert escaped("Σ τ ≤ é") == r"$\Sigma$ $\tau$ $\leq$ é"
    assert escaped("心") == "[U+5FC3]"


def _wide(columns: int, rows: int, *, caption: str = "") -> Table:
    names = [Column(heading="method", kind="name")]
    names += [Column(heading=f"a heading{k}") for k in range(columns)]
    lines = [
        Row(
            cells=[Cell(text=f"m{row}"), *(Cell(text="0.123", interval="0.1 – 0.2"),) * columns],
            group=f"net{row >= rows // 2}",
        )
        for row in range(rows)
    ]
    return Table(title="t", columns=names, rows=lines, caption=[caption] if caption else [])


def test_what_fits_no_page_is_set_in_parts_and_nothing_is_lost() -> None:
    text = latex_tables([_wide(20, 60, caption="what a note says")])
    parts = text.split(r"\begin{table}")[1:]
    assert len(parts) > 4
    numbers = [f"part {k} of {len(parts)}" for k in range(1, len(parts) + 1)]
    assert all(number in part for number, part in zip(numbers, parts, strict=True))
    assert ["What a note says." in part for part in parts] == [False] * (len(parts) - 1) + [True]
    for column in range(20):
        with_it = [part for part in parts if f"heading{column}}}" in part]
        assert sorted(re.findall(r"\\quad (m\d+) ", "".join(with_it))) == sorted(
            f"m{row}" for row in range(60)
        )
    for part in parts:
        assert part.count(r"\tiny") <= 520 * 20 / 16


def test_what_fits_is_one_table() -> None:
    text = latex_tables([_wide(3, 8)])
    assert text.count(r"\begin{table}") == 1
    assert "part" not in text


def test_the_preamble_is_said() -> None:
    head = _set().split(r"\begin{table}")[0]
    assert all(line.startswith("%") or not line for line in head.splitlines())
    assert r"\usepackage{booktabs}" in head
    assert r"\usepackage{graphicx}" in head


def _compiled(text: str, folder: Path) -> str:
    """What pdflatex says of a paper that has the tables."""
    (folder / "tables.tex").write_text(text, encoding="utf-8")
    (folder / "paper.tex").write_text(
        "\\documentclass[a4paper]{article}\\usepackage{booktabs}\\usepackage{graphicx}"
        "\\begin{document}\n\\input{tables}\\end{document}\n"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_it_compiles(tmp_path: Path) -> None:
    _compiled(_set(), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_the_committed_run_compiles_and_fits_its_pages(tmp_path: Path) -> None:
    rows = pd.read_csv(RUNS / "leaderboard.csv")
    cards = {metric.name: metric for metric in Zoo().every_metric()}
    said = _compiled(latex_tables(leaderboard_tables(rows, cards, for_paper=True)), tmp_path)
    assert "Overfull" not in said
    assert "Float too large" not in said
