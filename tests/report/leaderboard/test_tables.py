"""The tables a person reads, rendered as a terminal of 80 and of 120 columns shows them."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from rich.console import Console

from tests.report.leaderboards import CARDS, NAN, Facts, board, row
from xai_bench.errors import UnknownNameError
from xai_bench.methods import METHODS
from xai_bench.report.leaderboard.tables import leaderboard_tables
from xai_bench.report.table import Table
from xai_bench.report.terminal import terminal_table
from xai_bench.types import CONTROLS
from xai_bench.zoo import Zoo


def rendered(tables: list[Table], width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    for table in tables:
        console.print(terminal_table(table))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def styled(table: Table, style: str) -> list[str]:
    """What is written in bold, or dim, in reading order."""
    console = Console(file=io.StringIO(), width=120, color_system="standard", force_terminal=True)
    found = (
        s.text.strip()
        for s in console.render(terminal_table(table))
        if s.style and getattr(s.style, style)
    )
    return [text for text in found if text.strip(" ─")]


def before(text: str, *parts: str) -> bool:
    """Whether the parts stand in `text` in this order."""
    places = [text.index(part) for part in parts]
    return places == sorted(places)


RUNTIME = board(
    *(
        row("input-x-gradient", metric, mean, low, high, model="imn-categorical")
        for metric, mean, low, high in [
            ("backward", 1, 1, 1),
            ("forward", 1001, 1001, 1001),
            ("memory", 193.4e6, 165.2e6, 222.8e6),
            ("p50", 0.0344, 0.0316, 0.0372),
            ("p95", 0.1016, 0.0994, 0.1035),
        ]
    )
)


@pytest.mark.parametrize("width", [80, 120])
def test_five_metrics_fit_and_no_number_is_cut(width: int) -> None:
    text = rendered(leaderboard_tables(RUNTIME, CARDS), width)
    words = ["imn-categorical", "input-x-gradient", "1001 – 1001", "193 MB", "165", "223"]
    words += ["34.4 ms", "31.6", "37.2", "102 ms", "103"]
    assert [word for word in words if word not in text] == []
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width


def test_where_intervals_must_wrap_they_wrap_at_the_dash() -> None:
    text = rendered(leaderboard_tables(RUNTIME, CARDS), 74)
    lines = [line.split("  ") for line in text.splitlines()]
    pieces = {piece.strip() for line in lines for piece in line}
    assert {"193 MB", "34.4 ms", "102 ms", "1001 –", "1001", "31.6 –", "37.2"} <= pieces
    assert max(map(len, text.splitlines())) <= 74


@pytest.mark.parametrize("width", [80, 120])
def test_the_real_metrics_fit(width: int) -> None:
    cards = {metric.name: metric for metric in Zoo().every_metric()}
    rows = [
        row(method, name, -0.2137, -0.3137, -0.1137, model="imn-categorical")
        for name, card in cards.items()
        if card.unit not in ("s", "B")
        for method in ("input-x-gradient", "oracle")
    ]
    text = rendered(leaderboard_tables(board(*rows), cards), width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert text.count("-0.214") == len(rows)
    assert text.count("-0.314 –") == len(rows)
    assert text.count("-0.114") == len(rows)


def test_a_family_of_many_metrics_is_shown_in_several_tables() -> None:
    names = [f"m{number}" for number in range(7)]
    cards = {name: Facts("localisation", name) for name in names}
    tables = leaderboard_tables(board(*(row("ig", name, 0.5) for name in names)), cards)
    assert [str(table.title) for table in tables] == [
        "synthetic · localisation (1 of 2)",
        "synthetic · localisation (2 of 2)",
    ]
    assert [len(table.columns) for table in tables] == [1 + 4, 1 + 3]
    assert tables[0].caption == ()
    assert "protocol" in str(tables[1].caption)


def test_a_table_for_each_dataset_protocol_and_property() -> None:
    table = board(
        row("ig", "mass", 0.5),
        row("ig", "sensitivity", 0.5),
        row("ig", "mass", 0.25, protocol="9f9f"),
        row("ig", "mass", 0.125, dataset="ptb-xl"),
    )
    texts = [rendered([t]) for t in leaderboard_tables(table, CARDS)]
    titles = [text.splitlines()[0].strip() for text in texts]
    assert titles == [
        "synthetic · localisation",
        "synthetic · stability",
        "synthetic · localisation",
        "ptb-xl · localisation",
    ]
    assert "protocol 0a1b" in texts[0]
    assert "protocol 9f9f" in texts[2]
    assert "0.250" in texts[2]
    assert "0.500" not in texts[2]


def test_headings_carry_the_direction_and_the_unit() -> None:
    table = board(*(row("ig", metric, 0.5) for metric in ("mass", "sensitivity", "size")))
    text = " ".join(rendered(leaderboard_tables(table, CARDS)).split())
    assert "relevance model / method mass↑" in text
    assert "sensitivity↓" in text
    assert "(nat)" in text
    assert "(nat)↑" not in text
    assert "(nat)↓" not in text


@pytest.mark.parametrize(
    ("metric", "first", "second", "bold"),
    [
        ("mass", (0.8, 0.7, 0.9), (0.5, 0.4, 0.6), ["0.800"]),
        ("mass", (0.8, 0.55, 0.9), (0.5, 0.4, 0.6), []),
        ("mass", (0.8, 0.6, 0.9), (0.5, 0.4, 0.6), []),
        ("sensitivity", (0.8, 0.7, 0.9), (0.5, 0.4, 0.6), ["0.500"]),
        ("sensitivity", (0.8, 0.55, 0.9), (0.5, 0.4, 0.6), []),
        ("size", (0.8, 0.7, 0.9), (0.5, 0.4, 0.6), []),
        ("mass", (0.8, NAN, NAN), (0.5, 0.4, 0.6), []),
        ("mass", (NAN, NAN, NAN), (0.5, 0.4, 0.6), []),
    ],
)
def test_only_a_clear_best_is_bold(
    metric: str,
    first: tuple[float, float, float],
    second: tuple[float, float, float],
    bold: list[str],
) -> None:
    # The oracle is better than both: controls do not compete.
    control = row("oracle", metric, *((0.99, 0.98, 1.0) if metric == "mass" else (0.1, 0.1, 0.1)))
    (table,) = leaderboard_tables(
        board(row("ig", metric, *first), row("shap", metric, *second), control), CARDS
    )
    numbers = [text for text in styled(table, "bold") if text[0].isdigit()]
    assert numbers == bold


def test_those_that_are_first_together_are_marked_and_the_mark_is_explained() -> None:
    rows = [
        row("ig", "mass", 0.8, 0.7, 0.9),
        row("shap", "mass", 0.75, 0.65, 0.85),
        row("gradcam", "mass", 0.2, 0.1, 0.3),
        row("ig", "rank", 0.8, 0.7, 0.9),
        row("shap", "rank", 0.75, 0.65, 0.85),
    ]
    text = rendered(leaderboard_tables(board(*rows), CARDS))
    caption = " ".join(text.split())
    assert [word for word in text.split() if word.startswith("0.") and "=" in word] == [
        "0.800=",
        "0.750=",
    ], "and not where nobody is behind"
    assert "=: first of its model, beside others" in caption
    alone = rendered(leaderboard_tables(board(*rows[3:]), CARDS))
    assert "0.800=" not in alone
    assert "=:" not in alone


def test_the_best_is_that_of_its_model() -> None:
    (table,) = leaderboard_tables(
        board(
            row("ig", "mass", 0.9, 0.89, 0.91),
            row("shap", "mass", 0.8, 0.79, 0.81),
            row("ig", "mass", 0.2, 0.19, 0.21, model="conv2d"),
            row("shap", "mass", 0.3, 0.29, 0.31, model="conv2d"),
        ),
        CARDS,
    )
    assert [text for text in styled(table, "bold") if text[0] == "0"] == ["0.900", "0.300"]


def test_skill_stands_below_the_interval_and_a_flagged_metric_is_marked() -> None:
    shown = leaderboard_tables(
        board(
            row("native", "mass", 0.4, 0.3, 0.5, skill=0.35, flags="training, sign"),
            row("native", "rank", 0.4, 0.3, 0.5),
            row("native@untrained", "mass", 0.1, 0.0, 0.2, skill=0.05, flags="training, sign"),
            row("oracle", "mass", 1.0, 1.0, 1.0, skill=1.0, flags="training, sign"),
        ),
        CARDS,
    )
    text = rendered(shown, 120)
    caption = " ".join(text.split())
    assert "mass↑†" in text
    assert "rank↑†" not in text
    assert text.count("skill 0.35") == 1
    assert "skill 1.00" not in text
    assert "skill 0.05" not in text
    assert before(text, "native ", "native@untrained", "oracle")
    assert "one of an untrained net, or a map from its reverse: mass" in caption
    assert "skill: 0 is random" in caption


def test_what_a_reader_must_know_of_a_method_stands_in_the_caption() -> None:
    shown = leaderboard_tables(
        board(
            row("gradcam", "mass", 0.4, remark="no lead axis"),
            row("hirescam", "mass", 0.4, remark="no lead axis"),
            row("native", "mass", 0.4),
        ),
        CARDS,
    )
    caption = " ".join(rendered(shown, 120).split())
    assert "no lead axis (imn × gradcam, imn × hirescam)" in caption


def test_controls_are_those_that_methods_declare() -> None:
    assert {name for name, method in METHODS.items() if method.control} == set(CONTROLS)


def test_controls_stand_dim_below_a_rule() -> None:
    (table,) = leaderboard_tables(
        board(row("oracle", "mass", 0.9), row("random", "mass", 0.1), row("shap", "mass", 0.5)),
        CARDS,
    )
    lines = rendered([table]).splitlines()
    (rule,) = [i for i, line in enumerate(lines) if "─" in line][2:-1]
    place = {
        name: next(i for i, line in enumerate(lines) if name in line)
        for name in ("shap", "oracle", "random")
    }
    assert place["shap"] < rule < place["oracle"] < place["random"]
    dim = styled(table, "dim")
    assert {"oracle", "random", "0.900", "0.100"} <= set(dim)
    assert not {"shap", "0.500"} & set(dim)


def test_the_caption_counts_recordings_and_failures() -> None:
    tables = leaderboard_tables(
        board(
            row("ig", "mass", 0.5),
            row("ig", "rank", 0.5, n=14, n_failed=2, reason="2 x no evidence"),
            row("shap", "mass", 0.4, n=15, n_failed=1, reason="1 x flat"),
            row("ig", "sensitivity", 0.5),
        ),
        CARDS,
    )
    localisation, stability = (" ".join(rendered([t], 120).split()) for t in tables)
    assert "n = 14 to 16" in localisation
    assert "no score: 2 x no evidence (imn × ig)" in localisation
    assert "no score: 1 x flat (imn × shap)" in localisation
    assert "n = 16 " in stability
    assert "no score" not in stability


def test_a_reason_that_holds_for_every_row_is_said_once_without_names() -> None:
    reason = "8 x no pathology"
    (table,) = leaderboard_tables(
        board(
            row("ig", "mass", 0.5, n=8, n_failed=8, reason=reason),
            row("shap", "mass", 0.4, n=8, n_failed=8, reason=reason),
        ),
        CARDS,
    )
    text = " ".join(rendered([table], 120).split())
    assert text.count(f"no score: {reason}") == 1
    assert f"{reason} (" not in text


def test_what_was_not_scored_is_listed_once_under_the_tables() -> None:
    skipped = row("native", "", status="skipped", reason="no [W] in conv2d", model="conv2d", n=0)
    tables = leaderboard_tables(
        board(
            skipped,
            skipped,
            row("ig", "mass", 0.5),
            row("gradcam", "mass", status="failed", reason="16 x flat", n=0, n_failed=16),
            row("gradcam", "rank", status="failed", reason="16 x flat", n=0, n_failed=16),
        ),
        CARDS,
    )
    text = rendered(tables, 120)
    assert text.count("conv2d × native") == 1
    assert text.count("no [W] in conv2d") == 1
    assert text.count("failed: mass, rank") == 1
    assert before(text, "0.500", "not scored", "conv2d × native")


def test_a_leaderboard_read_back_from_csv_gives_the_same() -> None:
    table = board(
        row("native", "", status="skipped", reason="no weights", model="conv2d", n=0),
        row("ig", "mass", 0.5, 0.4, 0.6),
    )
    back = pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype={"protocol": str})
    assert rendered(leaderboard_tables(back, CARDS)) == rendered(leaderboard_tables(table, CARDS))


def test_what_is_not_known_is_a_dash() -> None:
    (table,) = leaderboard_tables(
        board(
            row("ig", "mass", NAN),
            row("ig", "rank", 0.5),
            row("shap", "mass", 0.25, 0.2, 0.3),
        ),
        CARDS,
    )
    lines = [line.split() for line in rendered([table]).splitlines()]
    assert ["ig", "–", "0.500"] in lines
    assert ["shap", "0.250", "–"] in lines
    assert "nan" not in rendered([table])


@pytest.mark.parametrize(
    ("metric", "order"),
    [
        ("mass", ["conv2d", "c", "b", "a", "imn", "b", "a"]),
        ("sensitivity", ["imn", "a", "b", "conv2d", "a", "b", "c"]),
    ],
)
def test_sorting_puts_the_best_first(metric: str, order: list[str]) -> None:
    values = {
        ("imn", "a"): 0.1,
        ("imn", "b"): 0.2,
        ("conv2d", "a"): 0.3,
        ("conv2d", "b"): 0.4,
        ("conv2d", "c"): 0.5,
    }
    rows = [row(method, metric, value, model=model) for (model, method), value in values.items()]
    # A control does not lift its model, and another metric does not move anything.
    rows += [row("oracle", metric, {"mass": 0.9, "sensitivity": 0.35}[metric])]
    rows += [
        row(method, "rank", 1 - value, model=model) for (model, method), value in values.items()
    ]
    for table in leaderboard_tables(board(*rows), CARDS, sort=metric):
        first_words = [line.split()[0] for line in rendered([table]).splitlines() if line.split()]
        assert [word for word in first_words if word in {"imn", "conv2d", "a", "b", "c"}] == order


def test_methods_without_the_sorted_metric_come_last() -> None:
    table = board(row("a", "rank", 0.9), row("b", "rank", 0.5), row("b", "mass", 0.5))
    (shown,) = leaderboard_tables(table, CARDS, sort="mass")
    assert before(rendered([shown]), "\n   b ", "\n   a ")


GATED = board(
    row("a", "mass", 0.9, 0.89, 0.91, model="direct", auroc=0.52, quality="unreliable"),
    row("b", "mass", 0.8, 0.79, 0.81, model="direct", auroc=0.52, quality="unreliable"),
    row("oracle", "mass", 0.99, model="direct", auroc=0.52, quality="unreliable"),
    row("a", "mass", 0.1, 0.09, 0.11, auroc=0.9),
    row("b", "mass", 0.2, 0.19, 0.21, auroc=0.9),
    row("a", "mass", 0.3, model="other", quality="unknown"),
    row("a", "sensitivity", 0.5, model="other", quality="unknown"),
)


@pytest.mark.parametrize(("sort", "models"), [(None, ["imn", "other"]), ("mass", ["other", "imn"])])
def test_an_unreliable_model_never_leads(sort: str | None, models: list[str]) -> None:
    table, _ = leaderboard_tables(GATED, CARDS, sort=sort)
    lines = [line.split() for line in rendered([table]).splitlines()]
    order = [line[0] for line in lines if line and line[0] in {"imn", "other", "direct"}]
    assert order[:3] == [*models, "direct"]
    assert lines[lines.index(["direct"]) + 1] == ["unreliable"]
    assert before(rendered([table]), "0.200", "0.900", "0.800", "0.990")


def test_an_unreliable_model_is_dim_without_a_best_and_says_why() -> None:
    localisation, stability = leaderboard_tables(GATED, CARDS)
    bold = styled(localisation, "bold")
    assert [text for text in bold if text[0] == "0"] == ["0.200"]
    assert {"imn", "other"} <= set(bold)
    dim = styled(localisation, "dim")
    assert {"direct", "unreliable", "0.900", "0.800", "0.990"} <= set(dim)
    assert not {"imn", "other", "0.200", "0.300"} & set(dim)
    caption = " ".join(rendered([localisation], 120).split())
    assert caption.count("direct is unreliable and not ranked: AUROC 0.52 [0.42, 0.62]") == 1
    assert "unreliable" not in rendered([stability]), "direct has no row there"


def test_one_unreliable_row_makes_the_model_unreliable() -> None:
    """Some of its cells may be from before there was a gate."""
    table = board(
        row("a", "mass", 0.9, model="direct", quality="unknown"),
        row("b", "mass", 0.8, model="direct", auroc=0.52, quality="unreliable"),
        row("a", "mass", 0.1),
    )
    (shown,) = leaderboard_tables(table, CARDS, sort="mass")
    assert before(rendered([shown]), "0.100", "0.900")


def test_square_brackets_are_no_markup() -> None:
    cards = {"mass": Facts("localisation", "mass [log]")}
    text = rendered(leaderboard_tables(board(row("ig[50]", "mass", 0.5)), cards))
    assert "[log]" in text
    assert "ig[50]" in text


def test_without_sorting_the_order_of_the_leaderboard_is_kept() -> None:
    table = board(row("b", "mass", 0.1), row("a", "mass", 0.9), row("c", "mass", 0.5))
    (shown,) = leaderboard_tables(table, CARDS)
    assert before(rendered([shown]), "\n   b ", "\n   a ", "\n   c ")


def test_an_unknown_metric_to_sort_by_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"no metric 'mas'\. Did you mean 'mass'"):
        leaderboard_tables(board(row("ig", "mass", 0.5)), CARDS, sort="mas")


def test_a_metric_without_a_card_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"no metric 'masses'\. Did you mean 'mass'"):
        leaderboard_tables(board(row("ig", "masses", 0.5)), CARDS)


def test_an_empty_leaderboard_has_no_tables() -> None:
    assert leaderboard_tables(board(row("ig", "mass", 0.5)).iloc[:0], CARDS) == []


def test_a_leaderboard_of_skipped_pairs_has_only_their_list() -> None:
    table = board(row("native", "", status="skipped", reason="no weights", n=0))
    (shown,) = leaderboard_tables(table, CARDS)
    assert "no weights" in rendered([shown])


def _for_paper(*rows: dict[str, object]) -> list[Table]:
    return leaderboard_tables(board(*rows), CARDS, for_paper=True)


def test_a_table_of_a_paper_has_at_most_five_metrics_no_skill_and_a_caption_of_its_own() -> None:
    cards = {f"m{number}": Facts("complexity", f"m {number}") for number in range(7)}
    rows = [row("a", name, 0.5, skill=0.4) for name in cards] + [row("b", "m6", 0.5, n=14)]
    rows.append(row("c", "", status="skipped", reason="no W"))
    first, second = leaderboard_tables(board(*rows), cards, for_paper=True)
    assert [column.heading for column in first.columns[1:]] == ["m 0", "m 1", "m 2", "m 3", "m 4"]
    assert [column.heading for column in second.columns[1:]] == ["m 5", "m 6"]
    assert [[row.cells[0].text for row in table.rows] for table in (first, second)] == [
        ["a"],
        ["a", "b"],
    ]
    assert second.rows[1].cells[1].text == "–"
    counts = [table.caption[0].partition("n = ")[2] for table in (first, second)]
    assert counts == ["16", "14 to 16"]
    assert not [cell.note for row in first.rows for cell in row.cells if cell.note]


def test_rows_of_different_protocols_and_datasets_never_share_a_table() -> None:
    found = _for_paper(
        row("a", "mass", 0.8, 0.7, 0.9),
        row("b", "mass", 0.2, 0.1, 0.3),
        row("b", "mass", 0.3, 0.2, 0.4, protocol="9f9f"),
        row("a", "mass", 0.1, 0.0, 0.2, dataset="ptb-xl"),
    )
    values = [[row.cells[1].value for row in table.rows] for table in found]
    assert values == [[0.8, 0.2], [0.3], [0.1]]
    standing = [[row.cells[1].standing for row in table.rows] for table in found]
    assert standing == [["best", None], [None], [None]], "who is alone leads nobody"


def test_headings_know_direction_unit_and_flag() -> None:
    (table,) = _for_paper(row("a", "size", 0.5, flags="sign"))
    heading = table.columns[1]
    assert (heading.heading, heading.better) == ("size (nat)", "none")
    assert heading.flags == "does not tell apart a map from its reverse"
    (table,) = _for_paper(row("a", "sensitivity", 0.5))
    heading = table.columns[1]
    assert (heading.heading, heading.better, heading.flags) == ("max sensitivity", "lower", "")


def test_controls_and_unreliable_models_say_so_and_come_last() -> None:
    (table,) = _for_paper(
        row("a", "mass", 0.9, 0.8, 1.0, model="bad", quality="unreliable"),
        row("oracle", "mass", 1.0, 1.0, 1.0),
        row("a", "mass", 0.5, 0.4, 0.6, remark="no lead axis"),
    )
    assert [(x.group, x.cells[0].text, x.control, x.caveat) for x in table.rows] == [
        ("imn", "a", False, ""),
        ("imn", "oracle", True, ""),
        ("bad", "a", False, "unreliable"),
    ]
    assert table.rows[0].cells[0].reason == "no lead axis"


def test_what_was_not_scored_is_in_no_table_of_a_paper() -> None:
    skipped = row("a", "", status="skipped", reason="no W")
    assert _for_paper(skipped, row("a", "mass", NAN, status="failed")) == []


def test_localisation_where_the_model_does_not_detect_stands_in_a_table_of_its_own() -> None:
    found = board(
        row("native", "mass", 0.8, 0.7, 0.9, n=11, recordings="detected", undetected=(0.25, 5)),
        row("random", "mass", 0.1, 0.1, 0.2, n=11, recordings="detected", undetected=(0.125, 5)),
        row("native", "sensitivity", 0.5, 0.4, 0.6),
    )
    first, apart, other = leaderboard_tables(found, CARDS)
    assert first.title == "synthetic · localisation"
    assert "of recordings that the model detects alone" in first.caption
    assert first.caption[0].endswith("n = 11")
    assert apart.title == "synthetic · localisation where the model does not detect"
    assert [[cell.text for cell in one.cells] for one in apart.rows] == [
        ["native", "0.250"],
        ["random", "0.125"],
    ]
    assert "n = 5 recordings" in apart.caption[0]
    assert other.title == "synthetic · stability"
    assert not [line for line in other.caption if "detect" in line]


def test_where_outcomes_are_not_known_a_table_says_so() -> None:
    (table,) = leaderboard_tables(
        board(row("native", "mass", 0.5, 0.4, 0.6, recordings="all, outcome unknown")), CARDS
    )
    (said,) = [line for line in table.caption if "detects" in line]
    assert said == "of all recordings: it is not known which of them the model detects"
