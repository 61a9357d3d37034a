"""LaTeX that compiles, whatever the names are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.leaderboards import CARDS, board, row
from xai_bench.report.latex import escaped, latex_tables
from xai_bench.report.leaderboard.tables import leaderboard_tables
from xai_bench.zoo import Zoo

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


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_it_compiles(tmp_path: Path) -> None:
    (tmp_path / "tables.tex").write_text(_set())
    (tmp_path / "paper.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n"
        "\\input{tables}\\end{document}\n"
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
