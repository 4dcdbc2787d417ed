"""Keys that are looked up at once are one look, and none is older than its asking."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import pytest

from tests.agents.conftest import ROOT, Keys
from tests.store.passing_on import PassingOn
from xero_mcp.agents import Agent, AgentBook, Refused
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables

T = TypeVar("T")
PATIENCE_SECONDS = 10
MANY = 20


class HeldStore(PassingOn):
    """Reads wait until they are let go, and are counted; they may also fail."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.reads = 0
        self.go_on = anyio.Event()
        self.fails = False

    async def read(self, work: Callable[[Tables], T]) -> T:
        self.reads += 1
        await self.go_on.wait()
        if self.fails:
            raise StoreUnavailableError("it is away")
        return await self.inner.read(work)


class Asking:
    """Many who ask at once, and what each heard; None: that it cannot be known."""

    def __init__(self, keys: Keys) -> None:
        self.store = HeldStore(keys.store)
        self.book = AgentBook(self.store, keys.clock, keys.note)
        self.heard: dict[str, list[Agent | Refused | None]] = {}

    async def ask(self, token: str) -> None:
        try:
            found: Agent | Refused | None = await self.book.identify(token)
        except StoreUnavailableError:
            found = None
        self.heard.setdefault(token, []).append(found)


async def test_whoever_asks_while_a_look_is_under_way_shares_the_next_and_hears_of_its_own(
    keys: Keys,
):
    clerk = (await keys.add()).text.reveal()
    auditor = (await keys.add("auditor")).text.reveal()
    asking = Asking(keys)
    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(asking.ask, clerk)
            await anyio.wait_all_tasks_blocked()
            for _ in range(MANY):
                for token in (clerk, auditor, "nonsense"):
                    group.start_soon(asking.ask, token)
            await anyio.wait_all_tasks_blocked()
            asking.store.go_on.set()
    assert asking.store.reads == 2
    agents = {
        token: {one.name if isinstance(one, Agent) else "" for one in found}
        for token, found in asking.heard.items()
    }
    assert agents == {clerk: {"ap-clerk"}, auditor: {"auditor"}, "nonsense": {""}}
    assert len(asking.heard[clerk]) == MANY + 1


async def test_a_key_that_is_revoked_while_a_look_is_under_way_opens_nothing_for_who_asks_then(
    keys: Keys,
):
    clerk = (await keys.add()).text.reveal()
    asking = Asking(keys)
    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(asking.ask, "somebody else's")
            await anyio.wait_all_tasks_blocked()
            await keys.book.revoke("ap-clerk", by=ROOT)
            group.start_soon(asking.ask, clerk)
            await anyio.wait_all_tasks_blocked()
            asking.store.go_on.set()
    [found] = asking.heard[clerk]
    assert isinstance(found, Refused)


@pytest.mark.parametrize("cut_first", [True, False])
async def test_one_who_goes_takes_the_look_of_none_along(keys: Keys, *, cut_first: bool):
    clerk = (await keys.add()).text.reveal()
    asking = Asking(keys)
    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            leaving = anyio.CancelScope()

            async def leave() -> None:
                with leaving:
                    await asking.ask(clerk)

            group.start_soon(leave)
            await anyio.wait_all_tasks_blocked()
            for _ in range(MANY):
                group.start_soon(asking.ask, clerk)
            await anyio.wait_all_tasks_blocked()
            if cut_first:
                leaving.cancel()
                await anyio.wait_all_tasks_blocked()
            asking.store.go_on.set()
    others = asking.heard[clerk]
    assert len(others) == MANY + (not cut_first)
    assert all(isinstance(one, Agent) for one in others)


async def test_where_the_store_is_away_all_hear_it_and_nobody_asks_once_more(keys: Keys):
    clerk = (await keys.add()).text.reveal()
    asking = Asking(keys)
    asking.store.fails = True
    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            for _ in range(MANY):
                group.start_soon(asking.ask, clerk)
            await anyio.wait_all_tasks_blocked()
            asking.store.go_on.set()
    assert asking.heard[clerk] == [None] * MANY
    assert asking.store.reads <= 2
    asking.store.fails = False
    await asking.ask(clerk)
    assert isinstance(asking.heard[clerk][-1], Agent)
