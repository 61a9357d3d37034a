"""Markdown that says what the sheet says, whatever the names are."""

from __future__ import annotations

from tests.report.leaderboards import CARDS, board, row
from xai_bench.report.leaderboard.paper import LEGEND, markdown
from xai_bench.report.leaderboard.sheets import sheets
from xai_bench.report.markdown import escaped


def test_a_table_with_arrows_intervals_ties_and_daggers() -> None:
    table = board(
        row("ig", "mass", 0.8, 0.7, 0.9, flags="sign"),
        row("shap", "mass", 0.75, 0.6, 0.85, flags="sign"),
        row("gradcam", "mass", 0.2, 0.1, 0.3, flags="sign"),
        row("random", "mass", 0.1, 0.0, 0.2, flags="sign"),
        row("ig", "sensitivity", 0.1, 0.05, 0.15),
        row("shap", "sensitivity", 0.3, 0.25, 0.35),
    )
    assert (
        markdown(sheets(table, CARDS))
        == f"""{LEGEND}

## synthetic · localisation

| model | method | relevance mass ↑† |
| --- | --- | --: |
| imn | ig | 0.800= (0.700 – 0.900) |
| imn | shap | 0.750= (0.600 – 0.850) |
| imn | gradcam | 0.200 (0.100 – 0.300) |
| imn | *random* | 0.100 (0.000 – 0.200) |

n = 16, protocol 0a1b

## synthetic · stability

| model | method | max sensitivity ↓ |
| --- | --- | --: |
| imn | ig | **0.100** (0.050 – 0.150) |
| imn | shap | 0.300 (0.250 – 0.350) |

n = 16, protocol 0a1b
"""
    )


def test_names_are_no_markup() -> None:
    assert escaped("a|b*c_d`e<i>[f](g)\n\\") == r"a\|b\*c\_d\`e\<i\>\[f\](g) \\"
    table = board(row("ig|5_*", "mass", 0.5, 0.4, 0.6, model="<b>", dataset="my_data"))
    text = markdown(sheets(table, CARDS))
    assert r"| \<b\> | ig\|5\_\* | 0.500 (0.400 – 0.600) |" in text
    assert r"## my\_data · localisation" in text
    (header,) = [line for line in text.splitlines() if line.startswith("| model")]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in rows} == {header.count("|")}


def test_what_is_not_known_is_a_dash_and_an_unreliable_model_is_named() -> None:
    table = board(
        row("a", "mass", 0.5, model="bad", quality="unreliable"),
        row("b", "rank", 0.5, model="bad", quality="unreliable"),
    )
    text = markdown(sheets(table, CARDS))
    assert "| bad (unreliable) | a | 0.500 | – |" in text
