"""`xero-mcp demo`: the guided tour."""

import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import typer

from xero_mcp.app import open_office
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.options import example
from xero_mcp.clock import SystemClock
from xero_mcp.settings import load_settings

INTRODUCTION = (
    "An AI agent is about to work in the books of a demo company. The server, its policy and its "
    "audit log are the real ones; the company is made up, and nothing leaves this machine."
)


def add_to(app: typer.Typer) -> None:
    app.command("demo", epilog=example("xero-mcp demo"))(demo)


def demo() -> None:
    """Take the guided tour: a minute, no account, no network.

    An agent reads, drafts, has to ask a person, and is refused a payment; then the audit log of
    just that, verified, and how to connect a real host. It leaves nothing behind.
    """
    screen = open_screen()
    for name in ("SIGTERM", "SIGHUP"):  # a closed window too must leave nothing behind
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup sets another
            signal.signal(number, signal.default_int_handler)
    with TemporaryDirectory(prefix="xero-mcp-demo-", ignore_cleanup_errors=True) as folder:
        anyio.run(_tour, screen, Path(folder))


async def _tour(screen: Screen, home: Path) -> None:
    # Here and not above: mcp takes half a second to load, and other commands do without it.
    from xero_mcp.cli.tour import ending, scenes  # noqa: PLC0415 - see above
    from xero_mcp.cli.tour.agent import agent_at_work  # noqa: PLC0415 - see above
    from xero_mcp.cli.tour.narrator import Narrator  # noqa: PLC0415 - see above

    tell = Narrator(screen, SystemClock())
    screen.heading("xero-mcp: a guided tour")
    screen.line()
    screen.line(INTRODUCTION)
    settings = load_settings(
        flags={"XERO_MCP_HOME": str(home)}, environment={}, env_file=home / ".env"
    )
    async with agent_at_work(home) as agent:
        await scenes.what_may_it_do(tell, agent)
        books = await scenes.it_looks(tell, agent)
        await scenes.it_drafts(tell, agent, books)
        approval_id = await scenes.it_must_wait(tell, agent, books)
        async with open_office(settings) as office:
            await scenes.a_person_decides(
                tell, agent, books, office=office, approval_id=approval_id
            )
            await scenes.it_is_refused(tell, agent, books)
            await ending.what_the_log_says(tell, office)
    await ending.now_yours(tell)
