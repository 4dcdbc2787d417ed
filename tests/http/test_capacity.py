"""More connections than the system lets a process have open: they wait, and nothing else breaks."""

import re
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from tests.wire.house import House
from tests.wire.waiting import until
from xero_mcp.transport.http.capacity import (
    MAX_BACKLOG,
    MAX_CONNECTIONS,
    RESERVED_FILES,
    WANTED_FILES,
    capacity_of,
)

FILES = 200
CLIENTS = 400
WAIT_SECONDS = 20
MAX_SAID_BYTES = 2_000
STREAM = b"GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("files", [160, 200, 256, 1_024, 4_096, WANTED_FILES, 1_000_000])
def test_what_is_taken_on_fits_into_the_files_that_may_be_open(files: int):
    capacity = capacity_of(files)
    assert capacity.most + capacity.backlog + RESERVED_FILES <= files
    assert capacity.connections >= min(MAX_CONNECTIONS, (files - RESERVED_FILES) // 4)


def test_where_the_system_allows_it_there_is_room_for_all():
    capacity = capacity_of(WANTED_FILES)
    assert (capacity.connections, capacity.backlog) == (MAX_CONNECTIONS, MAX_BACKLOG)


def test_a_few_are_served_whatever_the_system_says():
    assert capacity_of(0).connections > 0


@contextmanager
def serving(house: House, *, files: int) -> Generator[Path]:
    """A server that may have so many files open; where its stderr goes."""
    said = house.folder / "said"
    serve = [*house.serve_command("ap-clerk"), "--transport", "http", "--port", "0"]
    with (
        said.open("wb") as errors,
        subprocess.Popen(
            ["/bin/sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *serve],
            env=house.full_environment(),
            cwd=house.folder,
            stdin=subprocess.DEVNULL,
            stderr=errors,
        ) as process,
    ):
        try:
            yield said
        finally:
            process.terminate()
            try:
                process.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def port_in(said: Path) -> int:
    found = re.search(r":([0-9]+)/mcp", said.read_text())
    return int(found[1]) if found else 0


def is_well(port: int) -> bool:
    """Whether a new connection is answered."""
    with (
        suppress(OSError, HTTPException),
        closing(HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)) as connection,
    ):
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    return False


def is_open(connection: socket.socket) -> bool:
    """Whether the server still holds it, whatever it said meanwhile."""
    connection.settimeout(0)
    with suppress(BlockingIOError):
        while connection.recv(4_096):
            pass
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_more_connections_than_files_leave_the_server_well_and_quiet(tmp_path: Path):
    with serving(House(tmp_path), files=FILES) as said, ExitStack() as open_ones:
        until(lambda: port_in(said))
        port = port_in(said)
        first = [socket.create_connection(("127.0.0.1", port), WAIT_SECONDS) for _ in range(5)]
        for one in first:
            open_ones.enter_context(one)
            one.sendall(STREAM)
        assert all(one.recv(100).startswith(b"HTTP/1.1 200") for one in first)
        for _ in range(CLIENTS):
            with suppress(OSError):
                one = socket.create_connection(("127.0.0.1", port), WAIT_SECONDS)
                open_ones.enter_context(one)
                one.sendall(STREAM)
        assert all(is_open(one) for one in first)
        open_ones.close()
        until(lambda: is_well(port))
        assert said.stat().st_size < MAX_SAID_BYTES
