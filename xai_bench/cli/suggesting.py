"""Verbs that answer to a mistyped name with the one that was meant."""

from __future__ import annotations

import click

from xai_bench.errors import UnknownNameError

__all__ = ["Suggesting"]


class Suggesting(click.Group):
    """A group of verbs. Raises UnknownNameError for a verb that it does not have."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        verb = args[0]
        if not verb.startswith("-") and self.get_command(ctx, verb) is None:
            raise UnknownNameError("verb", verb, self.list_commands(ctx))
        return super().resolve_command(ctx, args)
