"""`xai-bench completion`: what Tab completes, in three shells."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from xai_bench.cli.options import print_text

__all__ = ["command"]

_MARK = "# completion of xai-bench"
_VARIABLE = "_XAI_BENCH_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.option("--install", is_flag=True, help="Write it where the shell reads it.")
def command(shell: str, install: bool) -> None:
    """Print what makes a SHELL complete verbs, options, models, methods and metrics, or install it.

    It works for this user alone, from the next shell on, in bash 4.4 or later, zsh and fish.

    \b
    xai-bench completion bash --install
    eval "$(xai-bench completion zsh)"
    """
    script = _script(shell)
    if not install:
        print_text(script)
        return
    from xai_bench.storage import write_file

    path, reads = _places(shell)
    write_file(path, script)
    print_text(f"wrote {path}")
    undo = f"rm {path}"
    if reads is not None:
        start_up, line = reads[0], f"{reads[1]}  {_MARK}"
        before = start_up.read_text(encoding="utf-8") if start_up.is_file() else ""
        if line not in before.splitlines():
            gap = "" if before.endswith("\n") or not before else "\n"
            # Through a link, which a folder of settings under version control often has.
            write_file(start_up.resolve(), f"{before}{gap}{line}\n")
            print_text(f"added a line to {start_up}: {line}")
        else:
            print_text(f"{start_up} has its line already")
        undo += f", and delete the line that ends in '{_MARK}' from {start_up}"
    print_text(f"open another {shell} to use it; to undo: {undo}")


def _script(shell: str) -> str:
    made = get_completion_class(shell)
    assert made is not None, "click knows the three"
    # The text alone: to make it, click would start a shell and ask for its version.
    completer = made(click.Command("xai-bench"), {}, "xai-bench", _VARIABLE)
    return completer.source_template % completer.source_vars()


def _places(shell: str) -> tuple[Path, tuple[Path, str] | None]:
    """The file of a shell; and the one that it reads first, with a line that reads the other."""
    home = Path.home()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    if shell == "fish":  # which reads all files of this folder
        return config / "fish" / "completions" / "xai-bench.fish", None
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    path = data / "xai-bench" / f"completion.{shell}"
    if shell == "bash":
        return path, (home / ".bashrc", f'[ -f "{path}" ] && . "{path}"')
    start_up = Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"
    ready = "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }"
    return path, (start_up, f'[ -f "{path}" ] && {{ {ready}; . "{path}"; }}')
