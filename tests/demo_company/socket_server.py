"""The demo company behind uvicorn, on a socket of this machine, in a thread of this process."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Unpack

import uvicorn

from tests.demo_company.box import TestClock, empty_companies
from xero_mcp.demo_company.app import create_app
from xero_mcp.demo_company.premises import Knobs

START_SECONDS = 10


@contextmanager
def serving(**knobs: Unpack[Knobs]) -> Generator[str]:
    """Give the base URL of a demo company, and stop it after the block."""
    clock = TestClock()
    given: Knobs = {"companies": empty_companies, "control": True, **knobs}
    config = uvicorn.Config(
        create_app(clock, **given), host="127.0.0.1", port=0, log_level="critical", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started, "uvicorn did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
    assert not thread.is_alive()
