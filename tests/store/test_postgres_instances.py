"""Which replicas live, as their sessions tell."""

import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from tests.store.postgres_server import Server
from tests.wire.waiting import until
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.postgres_connection import Patience
from xero_mcp.store.postgres_instances import PostgresInstances

REPLICA = """
import sys
from xero_mcp.store.postgres_instances import PostgresInstances
presence = PostgresInstances(sys.argv[1]).enter()
print(presence.instance, flush=True)
sys.stdin.readline()
"""
SHORT = Patience(connect_seconds=2, lock_seconds=0.3, statement_seconds=0.5)
END_SECONDS = 20


@pytest.fixture
def rolls(postgres: Server) -> Generator[Callable[[], PostgresInstances]]:
    """Makes rolls that give nobody time after a restart: the server of the tests is young."""
    made: list[PostgresInstances] = []

    def roll() -> PostgresInstances:
        url = postgres.url()
        made.append(PostgresInstances(url, patience=SHORT, return_seconds=0))
        return made[-1]

    yield roll
    for one in made:
        one.close()


@contextmanager
def replica(postgres: Server) -> Generator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen(
        [sys.executable, "-c", REPLICA, postgres.url()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()
            process.wait(END_SECONDS)


def test_a_replica_lives_from_its_entry_until_it_leaves(rolls: Callable[[], PostgresInstances]):
    here, elsewhere = rolls(), rolls()
    presence = here.enter()
    assert here.is_live(presence.instance)
    assert elsewhere.is_live(presence.instance)
    presence.leave()
    presence.leave()
    assert not here.is_live(presence.instance)
    assert here.sweep() == 0


def test_a_replica_that_is_killed_is_gone_at_once(
    postgres: Server, rolls: Callable[[], PostgresInstances]
):
    roll = rolls()
    with replica(postgres) as (process, instance):
        assert roll.is_live(instance)
        process.kill()
        process.wait(END_SECONDS)
        until(lambda: not roll.is_live(instance))


def test_a_replica_whose_session_was_ended_takes_it_up_again(
    postgres: Server, rolls: Callable[[], PostgresInstances]
):
    roll = rolls()
    presence = roll.enter()
    try:
        with postgres.plain() as plain:
            plain.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            )
        until(lambda: roll.is_live(presence.instance))
    finally:
        presence.leave()


def test_a_restart_of_the_server_takes_nobody_for_dead(
    postgres: Server, rolls: Callable[[], PostgresInstances]
):
    patient = PostgresInstances(postgres.url(), patience=SHORT, return_seconds=3600)
    strict = rolls()
    presence = strict.enter()
    try:
        postgres.stop()
        assert patient.is_live(presence.instance), "nobody can be asked"
        postgres.start()
        assert patient.is_live(presence.instance), "it may not be back yet"
        until(lambda: strict.is_live(presence.instance))
    finally:
        presence.leave()
        patient.close()


@pytest.mark.parametrize("name", ["", "s-", "x", "s-../../etc", "s-0123456789ABCDEF", "1"])
def test_what_was_never_a_replica_is_gone(name: str, rolls: Callable[[], PostgresInstances]):
    assert not rolls().is_live(name)


def test_names_with_the_highest_bit_are_told_apart(
    postgres: Server, rolls: Callable[[], PostgresInstances]
):
    names = [b"\xff" * 8, b"\x80" + b"\0" * 7, b"\0" * 7 + b"\x01"]
    entered = [
        PostgresInstances(postgres.url(), randomness=lambda _, name=name: name).enter()
        for name in names
    ]
    try:
        roll = rolls()
        assert [roll.is_live(each.instance) for each in entered] == [True] * 3
        assert not roll.is_live("s-7fffffffffffffff")
        assert not roll.is_live("s-0000000000000002")
    finally:
        for each in entered:
            each.leave()


def test_nobody_enters_where_there_is_no_server():
    roll = PostgresInstances("postgresql://127.0.0.1:1/x", patience=SHORT)
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        roll.enter()
