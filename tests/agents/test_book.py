"""Keys of remote agents: given once, found again, replaced, taken back."""

import hmac
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from tests.agents.conftest import ROOT, Keys
from tests.fakes import START
from tests.store.passing_on import PassingOn
from xero_mcp.agents import Agent, AgentBook, AgentsError, Refused
from xero_mcp.agents.keys import make_key
from xero_mcp.audit.redact import MASKED_SECRET, without_secrets
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables

T = TypeVar("T")
STRANGE = [
    "",
    "xmcp_",
    "xmcp__",
    "xmcp_0123456789abcdef_",
    "xmcp_0123456789ABCDEF_" + "a" * 43,
    "xmcp_0123456789abcdef_" + "a" * 42,
    "xmcp_0123456789abcdef_" + "a" * 44,
    "xmcp_0123456789abcdef_" + "a" * 43 + "\n",
    "xmcp_' OR 1=1 --_" + "a" * 43,
    "a.b.c",
    "é" * 40,
    "\ud800",
    "x" * 100_000,
]


async def test_whoever_holds_a_key_is_its_agent(keys: Keys):
    key = await keys.add()
    assert re.fullmatch(r"xmcp_[0-9a-f]{16}_[\w-]{43}", key.text.reveal())
    assert await keys.book.identify(key.text.reveal()) == Agent(
        name="ap-clerk", credential_fingerprint=key.fingerprint
    )
    assert key.text.reveal().startswith(f"{key.fingerprint}_")


async def test_a_key_lies_nowhere_and_is_shown_nowhere(keys: Keys):
    key = await keys.add()
    secret = key.text.reveal().rpartition("_")[2]
    (entry,) = await keys.book.list()
    shown = f"{key} {entry} {keys.told}"
    assert secret[:10] not in shown
    assert key.fingerprint in keys.told[0].what


@pytest.mark.parametrize("token", STRANGE)
async def test_what_is_no_key_names_nobody(keys: Keys, token: str):
    await keys.add()
    assert await keys.book.identify(token) == Refused(why="That is no key of this server.")


async def test_a_key_with_one_letter_changed_names_nobody_and_tells_nothing_of_its_id(keys: Keys):
    key = (await keys.add()).text.reveal()
    changed = key[:-1] + ("A" if key[-1] != "A" else "B")
    of_nobody = "xmcp_" + "0" * 16 + key[21:]
    wrong = [await keys.book.identify(one) for one in (changed, of_nobody, key.upper(), key[:-1])]
    assert set(wrong) == {Refused(why="That is no key of this server.")}


