"""The page of the command line has every verb, as its --help has it."""

from __future__ import annotations

import re

from click.testing import CliRunner

from tools.cli_page import cli_page
from xai_bench.cli.main import cli


def test_every_verb_has_a_section_with_its_options() -> None:
    sections = dict(re.findall(r"^##+ (xai-bench.*?)\n\n(.*?)(?=^##|\Z)", cli_page(), re.S | re.M))
    verbs = re.findall(r"^  (\w+)  ", CliRunner().invoke(cli, ["--help"]).output, re.M)
    assert "run" in verbs
    assert {f"xai-bench {verb}" for verb in verbs} <= set(sections)
    assert "xai-bench data fetch" in sections
    assert "Usage: xai-bench run [OPTIONS]" in sections["xai-bench run"]
    for option in re.findall(r"--[\w-]+", CliRunner().invoke(cli, ["show", "--help"]).output):
        assert option in sections["xai-bench show"]
