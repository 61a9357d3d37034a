"""The page of a study follows its table, and keeps the command that it was made by."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from tools.study_pages import study_page, study_pages

ROOT = Path(__file__).parents[2]


def test_a_changed_table_makes_another_page(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    shutil.copytree(ROOT / "docs" / "audit", folder)
    as_committed = study_page(tmp_path, "audit")
    assert as_committed == (folder / "README.md").read_text()
    table = pd.read_csv(folder / "audit.csv", keep_default_na=False, dtype=str)
    of_imn = (table["model"] == "imn") & (table["quantity"] == "fidelity_noise")
    table.loc[of_imn & (table["method"] == "native"), ["value", "ci_low", "ci_high"]] = "0.123456"
    table.to_csv(folder / "audit.csv", index=False)
    changed = study_page(tmp_path, "audit")
    assert "0.123" in changed
    assert changed != as_committed
    assert "Made by `xai-bench audit models/imn" in changed


def test_every_page_of_the_studies_is_rendered() -> None:
    """But for one that people wrote, whose numbers `tools.quoted_numbers` checks."""
    written = {path.parent for path in (ROOT / "docs").rglob("README.md")}
    rendered = {path.parent for path in study_pages(ROOT)}
    assert written - rendered == {ROOT / "docs" / "real" / "ecgresnet"}
