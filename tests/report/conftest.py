"""A small run, its page, and a browser to open it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.studies.stability.made_up import made_up
from tests.tiny_zoo import tiny_zoo
from xai_bench.report.html import Written, write_report
from xai_bench.report.html.material import Material, gather
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.report.stability.page import write_stability
from xai_bench.studies.benchmark import run
from xai_bench.zoo import Zoo

RECORDS = 2
ROOT = Path(__file__).parents[2]
AUDIT, RUNS = ROOT / "docs" / "audit", ROOT / "runs"


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    return tiny_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, zoo: Zoo) -> Path:
    """Two models and three methods, scored on six recordings."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "xai_bench.studies.benchmark.cell_job.EVALUATED", 6
        )  # making 256 recordings takes a while
        run(
            "linear,two-linear",
            "native,saliency,input-x-gradient",
            n=6,
            metrics="complexity,relevance_mass,roc_auc,seconds_p50",
            out=folder,
            zoo=zoo,
        )
    return folder


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """One model of the reference run with three methods and two controls."""
    folder = tmp_path_factory.mktemp("few")
    (folder / "synthetic/imn").mkdir(parents=True)
    for method in ("native", "ig-16", "saliency", "random", "oracle"):
        (folder / "synthetic/imn" / method).symlink_to(RUNS / "synthetic/imn" / method)
    return gather([folder], Zoo())


@pytest.fixture(scope="session")
def stability_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stability")
    found = StabilityFindings(made_up(n=8, quality={"native": 0.85, "saliency": 0.6}))
    write_stability(found, folder, command="made up")
    return folder


@pytest.fixture(scope="session")
def folders(run_folder: Path, stability_folder: Path) -> list[Path]:
    return [run_folder, stability_folder, AUDIT]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, zoo: Zoo, folders: list[Path]) -> Written:
    out = tmp_path_factory.mktemp("page") / "report.html"
    return write_report(folders, out=out, records=RECORDS, zoo=zoo)


@pytest.fixture
def hostile_run(tmp_path: Path, run_folder: Path) -> Path:
    """The run, with a remark, a command and a metric's label that want to be markup."""
    folder = tmp_path / "hostile"
    shutil.copytree(run_folder, folder)
    for path in folder.rglob("run.json"):
        facts = json.loads(path.read_text())
        facts |= {"remark": MARKUP, "command": MARKUP, "left_out": [MARKUP]}
        for card in facts["metrics"].values():
            card |= {"label": MARKUP, "summary": MARKUP, "formula": MARKUP, "note": MARKUP}
        if facts["status"] == "skipped":
            facts["reason"] = MARKUP
        path.write_text(json.dumps(facts))
    return folder


MARKUP = "</script><!-- \"' --><img src=x onerror=\"document.title='taken'\">{{ 7 * 7 }}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine; .ci/run installs it")
    with sync_playwright() as playwright:
        # Root has no sandbox to run a browser in.
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
