"""The command line, called in this process."""

from tests.cli.conftest import xai_bench

__all__ = ["xai_bench"]
