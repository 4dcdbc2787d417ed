"""What goes wrong while a crowd works. Each waits for its share of the calls, and is cut off with
the crowd at the latest."""

import anyio
from anyio import to_thread

from tests.replicas.crowd import Crowd
from tests.replicas.replica import Replica
from tests.replicas.trial import Trouble
from tests.store.postgres_server import Server

POLL_SECONDS = 0.02
AWAY_SECONDS = 3.0


def no_trouble() -> Trouble:
    async def nothing(_: Crowd) -> None:
        return

    return nothing


def kills(count: int) -> Trouble:
    """One replica after the other is killed, evenly over the calls, and started again at once."""

    async def kill(crowd: Crowd) -> None:
        for number in range(count):
            await _until_done(crowd, (number + 1) / (count + 1))
            await to_thread.run_sync(_again, crowd.replicas[number % len(crowd.replicas)])

    return kill


def postgres_away(postgres: Server) -> Trouble:
    """The database is stopped in the middle, under calls in flight, and comes back."""

    async def go_away(crowd: Crowd) -> None:
        await _until_done(crowd, 0.4)
        await to_thread.run_sync(postgres.stop)
        try:
            await anyio.sleep(AWAY_SECONDS)
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(postgres.start)

    return go_away


async def _until_done(crowd: Crowd, share: float) -> None:
    while crowd.done < share * crowd.calls:  # noqa: ASYNC110 - it is cut off with the crowd
        await anyio.sleep(POLL_SECONDS)


def _again(replica: Replica) -> None:
    replica.kill()
    replica.start()
