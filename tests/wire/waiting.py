"""Waiting for something that another process does, with a bound."""

import time
from collections.abc import Callable

from tests.wire.bounds import MAX_POLLS, POLL_SECONDS


def until(happened: Callable[[], object]) -> None:
    """Look again and again until it has happened."""
    for _ in range(MAX_POLLS):
        if happened():
            return
        time.sleep(POLL_SECONDS)
    raise AssertionError("it did not happen in time")
