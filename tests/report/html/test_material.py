"""Folders: what each may hold, and what is said of one that holds nothing."""

import shutil
from pathlib import Path

import pytest

from tests.report.conftest import AUDIT
from xai_bench.errors import InputError
from xai_bench.report.html.material import gather
from xai_bench.report.stability.section import stability_section
from xai_bench.zoo import Zoo


def test_a_folder_may_be_run_and_audit_at_once(run_folder: Path, zoo: Zoo, tmp_path: Path) -> None:
    both = tmp_path / "both"
    shutil.copytree(run_folder, both)
    shutil.copy(AUDIT / "audit.csv", both)
    found = gather([both, both, run_folder], zoo)
    # Two models, three methods and three controls, not twice; one is skipped, of the others costs
    # have cells of their own.
    assert len({(cell.model, cell.method) for cell in found.cells}) == 12
    assert len(found.cells) == 1 + 2 * 11
    assert [folder for folder, _ in found.audits] == [both]
    assert found.models[:2] == ["linear", "two-linear"]
    assert "imn" in found.models


def test_a_folder_without_anything_is_refused(tmp_path: Path, zoo: Zoo) -> None:
    with pytest.raises(InputError, match="holds no run, comparison or audit"):
        gather([tmp_path], zoo)


def test_a_table_that_is_none_is_named(tmp_path: Path, zoo: Zoo) -> None:
    (tmp_path / "audit.csv").write_text("model,method\na,b\n")
    with pytest.raises(
        InputError, match=r"audit\.csv cannot be read: no column question, quantity, "
    ):
        gather([tmp_path], zoo)


def test_the_audit_of_metrics_of_a_folder_comes_before_the_zoos(tmp_path: Path, zoo: Zoo) -> None:
    shutil.copy(AUDIT / "audit.csv", tmp_path)
    ours = gather([tmp_path], zoo).trust
    assert ours is not None
    assert len(ours) > 100
    (tmp_path / "trust.csv").write_text(
        "metric,family,question,value,ci_low,ci_high,n,reason,verdict,pairs,least,p\n"
        "deletion,faithfulness,sign,0.9,0.8,1,9,,tells,1,0.9,0.01\n"
    )
    theirs = gather([tmp_path], zoo).trust
    assert theirs is not None
    assert len(theirs) == 1


@pytest.mark.parametrize("name", ["stability.parquet", "stability.csv", "stability.json"])
def test_a_study_that_is_cut_off_is_named(
    stability_folder: Path, tmp_path: Path, zoo: Zoo, name: str
) -> None:
    folder = tmp_path / "cut"
    shutil.copytree(stability_folder, folder)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2 if name != "stability.csv" else 40])
    with pytest.raises(InputError, match=rf"{name} cannot be read: .*; make one: xai-bench"):
        stability_section(gather([folder], zoo))


def test_what_a_study_lacks_is_named(stability_folder: Path, tmp_path: Path, zoo: Zoo) -> None:
    folder = tmp_path / "lacking"
    shutil.copytree(stability_folder, folder)
    (folder / "stability.json").write_text("{}")
    with pytest.raises(InputError, match=r"stability.json has no str 'data'; make one: xai-bench"):
        stability_section(gather([folder], zoo))
    (folder / "stability.parquet").unlink()
    shutil.copy(stability_folder / "stability.json", folder)
    with pytest.raises(InputError, match=r"stability.parquet is not there; make one: xai-bench"):
        stability_section(gather([folder], zoo))
