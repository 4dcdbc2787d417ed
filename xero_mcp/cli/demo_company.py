"""`xero-mcp demo-company`: the Xero in a box, as a server of its own on a real socket."""

import signal
import socket
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from xero_mcp.app import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET
from xero_mcp.cli.console import tell, working
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.options import example
from xero_mcp.clock import SystemClock
from xero_mcp.demo_company.app import DemoCompany, create_app
from xero_mcp.demo_company.limits import LimitRules
from xero_mcp.demo_company.premises import Knobs
from xero_mcp.demo_company.saved_state import StateFileError
from xero_mcp.demo_company.seed.companies import Size
from xero_mcp.settings import load_settings
from xero_mcp.text import one_line

BACKLOG = 128
STOP_SECONDS = 2
"""Requests under way get this long when it is told to stop."""
IDLE_SECONDS = 75


def add_to(app: typer.Typer) -> None:
    app.command(
        "demo-company",
        epilog=example(
            "xero-mcp demo-company --port 8090", "xero-mcp demo-company --strict-limits"
        ),
    )(demo_company)


def demo_company(  # noqa: PLR0913 - each is an option of the command line
    *,
    host: Annotated[str, typer.Option(metavar="H", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, metavar="P", help="The port; 0 takes a free one.")
    ] = 8090,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same number gives the same books.")
    ] = 1,
    size: Annotated[
        Size, typer.Option(help="large: 20,000 invoices, 5,000 contacts; takes a while to start.")
    ] = "small",
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep what is written, in this file.")
    ] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Forget what --state FILE keeps, and begin it anew.")
    ] = False,
    strict_limits: Annotated[
        bool, typer.Option("--strict-limits", help="Enforce Xero's rate limits.")
    ] = False,
    control: Annotated[
        bool,
        typer.Option("--control", help="Open /_demo/…, with which tests make things go wrong."),
    ] = False,
) -> None:
    """Run the demo company as a server of its own.

    Three organisations that speak Xero's API, with half a year of trade in their books. Any
    program that can be pointed at another host than Xero's can use it. It ends with Ctrl+C.
    """
    _check(host if control else None, begin_anew=reset, keeps=state is not None)
    minute_seconds = load_settings().demo_minute_seconds
    _run(
        host,
        port,
        {
            "seed": seed,
            "size": size,
            "limits": LimitRules(enforced=strict_limits, minute_seconds=minute_seconds),
            "control": control,
            "state_file": str(state) if state else "",
            "begin_anew": reset,
        },
    )


def _check(control_host: str | None, *, begin_anew: bool, keeps: bool) -> None:
    """Refuse what would be unsafe, and what would do nothing.

    Raises:
        CommandError: what to leave out, or to add.
    """
    if control_host is not None and not _is_loopback(control_host):
        raise CommandError(
            f"--control lets whoever reaches it do anything: not on {one_line(control_host)}. "
            "Leave out --control, or --host.",
            exit_code=ExitCode.USAGE,
        )
    if begin_anew and not keeps:
        raise CommandError(
            "--reset begins a state file anew: name it with --state. Without one, every start "
            "begins anew.",
            exit_code=ExitCode.USAGE,
        )


def _run(host: str, port: int, knobs: Knobs) -> None:
    _end_quietly()
    with closing(_listening(host, port)) as listening:
        with working("Writing half a year of books"):
            company = _company(knobs)
        _say_how(listening)
        config = uvicorn.Config(
            company,
            log_level="warning",
            access_log=False,
            ws="none",
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listening])


def _end_quietly() -> None:
    """A signal to stop is no failure: uvicorn closes what is open, then raises it once more."""

    def end(*_: object) -> None:
        raise SystemExit(ExitCode.DONE)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _company(knobs: Knobs) -> DemoCompany:
    try:
        return create_app(SystemClock().now, **knobs)
    except StateFileError as error:
        raise CommandError(f"{error}.", exit_code=ExitCode.UNREACHABLE) from error


def _listening(host: str, port: int) -> socket.socket:
    """Take the port before the books are made: a port in use is told at once.

    Raises:
        CommandError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio answers without delay only on sockets that say they are TCP; on others each answer
    # on a kept connection waits some 40 ms for the client's acknowledgement.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(BACKLOG)
    except OSError as error:
        taken.close()
        raise CommandError(
            f"{one_line(host)}:{port} cannot be listened on ({error.strerror}). Choose another "
            "--port or --host; --port 0 takes a free one.",
            exit_code=ExitCode.UNREACHABLE,
        ) from error
    return taken


def _say_how(listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    tell(f"The demo company listens on {url}. Point xero-mcp at it:")
    tell("")
    for name in ("XERO_API_URL", "XERO_IDENTITY_URL", "XERO_LOGIN_URL"):
        tell(f"  export {name}={url}")
    tell(f"  export XERO_CLIENT_ID={DEMO_CLIENT_ID} XERO_CLIENT_SECRET={DEMO_CLIENT_SECRET}")
    tell("")
    tell(f"{DEMO_CLIENT_ID} sees all three organisations; demo-one, with the same secret, one.")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
