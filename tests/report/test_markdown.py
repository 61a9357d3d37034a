"""Tables in Markdown, whatever the names are."""

from __future__ import annotations

from tests.report.table_of_everything import EVERYTHING, HOSTILE
from xai_bench.report.markdown import code, escaped, escaped_sentence, markdown_table
from xai_bench.report.table import Cell, Column, Row, Table, text_table


def test_everything_that_a_table_has() -> None:
    name = escaped(HOSTILE)
    assert (
        markdown_table(EVERYTHING)
        == f"""\
| model | method | relevance mass ↑† | seconds ↓ | what it is |
| --- | --- | --: | --: | --- |
| imn | ig | **0.800** (0.700 – 0.900), skill 0.50 | 12.0 ms= (10.0 – 20.0) | a \\| b |
| imn | *random* | **-0.25** | – | noise |
| bad (unreliable) | {name} | – | – | {name} |

n = 16 · protocol 0a\\_1b
"""
    )


def test_names_are_no_markup() -> None:
    assert escaped("a|b*c_d`e<i>[f](g)\n\\") == r"a\|b\*c\_d\`e\<i\>\[f\](g) \\"


def test_brackets_and_bars_of_a_sentence_stay() -> None:
    text = r"|a| of `x_y` is *0.5* [0.4, 0.6], p < 0.1 \o/"
    assert escaped_sentence(text) == r"|a| of \`x\_y\` is \*0.5\* [0.4, 0.6], p \< 0.1 \\o/"


def test_links_and_code() -> None:
    columns = [Column(heading="metric", kind="code"), Column(heading="why", kind="words")]
    assert "| `a\\|b` | c\\|d |" in markdown_table(text_table("", columns, [["a|b", "c|d"]]))
    linked = Row(cells=[Cell(text="mass", link="localisation/mass.toml"), Cell(text="")])
    table = Table(title="", columns=columns, rows=[linked])
    assert "| [`mass`](localisation/mass.toml) |  |" in markdown_table(table)


def test_a_sentence_has_no_links_and_one_line() -> None:
    text = "record [x](javascript:y) ![z](w)\n\n# [a]: b \x1b[31m"
    assert escaped_sentence(text) == (
        r"record [x\](javascript:y) ![z\](w)\\n\\n\# [a\]: b \\x1b[31m"
    )
    assert escaped("a\x1b[31m") == r"a\\x1b\[31m"


def test_a_sentence_has_no_formula_and_begins_nothing() -> None:
    assert escaped_sentence("a $b$ ~~c~~ #1 &lt; d & e") == r"a \$b\$ \~\~c\~\~ \#1 \&lt; d & e"
    for start in ("- a", "+ a", "---", "> a", "[x] a", "# a", "  - a"):
        assert escaped_sentence(start) == "\\" + start.strip()
    assert escaped_sentence("12. a") == r"12\. a"
    for plain in ("-0.5 of a", "1.5 a", "a - b", "a > b", "[0.4, 0.6]"):
        assert escaped_sentence(plain) == plain


def test_backticks_do_not_end_code() -> None:
    assert code("a_b|c") == "`a_b|c`"
    assert code("a`b``<i>`") == "``` a`b``<i>` ```"
    assert code("a\nb") == r"`a\nb`"
