"""A mail server on a socket of this machine: it takes one mail after the other and keeps them."""

import socketserver
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

MAX_LINES = 20_000
SECONDS = 20.0


@dataclass
class MailServer:
    """Where it listens, and what it took."""

    port: int
    refuses: bool = False
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=xero-mcp@example.com"


class Talk(socketserver.StreamRequestHandler):
    """One connection; the server's `kept` says what to do with its mail."""

    timeout = SECONDS

    def handle(self) -> None:
        assert isinstance(self.server, Listener)
        kept = self.server.kept
        self._say("220 here")
        for _ in range(MAX_LINES):
            command = self.rfile.readline().strip().upper()
            if command.startswith(b"QUIT") or not command:
                break
            if command.startswith(b"RCPT") and kept.refuses:
                self._say("550 nobody of that name")
            elif command == b"DATA":
                self._say("354 go on")
                kept.mails.append(self._read())
                self._say("250 taken")
            else:
                self._say("250 yes")
        self._say("221 bye")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _read(self) -> EmailMessage:
        lines: list[bytes] = []
        for _ in range(MAX_LINES):
            line = self.rfile.readline()
            if line in {b".\r\n", b""}:
                break
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return message_from_bytes(b"".join(lines), policy=policy.default)


class Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, kept: MailServer) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.kept = kept
        kept.port = self.server_address[1]


@contextmanager
def mail_server() -> Generator[MailServer]:
    """One that runs for as long as the block."""
    kept = MailServer(port=0)
    with Listener(kept) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join(SECONDS)
