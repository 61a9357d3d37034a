"""The public surface is the list in __all__, and nothing heavy is imported to see it."""

import subprocess
import sys

import pytest

import xai_bench


def test_all_is_sorted_and_every_name_resolves() -> None:
    assert xai_bench.__all__ == sorted(xai_bench.__all__)
    assert set(xai_bench.__all__) == set(xai_bench._HOME)
    for name in xai_bench.__all__:
        assert callable(getattr(xai_bench, name))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'leaderbord'"):
        _ = xai_bench.leaderbord


def test_importing_the_package_and_the_command_line_imports_no_torch() -> None:
    code = "import sys, xai_bench.cli.main; print('torch' in sys.modules, 'rich' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
