"""`run`, `show`: from nothing to a leaderboard that people can read."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Call, own_zoo
from tests.tiny_zoo import tiny_zoo
from xai_bench.presets import PRESETS
from xai_bench.scoring import model_quality


@pytest.mark.slow
def test_run_ends_with_tables_and_paths_and_show_repeats_them(
    xai_bench: Call, tmp_path: Path
) -> None:
    tiny_zoo(tmp_path / "zoo")
    common = own_zoo(tmp_path)
    out = tmp_path / "out"
    done = xai_bench(
        "run", "--model", "linear,two-linear", "--method", "native,saliency", "--n", "4",
        "--metrics", "complexity,relevance_mass", "--out", out, *common,
    )  # fmt: skip
    assert done.status == 0, done.err
    for expected in (
        "synthetic · linear (unreliable)",
        "synthetic · two-linear (unreliable)",
        "mass↑",
        "native needs a net that generates its own weights",
        "linear: AUROC 0.",
        "on 256 recordings: unreliable; its rows are kept and never lead a ranking",
        "10 cells in",
        "leaderboard.csv",
    ):
        assert expected in " ".join(done.out.split()), expected

    shown = xai_bench("show", out, "--sort", "relevance_mass", *common)
    assert shown.status == 0, shown.err
    assert shown.out.index("relevance") < shown.out.index("clutter")
    table = list(csv.DictReader(io.StringIO(xai_bench("show", out, "--format", "csv").out)))
    assert (out / "leaderboard.csv").read_text() == xai_bench("show", out, "--format", "csv").out
    assert {row["method"] for row in table} == {
        "native",
        "saliency",
        "random",
        "amplitude",
        "oracle",
    }
    wide = xai_bench("show", out, "--format", "wide").out
    assert (out / "leaderboard_wide.csv").read_text() == wide
    assert len(list(csv.DictReader(io.StringIO(wide)))) == 10, "a row a pair"
    for form, mark in (("markdown", "| linear "), ("latex", r"\begin{tabular}")):
        written = xai_bench("show", out, "--format", form, "--sort", "relevance_mass", *common)
        assert written.status == 0, written.err
        assert mark in written.out
    wrong = xai_bench("show", out, "--sort", "relevance_mas")
    assert wrong.status == 2
    assert "Did you mean" in wrong.err

    again = xai_bench("run", "--model", "linear", "--method", "saliency", "--n", "4",
        "--metrics", "complexity,relevance_mass", "--out", out, *common)  # fmt: skip
    assert "4 cells (4 scored before)" in again.out


def test_nothing_that_can_work_and_nothing_to_show_are_errors(
    xai_bench: Call, tmp_path: Path
) -> None:
    tiny_zoo(tmp_path / "zoo")
    done = xai_bench("run", "--model", "linear", "--method", "native,gradcam", "--n", "2",
        "--out", tmp_path / "out", *own_zoo(tmp_path))  # fmt: skip
    assert done.status == 2
    assert "linear: native needs a net that generates its own weights" in done.err
    assert "linear: gradcam needs a cam_layer" in done.err
    (tmp_path / "empty").mkdir()
    shown = xai_bench("show", tmp_path / "empty")
    assert (shown.status, "no cells in" in shown.err, shown.out) == (2, True, "")


def test_code_of_a_zoo_is_run_only_where_it_is_allowed(xai_bench: Call, tmp_path: Path) -> None:
    tiny_zoo(tmp_path / "zoo")
    call = ("run", "--model", "linear", "--n", "2", "--out", tmp_path / "out")
    done = xai_bench(*call, "--zoo", tmp_path / "zoo")
    assert done.status == 2
    assert "is code of a zoo, and it is not run unless you trust it: --allow-code" in done.err


def test_a_multi_label_model_from_a_folder_of_ones_own(
    xai_bench: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xai_bench.studies.benchmark.cell_job.EVALUATED", 20)
    tiny_zoo(tmp_path / "zoo")
    done = xai_bench(
        "run", "--model", "five-linear", "--method", "native,saliency", "--n", "5", "--target",
        "STTC", "--metrics", "complexity,relevance_mass", "--out", tmp_path / "out",
        *own_zoo(tmp_path),
    )  # fmt: skip
    assert done.status == 0, done.err
    rows = list(csv.DictReader((tmp_path / "out/leaderboard.csv").read_text().splitlines()))
    assert {(row["model"], row["status"]) for row in rows} == {("five-linear", "ok")}
    assert {row["method"] for row in rows} == {
        "native",
        "saliency",
        "random",
        "amplitude",
        "oracle",
    }


def test_recordings_of_ones_own_that_cannot_be_used_are_named_and_the_rest_scored(
    xai_bench: Call, tmp_path: Path
) -> None:
    tiny_zoo(tmp_path / "zoo")
    assert xai_bench("data", "make", "synthetic", tmp_path / "mine", "--n", "4").status == 0
    broken = next((tmp_path / "mine").rglob("*.dat"))
    broken.write_bytes(broken.read_bytes()[:1000])
    done = xai_bench(
        "run", "--data", tmp_path / "mine", "--split", "all", "--model", "linear", "--method", "ig",
        "--metrics", "sparseness", "--out", tmp_path / "out", *own_zoo(tmp_path),
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "left out: " in done.out
    assert "oracle needs recordings with planted evidence" in " ".join(done.out.split())
    strict = xai_bench(
        "run", "--data", tmp_path / "mine", "--split", "all", "--model", "linear", "--strict",
        "--out", tmp_path / "strict", *own_zoo(tmp_path),
    )  # fmt: skip
    assert strict.status == 2
    assert f"{broken.stem}" in strict.err
    assert not (tmp_path / "strict").exists(), "before anything is scored"
    checked = xai_bench("data", "check", tmp_path / "mine")
    assert checked.status == 2
    assert "3 of 4 recordings can be used" in checked.out


@pytest.mark.slow
def test_few_recordings_are_told_what_they_cannot_see_and_methods_are_tested(
    xai_bench: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # At random the closed-form model is no classifier, and what is unreliable is not compared.
    monkeypatch.setattr(model_quality, "LEAST_AUROC", 0.0)
    tiny_zoo(tmp_path / "zoo")
    common = own_zoo(tmp_path)
    arguments = (
        "run", "--model", "linear", "--method", "saliency,input-x-gradient", "--n", "6",
        "--out", tmp_path / "out", *common, "--metrics",
    )  # fmt: skip
    done = xai_bench(*arguments, "sensitivity_n,sparseness")
    assert done.status == 0, done.err
    said = " ".join(done.out.split())
    assert "n = 6: sensitivity-n tells two methods apart, with a nominal power of 80 %, if" in said
    assert "nominal power" not in xai_bench(*arguments, "sparseness").out
    tested = xai_bench("show", tmp_path / "out", "--test", "sparseness", *common)
    assert tested.status == 0, tested.err
    assert "synthetic · linear · sparseness↑ · differences" in tested.out
    nothing = xai_bench("show", tmp_path / "out", "--test", "relevance_mass", *common)
    assert (nothing.status, "no two methods to compare" in nothing.err) == (2, True)


def test_the_default_number_of_recordings_is_that_of_the_python_function(xai_bench: Call) -> None:
    shown = " ".join(xai_bench("run", "--help").out.split())
    assert f"Recordings, or 'all'. [default: {PRESETS.run.n}]" in shown


@pytest.mark.slow
@pytest.mark.parametrize(("folder", "n"), [("ptbxl_mini", 10), ("wfdb_mixed", 2)])
def test_real_recordings_are_scored_end_to_end(
    xai_bench: Call, tmp_path: Path, shared_data: Path, folder: str, n: int
) -> None:
    tiny_zoo(tmp_path / "zoo")
    done = xai_bench(
        "run", "--data", shared_data / folder, "--split", "all", "--n", "all", "--model", "linear",
        "--method", "saliency", "--metrics", "sparseness,faithfulness_estimate",
        "--out", tmp_path / "out", *own_zoo(tmp_path),
    )  # fmt: skip
    assert done.status == 0, done.err
    rows = list(csv.DictReader((tmp_path / "out/leaderboard.csv").read_text().splitlines()))
    assert {(row["n"], row["n_failed"]) for row in rows if row["status"] == "ok"} == {(str(n), "0")}
    (dataset,) = {row["dataset"] for row in rows}
    assert re.fullmatch(rf"{folder}-[0-9a-f]{{6}}", dataset)


@pytest.mark.slow
def test_labels_of_a_table_choose_the_recordings(
    xai_bench: Call, tmp_path: Path, shared_data: Path
) -> None:
    tiny_zoo(tmp_path / "zoo")
    done = xai_bench(
        "run", "--data", shared_data / "ptbxl_real/challenge", "--split", "test", "--n", "all",
        "--labels", shared_data / "ptbxl_real/labels", "--model", "linear", "--method", "saliency",
        "--metrics", "sparseness", "--target", "label",
        "--out", tmp_path / "out", "--zoo", tmp_path / "zoo", "--allow-code",
    )  # fmt: skip
    assert done.status == 0, done.err
    said = " ".join(done.out.split())
    assert "labels of 42 of 42 recordings are in" in said
    assert "recordings have labels of the task norm_vs_mi" in said
    rows = list(csv.DictReader((tmp_path / "out/leaderboard.csv").read_text().splitlines()))
    (n,) = {int(row["n"]) for row in rows if row["status"] == "ok"}
    assert 0 < n < 20  # fold 10 alone
    (remarks,) = {
        tuple(json.loads(path.read_text())["remarks"])
        for path in (tmp_path / "out").rglob("run.json")
    }
    assert len(remarks) == 2
