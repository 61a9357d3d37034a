"""The site's page of the command line: what every verb says of itself when asked for --help."""

from __future__ import annotations

from collections.abc import Iterator

import click

from xai_bench.cli.main import cli

__all__ = ["cli_page"]

_WIDTH = 96


def cli_page() -> str:
    """A section a verb, in the order of `xai-bench --help`."""
    return "# Command line\n\n" + "\n".join(_sections(cli, "xai-bench", level=2))


def _sections(command: click.Command, name: str, *, level: int) -> Iterator[str]:
    how = {**command.context_settings, "terminal_width": _WIDTH}
    context = click.Context(command, info_name=name, **how)
    yield f"{'#' * level} {name}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for verb in command.list_commands(context):
            found = command.get_command(context, verb)
            if found is not None and not found.hidden:
                yield from _sections(found, f"{name} {verb}", level=level + (level < 3))
