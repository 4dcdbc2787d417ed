"""What is PostgreSQL's own; what it shares with SQLite is tested over both."""

import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from tests.fakes import FakeClock
from tests.store.cutting_proxy import cutting_proxy
from tests.store.postgres_server import Server, running_server
from xero_mcp.clock import SystemClock
from xero_mcp.errors import SettingsError, StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.migrations import migrations
from xero_mcp.store.postgres import PostgresStore
from xero_mcp.store.postgres_connection import Address, Patience
from xero_mcp.store.postgres_doubt import WRITING
from xero_mcp.store.sqlite import SqliteStore

SHORT = Patience(connect_seconds=2, lock_seconds=0.3, statement_seconds=0.5)
LONGEST_REFUSAL_SECONDS = 30
MAX_LOOKS = 200


def keep(key: str, value: str = "x") -> Callable[[Tables], None]:
    return lambda tables: tables.kept.put(key, value)


async def kept(store: Store, key: str) -> str | bytes | None:
    return await store.read(lambda tables: tables.kept.get(key, SystemClock().now()))


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[PostgresStore]:
    store = await PostgresStore.open(url, clock=SystemClock(), patience=SHORT)
    try:
        yield store
    finally:
        await store.close()


async def come_back(store: Store, key: str) -> None:
    """Nobody restarts anything: the store is used until it works again."""
    for _ in range(MAX_LOOKS):
        try:
            await store.write(keep(key))
        except StoreUnavailableError:
            await anyio.sleep(0.05)
        else:
            return
    raise AssertionError("the store did not come back")


@pytest.mark.slow
async def test_the_oldest_version_of_postgres_does_as_well():
    with running_server("16") as server:
        async with opened(server.url(server.new_house())) as store:
            await store.write(keep("a"))
            await store.check()
            assert await kept(store, "a") == "x"


async def test_replicas_that_start_at_once_make_the_tables_once(postgres: Server):
    url = postgres.url(postgres.new_house())
    done: list[tuple[str, ...]] = []

    async def start() -> None:
        done.append(await PostgresStore.migrate(url, clock=SystemClock()))

    async with anyio.create_task_group() as replicas:
        for _ in range(6):
            replicas.start_soon(start)
    all_of_them = tuple(step.name for step in migrations("postgres"))
    assert sorted(done, key=len) == [()] * 5 + [all_of_them]


async def test_tables_of_a_newer_version_are_refused_and_left_alone(postgres: Server):
    house = postgres.new_house()
    async with opened(postgres.url(house)):
        pass
    with postgres.plain(house) as plain:
        plain.execute("INSERT INTO migrations VALUES ('9999_later', 'then')")
    with pytest.raises(StoreUnavailableError, match=r"newer xero-mcp.*9999_later.*Upgrade"):
        await PostgresStore.open(postgres.url(house), clock=SystemClock())


async def test_both_kinds_of_database_have_the_same_tables_and_columns(
    postgres: Server, tmp_path: Path, clock: FakeClock
):
    house = postgres.new_house()
    async with opened(postgres.url(house)):
        pass
    with postgres.plain(house) as plain:
        found = plain.execute(
            "SELECT table_name, column_name, is_nullable = 'NO', data_type, collation_name "
            "FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND table_name <> 'store_commits'"
        ).fetchall()
    store = await SqliteStore.open(tmp_path / "a.db", clock=clock)

    def columns(tables: Tables) -> set[tuple[object, ...]]:
        return set(
            vars(tables.kept)["_executor"].rows(
                'SELECT m.name, c.name, c."notnull" FROM sqlite_master AS m, '
                "pragma_table_info(m.name) AS c WHERE m.type = 'table'",
                {},
            )
        )

    wanted = await store.read(columns)
    await store.close()
    assert {(table, column, int(must)) for table, column, must, _, _ in found} == wanted
    assert {kind for *_, kind, _ in found} == {"text", "bigint"}
    # By default each server sorts by a language of its own.
    by_language = [row for row in found if row[3] == "text" and row[4] != "C"]
    assert [row[:2] for row in by_language] == [("migrations", "applied_at")]


async def test_any_text_comes_back_as_it_was_put(store: Store, clock: FakeClock):
    for text in (
        "a\x00b",
        "\x00",
        "\ufdd0",
        "\ufdd00\x00\ufdd0m",
        "%(a)s %",
        ":name",
        "🧾 é \u202e",
    ):
        await store.write(keep(text, text))
        assert await store.read(lambda t, k=text: t.kept.get(k, clock.now())) == text


async def test_a_lock_that_another_keeps_is_waited_for_and_then_refused(postgres: Server):
    house = postgres.new_house()
    async with opened(postgres.url(house)) as store:
        await store.write(keep("a"))
        with postgres.plain(house) as other:
            other.execute("SELECT pg_advisory_lock(%s)", (WRITING,))
            for attempt in (store.write(keep("b")), store.quick(keep("b")), store.check()):
                with pytest.raises(StoreUnavailableError, match="locked by another session"):
                    await attempt
            assert await kept(store, "a") == "x", "reading goes on meanwhile"
        await store.write(keep("c"))
        assert [await kept(store, key) for key in "abc"] == ["x", None, "x"]


