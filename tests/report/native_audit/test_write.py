"""The folder of an audit."""

from pathlib import Path

import pytest

from xai_bench.errors import OutputError
from xai_bench.studies.native_audit import Audit, write_audit


def test_the_folder_holds_page_table_and_figures(found: Audit, tmp_path: Path) -> None:
    write_audit(found, tmp_path / "out", command="made")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "README.md",
        "audit.csv",
        "audit.png",
    }
    assert (tmp_path / "out" / "audit.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write the audit"):
        write_audit(found, tmp_path / "file" / "out", command="made")
