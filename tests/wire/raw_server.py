"""A server spoken to by hand: raw lines in, raw lines out, signals, and how it ends."""

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from tests.wire.bounds import ANSWER_SECONDS, GONE_SECONDS, KILL_SECONDS
from tests.wire.house import House

CLIENT = {"name": "raw", "version": "1"}
VERSION = "2025-11-25"


@dataclass
class RawServer:
    """One server process. Everything that it ever wrote is kept."""

    process: subprocess.Popen[bytes]
    lines: list[bytes] = field(default_factory=list[bytes])
    errors: list[bytes] = field(default_factory=list[bytes])
    _waiting: queue.Queue[bytes | None] = field(default_factory=queue.Queue[bytes | None])
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])
    _answers: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    _last_id: int = 0

    def listen(self) -> None:
        for read in (self._read_out, self._read_errors):
            thread = threading.Thread(target=read, daemon=True)
            thread.start()
            self._threads.append(thread)

    def send_line(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def send(self, method: str, params: Mapping[str, Any] | None = None) -> int:
        """Send a request; return its id."""
        self._last_id += 1
        message = {"jsonrpc": "2.0", "id": self._last_id, "method": method}
        self.send_line(json.dumps(message | {"params": dict(params or {})}).encode())
        return self._last_id

    def notify(self, method: str, params: Mapping[str, Any] | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": dict(params or {})}
        self.send_line(json.dumps(message).encode())

    def answer(self, number: int, *, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
        """Wait for the answer to a request; what comes before it is kept."""
        deadline = time.monotonic() + seconds
        while number not in self._answers:
            left = deadline - time.monotonic()
            assert left > 0, f"no answer to request {number}"
            line = self._waiting.get(timeout=left)
            assert line is not None, f"the server went away: {b''.join(self.errors)!r}"
            found = json.loads(line)
            if isinstance(found.get("id"), int):
                self._answers[found["id"]] = found
        return self._answers.pop(number)

    def answer_to(self, call: int, *, seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
        """Wait for the structured content that a call of a tool brought."""
        return self.answer(call, seconds=seconds)["result"]["structuredContent"]

    def answer_kept(self, number: int) -> dict[str, Any] | None:
        """The answer to a request among the lines that came so far."""
        found = (json.loads(line) for line in list(self.lines))
        return next((one for one in found if one.get("id") == number), None)

    def ask(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.answer(self.send(method, params))

    def call(self, tool: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Call a tool; return its structured content."""
        return self.answer_to(self.start_call(tool, arguments or {}))

    def start_call(self, tool: str, arguments: Mapping[str, Any]) -> int:
        return self.send("tools/call", {"name": tool, "arguments": dict(arguments)})

    def shake_hands(self) -> dict[str, Any]:
        params = {"protocolVersion": VERSION, "capabilities": {}, "clientInfo": CLIENT}
        found = self.ask("initialize", params)
        self.notify("notifications/initialized")
        return found

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def wait(self) -> float:
        """Wait until it is gone; return the seconds that it took."""
        began = time.monotonic()
        self.process.wait(GONE_SECONDS + KILL_SECONDS)
        for thread in self._threads:
            thread.join(KILL_SECONDS)
        return time.monotonic() - began

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._waiting.put(line)
        self._waiting.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)


@contextmanager
def raw_server(house: House, agent: str, *, greet: bool = True) -> Generator[RawServer]:
    """Start a server; kill it after the block if it is still there."""
    process = subprocess.Popen(
        house.serve_command(agent),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", **house.full_environment()},
        cwd=house.folder,
    )
    server = RawServer(process)
    server.listen()
    try:
        if greet:
            server.shake_hands()
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        server.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None and not stream.closed:
                _close(stream)


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except BrokenPipeError:
        return
