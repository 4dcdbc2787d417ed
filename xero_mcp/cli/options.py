"""Options that several commands share, and the example at the end of each command's help."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

MAX_TYPED = 74
"""How long a line of an example is: with its indent it fits into 80 columns."""


def example(*commands: str) -> str:
    """The end of a command's help: how it is really typed."""
    word = "Example" if len(commands) == 1 else "Examples"
    lines = [f"  {line}" for command in commands for line in _typed(command)]
    return "\n".join(["\b", f"{word}:", *lines])


def _typed(command: str) -> list[str]:
    """A command as a shell takes it: a long one goes on in a second line, from an option on."""
    cut = command.rfind(" --", 0, MAX_TYPED)
    if len(command) <= MAX_TYPED or cut < 0:
        return [command]
    return [f"{command[:cut]} \\", *(f"  {line}" for line in _typed(command[cut + 1 :]))]


def group_of(help_text: str, *examples: str) -> typer.Typer:
    """An empty group of commands."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        add_completion=False,
        epilog=example(*examples),
    )