class CountingStore(PassingOn):
    """Counts what is asked of a store."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.asked: list[str] = []

    async def read(self, work: Callable[[Tables], T]) -> T:
        self.asked.append("read")
        return await self.inner.read(work)

    async def write(self, work: Callable[[Tables], T]) -> T:
        self.asked.append("write")
        return await self.inner.write(work)

    async def quick(self, work: Callable[[Tables], T]) -> T:
        self.asked.append("quick")
        return await self.inner.quick(work)


async def test_every_wrong_key_costs_the_same_work(keys: Keys):
    revoked = (await keys.add("old-clerk")).text.reveal()
    await keys.book.revoke("old-clerk", by=ROOT)
    right = (await keys.add()).text.reveal()
    wrong = right[:-1] + ("A" if right[-1] != "A" else "B")
    store, compared = CountingStore(keys.store), [(0, 0)]

    def is_same(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    book = AgentBook(store, keys.clock, keys.note, is_same=is_same)
    for token in [wrong, revoked, make_key(bytes).text.reveal(), *STRANGE]:
        store.asked.clear()
        compared.clear()
        assert isinstance(await book.identify(token), Refused)
        assert (store.asked, compared) == (["read"], [(64, 64)])


async def test_a_revoked_key_opens_nothing_in_any_replica(keys: Keys):
    one, other = await keys.add(), await keys.add("auditor")
    replica = keys.book
    assert isinstance(await replica.identify(one.text.reveal()), Agent)
    assert await keys.book.revoke("ap-clerk", by=ROOT) == 1
    keys.clock.advance(-3600)  # a replica whose clock is behind
    found = await replica.identify(one.text.reveal())
    assert found == Refused(why="That key was revoked, or replaced by another.")
    assert await keys.opens(other)


async def test_a_new_key_opens_at_once_and_the_old_one_until_the_overlap_ends(keys: Keys):
    old = await keys.add()
    new = await keys.rotate(hours=2)
    assert await keys.opens(new)
    keys.clock.advance(2 * 3600 - 1)
    assert await keys.opens(old)
    keys.clock.advance(1)
    assert not await keys.opens(old)
    assert await keys.opens(new)


async def test_without_an_overlap_the_old_key_ends_at_once(keys: Keys):
    old = await keys.add()
    new = await keys.rotate(hours=0)
    assert [await keys.opens(key) for key in (old, new)] == [False, True]


async def test_a_later_rotation_never_lengthens_the_life_of_an_older_key(keys: Keys):
    old = await keys.add()
    await keys.rotate(hours=1)
    await keys.rotate(hours=48)
    keys.clock.advance(3600)
    assert not await keys.opens(old)


async def test_revoking_also_ends_what_a_rotation_left(keys: Keys):
    old = await keys.add()
    new = await keys.rotate()
    assert await keys.book.revoke("ap-clerk", by=ROOT) == 2
    assert [await keys.opens(key) for key in (old, new)] == [False, False]


@pytest.mark.parametrize("hours", [-1, 24 * 30 + 1])
async def test_an_overlap_out_of_bounds_is_refused(keys: Keys, hours: int):
    old = await keys.add()
    with pytest.raises(AgentsError, match="up to 30 days"):
        await keys.rotate(hours=hours)
    assert await keys.opens(old)


async def test_who_has_a_key_is_not_added_again_and_who_has_none_has_nothing_to_lose(keys: Keys):
    await keys.add()
    with pytest.raises(AgentsError, match="has a key already"):
        await keys.add()
    with pytest.raises(AgentsError, match="auditor has no key"):
        await keys.rotate("auditor")
    await keys.book.revoke("ap-clerk", by=ROOT)
    for work in (keys.rotate, lambda: keys.book.revoke("ap-clerk", by=ROOT)):
        with pytest.raises(AgentsError, match="ap-clerk has no key"):
            await work()
    assert await keys.opens(await keys.add())
    (entry,) = await keys.book.list()
    assert [len(entry.keys), len(entry.in_force(keys.clock.now()))] == [2, 1]


async def test_a_policy_file_stays_an_agents_own_when_its_key_is_taken_back(keys: Keys):
    assert (await keys.add("bot-7", policy_file="bookkeeper.yaml")).policy_file == "bookkeeper.yaml"
    await keys.rotate("bot-7")
    await keys.book.revoke("bot-7", by=ROOT)
    assert await keys.book.policy_file("bot-7") == "bookkeeper.yaml"
    await keys.add("bot-7")
    assert await keys.book.policy_file("bot-7") is None
    assert await keys.book.policy_file("nobody") is None


@pytest.mark.parametrize(
    "file",
    ["../evil.yaml", "/etc/passwd", "a/b.yaml", ".yaml", "a.yml", "a.yaml\n", "", "a\\b.yaml"],
)
async def test_only_a_plain_file_name_ties_an_agent(keys: Keys, file: str):
    with pytest.raises(AgentsError, match="not the name of a policy file"):
        await keys.add(policy_file=file)
    assert await keys.book.list() == []


@pytest.mark.parametrize("name", ["", "AP", "a b", "../a", "a" * 64, "a\n"])
async def test_only_an_agents_name_is_added(keys: Keys, name: str):
    with pytest.raises(AgentsError, match="not an agent's name"):
        await keys.add(name)


async def test_every_change_is_told_with_who_made_it(keys: Keys):
    first = await keys.add(policy_file="bookkeeper.yaml")
    keys.clock.advance(1)
    second = await keys.rotate(hours=1)
    await keys.book.revoke("ap-clerk", by=ROOT)
    a, b = first.fingerprint, second.fingerprint
    later, file = "2026-03-02T10:30:01.000Z", "bookkeeper.yaml"
    assert [(one.agent, one.what) for one in keys.told] == [
        ("ap-clerk", f"got a key ({a}) from {ROOT}; bookkeeper.yaml decides for it"),
        (
            "ap-clerk",
            f"got a key ({b}) from {ROOT}, and the old ones end at {later}; {file} decides for it",
        ),
        ("ap-clerk", f"lost its keys ({a}, {b}), to {ROOT}"),
    ]


async def test_a_change_that_cannot_be_told_is_not_made(keys: Keys):
    def note(tables: Tables, news: object) -> None:
        del tables, news
        raise StoreUnavailableError("full")

    with pytest.raises(StoreUnavailableError):
        await AgentBook(keys.store, keys.clock, note).add("ap-clerk", by=ROOT)
    assert await keys.book.list() == []


async def test_the_last_use_is_known_to_ten_minutes_and_costs_no_write_in_between(keys: Keys):
    key = (await keys.add()).text.reveal()
    store = CountingStore(keys.store)
    book = AgentBook(store, keys.clock, keys.note)
    for _ in range(3):
        await book.identify(key)
        keys.clock.advance(299)
    assert store.asked == ["read", "quick", "read", "read"]
    await book.identify(key)
    (entry,) = await keys.book.list()
    assert entry.keys[0].last_used_at == START + timedelta(seconds=3 * 299)


def test_no_key_survives_in_a_text_of_the_log():
    key = make_key(lambda size: bytes(range(7, 7 + size))).text.reveal()
    assert key not in without_secrets(f"use {key} please")
    assert MASKED_SECRET in without_secrets(f"key={key}")
