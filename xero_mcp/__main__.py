"""`xero-mcp …` and `python -m xero_mcp …`."""

import gc
import sys


def main() -> None:
    """Run one command. `serve` has a way of its own, which loads no command-line library."""
    gc.disable()  # loading makes no garbage worth looking for; looking costs an eighth of the time
    arguments = sys.argv[1:]
    if arguments[:1] == ["serve"]:
        from xero_mcp.cli.serve import serve  # noqa: PLC0415 - not before collecting is off

        sys.exit(serve(arguments[1:]))
    from xero_mcp.cli.main import run  # noqa: PLC0415 - typer and rich, never on the way above

    gc.enable()
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
