"""`xero-mcp …` and `python -m xero_mcp …`."""

import gc
import sys

from xero_mcp.cli.standard_streams import end_streams, fit_streams

INTERRUPTED = 130
"""As shells have it: 128, and the number of the signal."""


def main() -> None:
    """Run one command. `serve` has a way of its own, which loads no command-line library."""
    gc.disable()  # loading makes no garbage worth looking for; looking costs an eighth of the time
    fit_streams()
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)  # whoever pressed Ctrl-C knows; also while it still loads
    finally:
        end_streams()


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["serve"]:
        from xero_mcp.cli.serve import serve  # noqa: PLC0415 - not before collecting is off

        return serve(arguments[1:])
    from xero_mcp.cli.main import run  # noqa: PLC0415 - typer and rich, never on the way above

    gc.enable()
    return run(arguments)


if __name__ == "__main__":
    main()
