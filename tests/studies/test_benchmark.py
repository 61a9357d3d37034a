"""The loop: cells, controls, reuse, interruption, reasons."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score

from tests.closed_forms import Holed
from tests.recordings import recordings
from tests.tiny_zoo import tiny_zoo, write_model
from xai_bench import load_data, load_model, run
from xai_bench.data import make_dataset
from xai_bench.data.embedded import EMBEDDED
from xai_bench.data.signal_range import SYNTHETIC as RANGE
from xai_bench.errors import InputError, OutputError, UnknownNameError, XaiBenchError
from xai_bench.methods.gradients import Saliency
from xai_bench.models import Model, zscore
from xai_bench.provenance import provenance
from xai_bench.results import read_cells
from xai_bench.scoring.model_quality import Quality, measure_quality
from xai_bench.stats import statistic_interval
from xai_bench.studies.benchmark import Run, cell_job, cell_key, cell_protocol
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

QUICK: dict[str, Any] = {"method": "saliency", "metrics": "sparseness,relevance_mass", "n": 4}


@pytest.fixture
def zoo(tmp_path: Path) -> Zoo:
    return tiny_zoo(tmp_path / "zoo")


@pytest.fixture(autouse=True)
def _judged_by_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_job, "EVALUATED", 8)


def _run(zoo: Zoo, tmp_path: Path, **options: Any) -> Run:
    common: dict[str, Any] = {"model": "linear", "out": tmp_path / "runs", "zoo": zoo}
    return run(**(common | QUICK | options))


@pytest.mark.slow
def test_a_grid_with_its_controls_and_a_pair_that_cannot_work(zoo: Zoo, tmp_path: Path) -> None:
    done = _run(zoo, tmp_path, model="linear,two-linear", method="native,saliency")
    table = done.leaderboard
    assert set(table.method) == {"native", "saliency", "random", "amplitude", "oracle"}
    skipped = table[table.status == "skipped"]
    assert skipped[["model", "method", "reason"]].values.tolist() == [
        ["linear", "native", "native needs a net that generates its own weights"]
    ]
    assert len(done.cells) == 10
    assert all((cell / "run.json").exists() for cell in done.cells)
    assert (tmp_path / "runs/leaderboard.csv").read_text().count("\n") == len(table) + 1
    mass = table[(table.metric == "relevance_mass") & (table.method == "saliency")]
    of_mi = mass["n"] + mass["n_undetected"]
    assert of_mi.tolist() == [2, 2], "two of four recordings are MI"
    assert mass["oracle"].tolist() == [1, 1]
    assert (mass["random"] < 0.5).all()


@pytest.mark.slow
def test_cells_know_what_the_model_made_of_each_recording(zoo: Zoo, tmp_path: Path) -> None:
    known = []
    for workers in (1, 2):
        done = _run(zoo, tmp_path, out=tmp_path / str(workers), n=20, workers=workers)
        cells = {cell.method: cell.scores for cell in read_cells(done.folder)}
        columns = ["record_id", "metric", "explained", "label", "log_odds", "outcome"]
        known += [scores[columns] for scores in cells.values() if scores is not None]
    for other in known[1:]:
        pd.testing.assert_frame_equal(known[0], other)
    first = known[0].drop_duplicates("record_id")
    is_mi, called = first.label == "MI", first.explained == "MI"
    assert ((first.outcome == "detected") == (is_mi & called)).all()
    assert ((first.outcome == "missed") == (is_mi & ~called)).all()
    assert set(first.label) == {"NORM", "MI"}
    mass = done.leaderboard.query("method == 'saliency' and metric == 'relevance_mass'").iloc[0]
    assert mass["recordings"] == "detected"
    assert (mass["n"], mass["n_undetected"]) == tuple(
        (first.outcome == one).sum() for one in ("detected", "missed")
    )
    means = done.by("outcome").means.query("method == 'saliency' and metric == 'sparseness'")
    assert dict(zip(means["group"], means["n"], strict=True)) == dict(first.outcome.value_counts())


def test_pairs_that_are_all_impossible_are_an_error_with_the_reasons(
    zoo: Zoo, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="none of the pairs asked for can work") as error:
        _run(zoo, tmp_path, model="linear,five-linear", method="gradcam,native-class")
    for reason in (
        "linear: gradcam needs a cam_layer",
        "linear: native-class needs a net that generates its own weights",
        "five-linear: gradcam needs a cam_layer",
    ):
        assert reason in str(error.value)
    assert not (tmp_path / "runs").exists()
    assert _run(zoo, tmp_path, method="gradcam,random").cells, "a control alone can work"


def test_cells_say_of_which_folds_their_recordings_are(zoo: Zoo, tmp_path: Path) -> None:
    _run(zoo, tmp_path, method="saliency", n=2)
    _run(zoo, tmp_path, method="saliency", n=2, fold=9)
    cells = read_cells(tmp_path / "runs")
    assert sorted({tuple(cell.provenance["folds"]) for cell in cells}) == [(9,), (10,)]


@pytest.mark.slow
def test_recordings_without_finite_log_odds_are_counted_and_never_ranked(tmp_path: Path) -> None:
    write_model(tmp_path / "zoo/models/holed", Holed(), {})
    zoo = Zoo(tmp_path / "zoo", allow_code=True)
    done = _run(zoo, tmp_path, model="holed", n=12)
    model = load_model("holed", zoo=zoo)
    given = load_data("synthetic", n=12, task=model.task)
    with torch.no_grad():
        finite = model.net(model.normalise(torch.from_numpy(given.signal)))[:, 0].isfinite()
    count = 12 - int(finite.sum())
    assert 0 < count < 12
    (line,) = done.remarks
    assert f"holed: the log-odds are not finite for {count} of 12 recordings" in line
    table = done.leaderboard[done.leaderboard.metric == "sparseness"].set_index("method")
    for method in ("saliency", "random"):  # the oracle lacks those without evidence, too
        assert table.loc[method, "n"] == 12 - count
        assert table.loc[method, "reason"] == f"{count} x the log-odds are not finite"


@pytest.mark.slow
def test_recordings_unlike_the_training_set_are_named_once_and_for_all(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _run(zoo, tmp_path, out=tmp_path / "usual").remarks == ()
    narrow = replace(RANGE, beats_per_minute=(1.0, 2.0))
    monkeypatch.setitem(EMBEDDED, "synthetic", replace(EMBEDDED["synthetic"], range=narrow))
    done = _run(zoo, tmp_path)
    (line,) = done.remarks
    assert line.startswith("linear: 4 of 4 recordings are unlike its training recordings: ")
    assert "beats/min, not 1 to 2" in line
    monkeypatch.delattr("xai_bench.studies.base.measure_each")  # a cell that is reused knows
    assert _run(zoo, tmp_path).remarks == done.remarks


def test_the_remark_of_a_method_is_kept(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Saliency, "remark", lambda _, model: f"coarse on {model.name}")
    done = _run(zoo, tmp_path)
    for cell in read_cells(done.folder):
        remark = "coarse on linear" if cell.method == "saliency" else ""
        assert cell.provenance["remark"] == remark
        rows = done.leaderboard[done.leaderboard.method == cell.method]
        assert set(rows["remark"]) == {remark}


@pytest.mark.slow
def test_a_cell_that_was_scored_is_reused_and_another_seed_stands_beside_it(
    zoo: Zoo, tmp_path: Path
) -> None:
    first = _run(zoo, tmp_path)
    stamps = {cell: (cell / "run.json").stat().st_mtime_ns for cell in first.cells}
    again = _run(zoo, tmp_path)
    assert (first.reused, again.reused) == (0, 4)
    assert {cell: (cell / "run.json").stat().st_mtime_ns for cell in again.cells} == stamps
    other = _run(zoo, tmp_path, seed=1)
    assert other.reused == 0
    assert not set(other.cells) & set(first.cells)
    assert other.leaderboard.protocol[0] != first.leaderboard.protocol[0]


class TestCosts:
    """Seconds are those of one machine; what is computed is the same on every one."""

    @pytest.mark.slow
    def test_they_are_measured_again_on_another_machine_and_nothing_else_is(
        self, zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        metrics = "sparseness,seconds_p50"
        here = _run(zoo, tmp_path, metrics=metrics)
        assert (len(here.cells), here.reused) == (8, 0)
        assert _run(zoo, tmp_path, metrics=metrics).reused == 8

        def elsewhere(device: torch.device) -> dict[str, Any]:
            return provenance(device) | {"device": "NVIDIA H200"}

        monkeypatch.setattr("xai_bench.studies.base.provenance", elsewhere)
        there = _run(zoo, tmp_path, method="saliency,input-x-gradient", metrics=metrics)
        assert (len(there.cells), there.reused) == (10, 4), "four cells of sparseness"
        shared = set(there.cells) & set(here.cells)
        cells = {cell.folder(here.folder): cell for cell in read_cells(here.folder)}
        assert {tuple(cells[path].provenance["metrics"]) for path in shared} == {("sparseness",)}
        new = [cells[path] for path in there.cells if path not in shared]
        assert sorted((c.method, *c.provenance["metrics"]) for c in new) == [
            ("amplitude", "seconds_p50"),
            ("input-x-gradient", "seconds_p50"),
            ("input-x-gradient", "sparseness"),
            ("oracle", "seconds_p50"),
            ("random", "seconds_p50"),
            ("saliency", "seconds_p50"),
        ]
        assert set(there.leaderboard["metric"]) == {"sparseness", "seconds_p50"}
        assert len(there.leaderboard) == 10
        assert _run(zoo, tmp_path, metrics=metrics).reused == 8

    @pytest.mark.parametrize(
        "changed",
        [
            {"device": "NVIDIA H200"},
            {"threads": 99},
            {"packages": {"torch": "9.0", "xai-bench": "0.1"}},
            {"packages": {"torch": "2.0", "xai-bench": "9.0"}},
        ],
    )
    def test_their_key_knows_the_machine_and_that_of_scores_does_not(
        self, changed: dict[str, Any]
    ) -> None:
        facts: dict[str, Any] = {
            "recordings": "r", "target": "predicted", "seed": 0, "model_card": "m", "method": "ig",
            "metrics": {}, "engine": {}, "precision": "float32", "device": "cpu", "threads": 1,
            "packages": {"torch": "2.0", "xai-bench": "0.1"},
        }  # fmt: skip
        costs, scores = {"depends_on_machine": True}, {"depends_on_machine": False}
        assert cell_key(facts | costs) != cell_key(facts | changed | costs)
        assert cell_key(facts | scores) == cell_key(facts | changed | scores)
        assert cell_key(facts | scores) == cell_key(facts | scores | {"samples": 1000})
        assert cell_key(facts | scores) != cell_key(facts | scores | {"samples": 600})

    @pytest.mark.slow
    def test_a_pair_that_cannot_work_has_one_cell(self, zoo: Zoo, tmp_path: Path) -> None:
        done = _run(zoo, tmp_path, method="gradcam,ig", metrics="sparseness,seconds_p50")
        assert [path.parent.name for path in done.cells].count("gradcam") == 1


class TestGate:
    """`linear` has random weights: it tells no class of the synthetic recordings from another."""

    @pytest.fixture(autouse=True)
    def _judged_by_few(self) -> None:
        """By as many as anywhere."""

    @staticmethod
    def _separable(monkeypatch: pytest.MonkeyPatch, zoo: Zoo, count: int = 300) -> list[int | None]:
        """Recordings that are MI exactly where `linear` says so; returns the numbers asked for."""
        asked: list[int | None] = []
        given = recordings(count, evidence=True)
        model = load_model("linear", zoo=zoo)
        predicted = model.predicted(model.normalise(torch.from_numpy(given.signal)))
        labels = tuple(frozenset({("NORM", "MI")[k]}) for k in predicted.tolist())

        def load(data: str, *, n: int | None, **options: object) -> Recordings:
            asked.append(n)
            return replace(given, labels=labels)[:n]

        monkeypatch.setattr("xai_bench.studies.base.load_data", load)
        return asked

    @pytest.mark.slow
    def test_a_model_that_cannot_classify_is_scored_and_marked(
        self, zoo: Zoo, tmp_path: Path
    ) -> None:
        steps: set[str] = set()
        done = _run(zoo, tmp_path, progress=lambda step, *_: steps.add(step))
        assert "linear: measuring its AUROC" in steps
        table = done.leaderboard
        assert set(table.quality) == {"unreliable"}
        assert (table.status == "ok").any()
        given = load_data("synthetic", n=256, task="norm_vs_mi")
        assert given.labels is not None
        model = load_model("linear", zoo=zoo)
        log_odds = model.log_odds(zscore(torch.from_numpy(given.signal)), 1).detach().numpy()
        auroc = roc_auc_score(["MI" in known for known in given.labels], log_odds)
        assert table.auroc.to_numpy() == pytest.approx(auroc, abs=1e-4)
        assert (table.auroc_low < table.auroc).all()
        assert (table.auroc < table.auroc_high).all()
        cells = read_cells(done.folder)
        facts = [cell.provenance["quality"] for cell in cells]
        assert [fact["n"] for fact in facts] == [256] * 4
        numbers = "{:.2f} [{:.2f}, {:.2f}]".format(
            *table.loc[0, ["auroc", "auroc_low", "auroc_high"]]
        )
        assert done.unreliable == (
            f"linear: AUROC {numbers} on 256 recordings: unreliable; its rows are kept and never "
            "lead a ranking",
        )
        again = _run(zoo, tmp_path)
        assert (again.reused, again.unreliable) == (4, done.unreliable)

    def test_what_a_card_claims_is_not_measured(self, tmp_path: Path) -> None:
        steps: set[str] = set()
        done = run(
            "xresnet1d",
            "random",
            metrics="sparseness",
            n=2,
            out=tmp_path,
            progress=lambda step, *_: steps.add(step),
        )
        assert not [step for step in steps if "AUROC" in step]
        card, _ = Zoo().model_card("xresnet1d")
        assert card.claims is not None
        assert set(done.leaderboard["auroc"]) == {card.claims.auroc}
        assert {c.provenance["quality"]["n"] for c in read_cells(tmp_path)} == {card.claims.n}

    def test_a_good_model_is_not_marked_and_four_recordings_are_judged_by_256(
        self, zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = self._separable(monkeypatch, zoo)
        done = _run(zoo, tmp_path)
        assert asked == [4, 256]
        assert done.unreliable == ()
        assert set(done.leaderboard.quality) == {"ok"}
        assert set(done.leaderboard.auroc) == {1.0}
        assert {cell.provenance["quality"]["n"] for cell in read_cells(done.folder)} == {256}

    @pytest.mark.slow
    @pytest.mark.parametrize(("n", "loads"), [(28, [28]), (None, [None])])
    def test_more_recordings_than_that_are_judged_by_themselves(
        self,
        zoo: Zoo,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        n: int | None,
        loads: list[int | None],
    ) -> None:
        monkeypatch.setattr(cell_job, "EVALUATED", 26)
        asked = self._separable(monkeypatch, zoo, count=30)
        done = _run(zoo, tmp_path, method="random", metrics="relevance_mass", n=n)
        assert asked == loads
        found = {cell.provenance["quality"]["n"] for cell in read_cells(done.folder)}
        assert found == {n or 30}

    @pytest.mark.slow
    def test_a_model_is_measured_once_and_what_cells_know_is_not_measured_again(
        self, zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        measured: list[str] = []

        def measure(model: Model, *given: Any, **options: Any) -> Quality:
            measured.append(model.name)
            return measure_quality(model, *given, **options)

        monkeypatch.setattr("xai_bench.studies.benchmark.cell_job.measure_quality", measure)
        asked = self._separable(monkeypatch, zoo)
        _run(zoo, tmp_path, model="linear,two-linear")
        assert measured == ["linear", "two-linear"]
        _run(zoo, tmp_path, method="input-x-gradient")
        assert measured == ["linear", "two-linear"], "a cell knows"
        asked.clear()
        _run(zoo, tmp_path, model="linear,two-linear")
        assert asked == [4], "a run of known cells loads no more than it scores"

    def test_recordings_without_labels_give_no_verdict(
        self, zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "xai_bench.studies.base.load_data",
            lambda *_, n, **__: recordings(40, labels=False)[:n],
        )
        done = _run(zoo, tmp_path, metrics="complexity")
        assert done.unreliable == ()
        assert set(done.leaderboard.quality) == {"unknown"}
        assert done.leaderboard.auroc.isna().all()


@pytest.mark.slow
def test_a_multi_label_model_is_scored_beside_a_binary_one(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell_job, "EVALUATED", 64)
    done = _run(
        zoo,
        tmp_path,
        model="linear,five-linear",
        method="native,ig",
        metrics="faithfulness_correlation,relevance_mass",
    )
    table = done.leaderboard[done.leaderboard.model == "five-linear"]
    assert set(table.status) == {"ok"}
    assert set(table.method) == {"native", "ig", "amplitude", "oracle", "random"}
    assert table.auroc.between(0.3, 0.7).all()
    exact = table[table.method.isin(["native", "ig"])]
    # Of a linear model both attributions are exact.
    assert (exact[exact.metric == "faithfulness_correlation"]["mean"] > 0.99).all()
    assert exact[exact.metric == "relevance_mass"]["oracle"].tolist() == [1, 1]
    cells = [cell for cell in read_cells(done.folder) if cell.model == "five-linear"]
    records = load_data("synthetic", n=4, task="superclass").record_id
    for cell in cells:
        assert cell.scores is not None
        assert tuple(cell.scores.record_id.unique()) == records
    label = _run(zoo, tmp_path, model="five-linear", target="label", metrics="relevance_mass")
    hypertrophy = _run(zoo, tmp_path, model="five-linear", target="HYP", metrics="relevance_mass")
    assert label.reused == hypertrophy.reused == 0
    with pytest.raises(UnknownNameError, match="no target 'HYP'"):
        _run(zoo, tmp_path, model="five-linear,linear", target="HYP")


def test_what_was_run_stands_beside_the_scores(zoo: Zoo, tmp_path: Path) -> None:
    _run(zoo, tmp_path, target="MI")
    cell = next(c for c in read_cells(tmp_path / "runs") if c.method == "saliency")
    facts = cell.provenance
    assert facts["target"] == "MI"
    assert (facts["seed"], facts["n"], facts["device"]) == (0, 4, "cpu")
    assert set(facts["packages"]) >= {"torch", "quantus", "captum", "numpy"}
    assert facts["metrics"]["sparseness"]["target"] == "quantus:Sparseness"
    assert facts["started"] < facts["ended"]
    assert str(tmp_path) not in (facts["git_commit"] or "")


@pytest.mark.slow
def test_what_costs_much_is_measured_on_the_first_recordings_and_says_so(
    zoo: Zoo, tmp_path: Path
) -> None:
    done = _run(zoo, tmp_path, metrics="sparseness,forward_passes", n=10)
    known = list(load_data("synthetic", n=10, task="norm_vs_mi").record_id)
    found = {}
    for cell in (c for c in read_cells(done.folder) if c.method == "saliency"):
        assert cell.scores is not None
        for name, rows in cell.scores.groupby("metric"):
            found[name] = rows["record_id"].tolist()
            assert cell.provenance["measured"][name] == len(rows)
    assert found == {"sparseness": known, "forward_passes": known[:8]}
    board = done.leaderboard[done.leaderboard["method"] == "saliency"].set_index("metric")
    assert board["n"].to_dict() == {"sparseness": 10, "forward_passes": 8}
    assert board["n_failed"].to_dict() == {"sparseness": 0, "forward_passes": 0}


@pytest.mark.slow
def test_the_engine_is_part_of_the_key_and_changes_no_score(zoo: Zoo, tmp_path: Path) -> None:
    metrics = "sparseness,region_perturbation,roc_auc"
    for engine, reused in (("auto", 0), ("fast", 4), ("quantus", 0)):
        done = _run(zoo, tmp_path, metrics=metrics, engine=engine)
        assert done.reused == reused, "auto is fast where every metric has a fast scorer"
    fast, stock = (c for c in read_cells(done.folder) if c.method == "saliency")
    assert fast.provenance["engine"] == {
        "sparseness": "fast", "region_perturbation": "fast", "roc_auc": "own",
    }  # fmt: skip
    assert stock.provenance["engine"]["sparseness"] == "quantus"
    assert fast.scores is not None
    assert stock.scores is not None
    pd.testing.assert_frame_equal(fast.scores, stock.scores, rtol=1e-5)
    bf16 = _run(zoo, tmp_path, metrics=metrics, precision="bf16")
    assert bf16.reused == 0


def test_an_interruption_keeps_the_finished_models(zoo: Zoo, tmp_path: Path) -> None:
    def interrupt(step: str, done: int, total: int) -> None:
        if step == "scoring" and done == total:  # the last block of two-linear
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(zoo, tmp_path, model="linear,two-linear", progress=interrupt)
    methods = {cell.method for cell in read_cells(tmp_path / "runs")}
    assert methods == {"saliency", "random", "amplitude", "oracle"}
    assert "saliency" in (tmp_path / "runs/leaderboard.csv").read_text()
    assert not list((tmp_path / "runs").rglob("*.part"))
    assert _run(zoo, tmp_path).reused == 4


@pytest.mark.slow
def test_scores_of_a_recording_do_not_depend_on_the_others(zoo: Zoo, tmp_path: Path) -> None:
    metrics = "faithfulness_correlation,max_sensitivity,sparseness"
    few = _run(zoo, tmp_path, method="ig", n=2, metrics=metrics)
    more = _run(zoo, tmp_path, method="ig", n=5, metrics=metrics)
    assert few.leaderboard.protocol[0] != more.leaderboard.protocol[0]
    scores = [c.scores for c in read_cells(few.folder) if c.method == "ig" and c.scores is not None]
    shorter, longer = sorted(scores, key=len)
    merged = shorter.merge(longer, on=["record_id", "metric"])
    assert len(merged) == 6
    np.testing.assert_allclose(merged.score_x, merged.score_y, rtol=1e-5)


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": "lineal"}, UnknownNameError, r"no model 'lineal'. Did you mean 'linear'"),
        ({"method": "igg"}, UnknownNameError, r"no method 'igg'. Did you mean 'ig'"),
        ({"metrics": "runtim"}, UnknownNameError, r"no metric 'runtim'. Did you mean 'runtime'"),
        ({"target": "MII"}, UnknownNameError, r"no target 'MII'"),
        ({"split": "tset"}, UnknownNameError, r"no split 'tset'. Did you mean 'test'"),
        ({"data": "nowhere"}, InputError, "no data 'nowhere'"),
        ({"device": "gpu"}, InputError, "no device 'gpu'"),
        ({"fold": 11}, InputError, "in fold 11"),
    ],
)
def test_bad_requests_are_refused_before_anything_is_scored(
    zoo: Zoo, tmp_path: Path, options: dict[str, Any], error: type[XaiBenchError], message: str
) -> None:
    with pytest.raises(error, match=message):
        _run(zoo, tmp_path, **options)
    assert not list((tmp_path / "runs").rglob("run.json"))


def test_an_output_folder_that_cannot_be_written_costs_no_work(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Not a directory"):
        _run(zoo, tmp_path, out=tmp_path / "file/runs")


@pytest.mark.slow
def test_a_key_can_be_had_from_what_stands_beside_the_scores(zoo: Zoo, tmp_path: Path) -> None:
    done = _run(zoo, tmp_path, model="linear,two-linear", metrics="sparseness,roc_auc,runtime")
    for path in done.cells:
        facts = json.loads((path / "run.json").read_text())
        assert cell_key(facts) == facts["key"] == path.name
        assert cell_protocol(facts) == facts["protocol"]


@pytest.mark.slow
def test_data_sets_in_folders_of_one_name_are_two(zoo: Zoo, tmp_path: Path) -> None:
    for seed in (1, 2):
        make_dataset(tmp_path / str(seed) / "records", n=4, seed=seed)
        _run(zoo, tmp_path, data=tmp_path / str(seed) / "records", split="all")
    datasets = {cell.dataset for cell in read_cells(tmp_path / "runs")}
    assert len(datasets) == 2
    assert all(re.fullmatch(r"records-[0-9a-f]{6}", name) for name in datasets)


class TestOnce:
    """What a run needs more than once it finds out once."""

    @pytest.mark.slow
    def test_digests_of_recordings_and_the_commit(
        self, zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        digests: list[bytes] = []
        commands: list[list[str]] = []

        def sha256(start: bytes) -> Any:
            digests.append(start)
            return hashlib.sha256(start)

        def execute(command: list[str], **options: Any) -> Any:
            commands.append(command)
            return run_process(command, **options)

        run_process = subprocess.run  # before it is replaced

        monkeypatch.setattr("xai_bench.types.hashlib", SimpleNamespace(sha256=sha256))
        monkeypatch.setattr("xai_bench.provenance.subprocess.run", execute)
        _run(zoo, tmp_path, model="linear,two-linear")
        assert len(digests) == 2, "the 4 that are scored, and the 8 that the models are judged by"
        assert len(commands) <= 1, "by process"

    @pytest.mark.slow
    def test_the_scores_of_a_cell_are_resampled(
        self, zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _run(zoo, tmp_path, method="ig")
        resampled: list[int] = []

        def interval(values: Any, *rest: Any) -> tuple[float, float]:
            resampled.append(len(values))
            return statistic_interval(values, *rest)

        module = import_module("xai_bench.results.leaderboard")
        monkeypatch.setattr(module, "statistic_interval", interval)
        done = _run(zoo, tmp_path, model="linear,two-linear", method="saliency")
        table = pd.read_csv(done.folder / "leaderboard.csv")
        assert len(resampled) == table[["mean", "undetected"]].notna().to_numpy().sum()

    @pytest.mark.slow
    def test_cells_that_a_run_does_not_need_are_not_read(
        self, zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _run(zoo, tmp_path, method="ig")
        done = _run(zoo, tmp_path)
        (unneeded,) = done.folder.glob("*/*/ig/*/scores.parquet")
        read: list[Path] = []
        plainly = pd.read_parquet

        def watched(path: Path) -> pd.DataFrame:
            read.append(path)
            return plainly(path)

        monkeypatch.setattr(pd, "read_parquet", watched)
        assert _run(zoo, tmp_path).reused == 4
        assert read
        assert unneeded not in read

    @pytest.mark.slow
    def test_a_cell_that_was_broken_is_scored_anew(self, zoo: Zoo, tmp_path: Path) -> None:
        done = _run(zoo, tmp_path, method="ig")
        (broken,) = done.folder.glob("*/*/ig/*/scores.parquet")
        broken.write_bytes(b"")
        said: list[str] = []
        assert _run(zoo, tmp_path, method="ig", notice=said.append).reused == 3
        assert f"scored anew: {broken} cannot be read: " in said[0]

    def test_a_leaderboard_that_was_lost_is_rendered(self, zoo: Zoo, tmp_path: Path) -> None:
        path = _run(zoo, tmp_path).folder / "leaderboard.csv"
        before = path.read_text()
        path.unlink()
        assert _run(zoo, tmp_path).reused == 4
        assert path.read_text() == before


@pytest.mark.slow
def test_every_committed_cell_is_what_it_is_keyed_by() -> None:
    runs = Path(__file__).parents[2] / "runs"
    cells = read_cells(runs)
    assert len(cells) > 30
    wrong = [
        cell.folder(runs)
        for cell in cells
        if cell_key(cell.provenance | {"method": cell.method}) != cell.key
        or cell_protocol(cell.provenance) != cell.protocol
    ]
    assert not wrong
