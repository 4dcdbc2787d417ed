"""Serving one agent on stdin and stdout."""

import gc
from collections.abc import Callable

from xero_mcp.agents import Agent, Caller, launched_agent
from xero_mcp.app.house import SETTLE_SECONDS, House, beside, note, open_house
from xero_mcp.app.office import policy_book
from xero_mcp.audit.entry import Kind
from xero_mcp.clock import SystemClock
from xero_mcp.errors import SettingsError
from xero_mcp.gate.narrowing import Narrowing
from xero_mcp.gate.rooms import NOTHING_TAKEN
from xero_mcp.settings import Settings


async def serve_on_stdio(
    settings: Settings,
    *,
    agent: str | None,
    demo: bool,
    narrowing: Narrowing = NOTHING_TAKEN,
    warn: Callable[[str], object],
) -> None:
    """Serve one agent on this process's stdin and stdout, until it ends.

    Args:
        settings: of this process.
        agent: its name; None takes the settings' one, or the only one there is.
        demo: work on a demo company inside this process.
        narrowing: what is taken away from what policies give.
        warn: hears what a person should know who looks at this process.

    Raises:
        SettingsError: no agent is named and there is a choice, or a setting is wrong.
        StoreUnavailableError: the database cannot be opened.
    """
    from xero_mcp.transport.server import build_server  # noqa: PLC0415 - mcp is loaded last
    from xero_mcp.transport.stdio import end_signals, serve_stdio  # noqa: PLC0415

    names = policy_book(settings, SystemClock(), {}).names()
    who = chosen_agent(agent or settings.agent, names)
    async with open_house(settings, demo=demo, narrowing=narrowing) as house:
        if who.name not in names and await house.office.agents.policy_file(who.name) is None:
            warn(f"no policy file is named {who.name}.yaml, so everything is refused.")
        with end_signals() as signals:  # before the log says that it began: it then says both
            await note(house, Kind.STARTED, agent=who.name, why="the demo company" if demo else "")
            conversation = house.office.audit.new_id()  # one for as long as this process lasts
            caller = Caller(agent=who, transport="stdio", conversation=conversation)
            server = build_server(house.gate, caller=lambda: caller)
            gc.freeze()  # what was built to start is never garbage: no collection need look at it
            gc.enable()  # `__main__` switched it off, to load faster

            async def on_stop(why: str) -> None:
                await note(house, Kind.STOPPED, agent=who.name, why=why)
                await house.office.checkpoints.now()

            async with beside(lambda: _load_the_rest(house)):
                await serve_stdio(server, signals, on_stop=on_stop)


async def _load_the_rest(house: House) -> None:
    """Once the client of the server has its list, what its first call would else wait for."""
    await house.office.clock.sleep(SETTLE_SECONDS)
    house.load()
    gc.freeze()  # as above


def chosen_agent(asked: str | None, names: tuple[str, ...]) -> Agent:
    """The agent that was named; the only one where there is no choice.

    Raises:
        SettingsError: with the names to choose from.
    """
    if asked is None and len(names) == 1:
        return launched_agent(names[0])
    if asked is None:
        listed = ", ".join(names) or "none: make one with a policy file"
        raise SettingsError(
            f"Say which agent this is: --agent NAME, or XERO_MCP_AGENT. There are: {listed}."
        )
    try:
        return launched_agent(asked)
    except ValueError as error:
        raise SettingsError(str(error)) from error
