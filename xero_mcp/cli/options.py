"""Options that several commands share, and the example at the end of each command's help."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Person = Annotated[
    str, typer.Option("--as", metavar="PERSON", help="Who decides: an email address.")
]


def example(*commands: str) -> str:
    """The end of a command's help: how it is really typed."""
    word = "Example" if len(commands) == 1 else "Examples"
    return "\n".join(["\b", f"{word}:", *(f"  {command}" for command in commands)])


def group_of(help_text: str) -> typer.Typer:
    """An empty group of commands."""
    return typer.Typer(help=help_text, no_args_is_help=True, add_completion=False)
