"""Vendored files are those that their list names."""

import hashlib
import re
from pathlib import Path

import xai_bench.report.html

VENDOR = Path(xai_bench.report.html.__file__).parent / "vendor"


def test_every_file_has_a_licence_a_version_and_the_hash_of_its_row() -> None:
    rows = re.findall(
        r"^\| (\S+\.js) \| (\S+) \| ([\d.]+) \| (\w+), (\S+) \| (\w{64}) \|$",
        (VENDOR / "README.md").read_text(),
        re.MULTILINE,
    )
    assert rows
    expected = {"README.md"}
    for file, _, version, licence, text, sha in rows:
        content = (VENDOR / file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha
        assert version in content.decode()[:200]
        assert licence in (VENDOR / text).read_text().splitlines()[0]
        assert b"</script" not in content
        expected |= {file, text}
    assert {path.name for path in VENDOR.iterdir()} == expected
