"""Verdicts repeat what the statistics say, and only of what competes."""

from __future__ import annotations

from pathlib import Path

from tests.report.conftest import RUNS
from xai_bench.report.html.headline_metrics import only_asked
from xai_bench.report.html.material import Material, gather
from xai_bench.report.verdicts.section import show_verdicts
from xai_bench.results import read_cells
from xai_bench.results.verdicts import differences, metric_agreement, ranks
from xai_bench.zoo import Zoo


def test_ranks_pairs_and_agreement_are_those_of_the_statistics(few: Material) -> None:
    section = show_verdicts(few)
    assert section is not None
    (block,) = section.context["blocks"]
    assert block["model"] == "imn"
    cells = read_cells(RUNS)
    kept = [c for c in cells if c.model == "imn" and c.method in ("native", "ig-16", "saliency")]
    metric = "faithfulness_correlation"
    respect = next(one for one in block["respects"] if one["metric"].name == metric)
    order = ranks(kept, metric)
    assert [row["method"] for row in respect["order"]] == list(order["method"])
    assert [row["rank"] for row in respect["order"]] == list(order["mean_rank"])
    pairs = differences(kept, metric)
    assert respect["apart"] == int((pairs["p_holm"] < 0.05).sum())
    assert [(row["first"], row["second"]) for row in respect["pairs"]] == list(
        zip(pairs["first"], pairs["second"], strict=True)
    )
    agreement = metric_agreement(only_asked(kept), "imn")
    wanted = agreement[(agreement["first"] == metric) & (agreement["second"] == "roc_auc")]
    matrix = block["agreement"]
    labels = matrix["labels"]
    row = dict(matrix["rows"])["faithfulness correlation"]
    assert row[labels.index("localisation AUC")]["value"] == wanted["tau"].iloc[0]
    assert row[labels.index("faithfulness correlation")] is None


def test_controls_do_not_compete_and_costs_agree_with_nothing(few: Material) -> None:
    section = show_verdicts(few)
    assert section is not None
    (block,) = section.context["blocks"]
    for respect in block["respects"]:
        assert {row["method"] for row in respect["order"]} == {"native", "ig-16", "saliency"}
    assert "seconds (median)" not in block["agreement"]["labels"]
    assert set(block["front"]["methods"]) <= {"native", "ig-16", "saliency"}
    assert block["front"]["picture"].uri.startswith("data:image/png;base64,")
    assert [one.name for one in section.context["tables"]] == [
        "ranks.csv", "differences.csv", "agreement.csv",
    ]  # fmt: skip


def test_nothing_to_compare_no_section(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    (folder / "synthetic/imn").mkdir(parents=True)
    (folder / "synthetic/imn/native").symlink_to(RUNS / "synthetic/imn/native")
    assert show_verdicts(gather([folder], Zoo())) is None