async def test_sessions_that_were_ended_meanwhile_cost_nobody_a_call(postgres: Server):
    house = postgres.new_house()
    async with opened(postgres.url(house)) as store:
        await store.write(keep("a"))
        await kept(store, "a")
        with postgres.plain() as plain:
            plain.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'xero-mcp'"
            )
        await store.write(keep("b"))
        assert await kept(store, "b") == "x"


async def test_a_server_that_is_stopped_is_missed_cleanly_and_found_again(postgres: Server):
    house = postgres.new_house()
    async with opened(postgres.url(house)) as store:
        await store.write(keep("a"))
        postgres.stop()
        try:
            for attempt in (store.write(keep("b")), kept(store, "a"), store.check()):
                with pytest.raises(StoreUnavailableError, match=r"Nothing was changed|not answer"):
                    await attempt
        finally:
            postgres.start()
        await store.write(keep("c"))
        assert [await kept(store, key) for key in "abc"] == ["x", None, "x"]


async def test_a_server_that_is_frozen_stops_nobody_for_long(postgres: Server):
    house = postgres.new_house()
    async with opened(postgres.url(house)) as store:
        await store.write(keep("a"))
        postgres.freeze()
        try:
            with anyio.fail_after(LONGEST_REFUSAL_SECONDS):
                async with anyio.create_task_group() as calls:
                    for number in range(20):  # all at once, and none waits for the others' waits
                        calls.start_soon(refused, store, f"frozen {number}")
        finally:
            postgres.thaw()
        await come_back(store, "b")
        assert await kept(store, "a") == "x"
        assert [await kept(store, f"frozen {number}") for number in range(20)] == [None] * 20


async def refused(store: Store, key: str) -> None:
    with pytest.raises(StoreUnavailableError):
        await store.write(keep(key))


@pytest.mark.parametrize(("cut", "was_done"), [("after", True), ("before", False)])
async def test_a_commit_whose_answer_is_lost_is_asked_about(
    postgres: Server, cut: str, *, was_done: bool
):
    house = postgres.new_house()
    with (
        tempfile.TemporaryDirectory() as folder,
        cutting_proxy(postgres.folder, Path(folder)) as proxy,
    ):
        async with opened(postgres.url(house).replace(postgres.folder, folder)) as store:
            await store.write(keep("a"))
            proxy.cut = cut
            if was_done:
                await store.write(keep("b"))
            else:
                with pytest.raises(StoreUnavailableError, match="Nothing was changed"):
                    await store.write(keep("b"))
            assert proxy.cut == ""
            assert await kept(store, "b") == ("x" if was_done else None)


async def test_a_transaction_with_a_failed_statement_is_never_taken_for_done(postgres: Server):
    async with opened(postgres.url(postgres.new_house())) as store:

        def swallow(tables: Tables) -> None:
            tables.kept.put("a", "x")
            run = vars(tables.kept)["_executor"].change
            with pytest.raises(Exception, match="no_such_table"):
                run("DELETE FROM no_such_table", {})

        with pytest.raises(StoreUnavailableError, match="Nothing was changed"):
            await store.write(swallow)
        assert await kept(store, "a") is None


async def test_evidence_waits_for_the_disk_even_where_the_database_says_otherwise(
    postgres: Server,
):
    name = postgres.new_database()
    with postgres.plain() as plain:
        plain.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
        plain.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
    async with opened(postgres.url(name)) as store:

        def setting(tables: Tables) -> object:
            [[value]] = vars(tables.kept)["_executor"].rows(
                "SELECT current_setting('synchronous_commit')", {}
            )
            return value

        assert [await store.write(setting), await store.quick(setting)] == ["on", "off"]


async def test_a_database_of_another_encoding_is_refused(postgres: Server):
    with postgres.plain() as plain:
        plain.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(StoreUnavailableError, match="LATIN1"):
        await PostgresStore.open(postgres.url("latin"), clock=SystemClock())


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere", r"lets nobody in.*Check them.*\"nowhere\" does not exist"),
        ("postgres", r"lets nobody in.*Check them.*\"nobody-of-ours\" does not exist"),
    ],
)
async def test_what_cannot_be_opened_is_said_without_the_password(
    postgres: Server, place: str, said: str
):
    user = "postgres" if place == "nowhere" else "nobody-of-ours"
    url = postgres.url(place, user=f"{user}:hunter2%40x")
    with pytest.raises(StoreUnavailableError, match=said) as caught:
        await PostgresStore.open(url, clock=SystemClock())
    told = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {Address(url)!r}"
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bob:hun@ter2@db/x",
        "postgresql://bob:hun/ter2@db/x",
        "postgresql://bob:hunter2",
        "postgresql://bob:hun%ter2@db/x",
        "postgresql://bob:hun?ter2@db",
        "postgresql://db/x?passwort=hunter2",
    ],
)
async def test_a_url_that_is_not_one_is_never_repeated(url: str):
    with pytest.raises(SettingsError, match="percent-encoded") as caught:
        await PostgresStore.open(url, clock=SystemClock())
    shown = f"{caught.value} {caught.value!r} {caught.value.__cause__!r}"
    assert not [part for part in ("hun", "ter2") if part in shown]


async def test_nobody_listening_is_said_at_once():
    before = time.monotonic()
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        await PostgresStore.open(
            "postgresql://bob:hunter2@127.0.0.1:1/x", clock=SystemClock(), patience=SHORT
        )
    assert time.monotonic() - before < LONGEST_REFUSAL_SECONDS
