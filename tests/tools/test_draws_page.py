"""What is said of draws is rendered from scores under draws."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from tests.tools.draw_scores import draw_rows, write_draws
from tools.draw_shares import METHOD, METRIC, RANDOM_NETS, draw_shares, read_draws
from tools.draws_page import draws_caveat, draws_page
from xai_bench.methods import METHODS

ROOT = Path(__file__).parents[2]
OWN, NOISE = np.linspace(0, 1, 8)[:, None], np.random.default_rng(0).normal(size=(8, 4))
STEADY, DRAWN = OWN + 1e-3 * NOISE, NOISE


def test_every_ranked_score_that_owes_more_than_a_tenth_to_draws_is_named(tmp_path: Path) -> None:
    write_draws(
        tmp_path,
        draw_rows(RANDOM_NETS, "mprt", "gradcam", DRAWN, used=15),
        draw_rows(RANDOM_NETS, "mprt", "native", STEADY, used=15),
        draw_rows(RANDOM_NETS, "efficient_mprt", "gradcam", DRAWN, used=15),
        draw_rows(METRIC, "sensitivity_n", "native", DRAWN),
        draw_rows(METRIC, "sensitivity_n", "lime", DRAWN),
        draw_rows(METHOD, "deletion", "native", DRAWN),
    )
    ranked = {"imn": ["gradcam", "native"], "cnn": ["gradcam"]}
    metrics = ["mprt", "sensitivity_n", "max_sensitivity", "deletion"]
    leaders = {("mprt", "imn"): "gradcam", ("sensitivity_n", "imn"): "", ("mprt", "cnn"): "gradcam"}
    drawing = ["mprt", "max_sensitivity", "unranked"]
    said = draws_caveat(tmp_path, ranked, metrics, drawing, leaders)
    assert "score for 2 of the 3 places (metric, net, method) of this table" in said
    assert "of `mprt` and `sensitivity_n`, among them what leads above:" in said
    assert re.search(r"what leads above: gradcam of imn on `mprt` \(\d+ \(\d+ – \d+\)\)\. Ev", said)
    assert "`max_sensitivity` draw too and were not measured." in said
    assert "n = 8, fold 10" in said


def test_the_page_explains_a_share_of_all_and_says_what_has_no_interval(tmp_path: Path) -> None:
    write_draws(
        tmp_path,
        draw_rows(RANDOM_NETS, "mprt", "ig-16", DRAWN, used=3),
        draw_rows(METRIC, "m", "native", DRAWN),
        draw_rows(METRIC, "m", "lime", 100 + DRAWN),
        draw_rows(METHOD, "relevance_mass", "rise", DRAWN[:4]),
    )
    page = draws_page(tmp_path)
    assert "where that is below none it counts as none. A share of 100 so says" in page
    assert re.search(r"\| mprt \| imn \| ig-16 \|.* \| 3 \| \d+ \(\d+ – \d+\) \|", page)
    assert re.search(r"\| m \| imn \| 0 \(0 – 0\) \| native \d+ \(\d+ – \d+\); lime \d+", page)
    assert re.search(r"\| rise \| relevance\\_mass \| 4 \| \d+ \|", page), "no interval of four"


def test_the_page_names_where_draws_make_no_more_within_a_method(tmp_path: Path) -> None:
    further = [draw_rows(METRIC, "m", name, level + DRAWN) for name, level in (("b", 5), ("c", 9))]
    nets = draw_rows(RANDOM_NETS, "mprt", "ig-16", DRAWN, used=3)
    rest = draw_rows(METHOD, "relevance_mass", "rise", DRAWN[:4])
    write_draws(tmp_path, nets, rest, draw_rows(METRIC, "m", "native", STEADY), *further)
    said = "by estimate in {} of 3 places (metric, net, method)"
    assert f"{said.format(2)}, and not for native of imn on m." in draws_page(tmp_path)
    other = tmp_path / "other"
    write_draws(other, nets, rest, draw_rows(METRIC, "m", "native", DRAWN), *further)
    assert f"{said.format(3)}.\n" in draws_page(other)


def test_docstrings_of_methods_say_the_shares_that_were_measured() -> None:
    shares = draw_shares(read_draws(ROOT)[0])
    shares = shares[(shares["source"] == METHOD) & (shares["metric"] == "deletion")]
    measured = {row["method"]: f"{100 * row['share']:.0f}" for row in shares.to_dict("records")}
    said = {
        name: re.findall(r"(\d+) % of the variance of", re.sub(r"\s+", " ", doc))
        for name, method in METHODS.items()
        if "benchmarks/results/draws.md" in (doc := type(method).__doc__ or "")
    }
    assert said == {name: [measured[name]] for name in said}
    assert {"rise", "lime", "kernelshap"} <= set(said)
