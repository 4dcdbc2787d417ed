"""A way to PostgreSQL that breaks at the worst moment: around the answer to a COMMIT."""

import selectors
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

CHUNK = 65_536
LOOK_SECONDS = 0.05
JOIN_SECONDS = 10


class CuttingProxy:
    """Hands everything on, until it is told to cut a commit off."""

    def __init__(self, server_socket: Path, own_socket: Path) -> None:
        self._server_socket = server_socket
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(own_socket))
        self._listener.listen()
        self._listener.settimeout(LOOK_SECONDS)
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()
        self.cut = ""
        """`before`: the server never gets the next COMMIT; `after`: its answer is lost."""

    def close(self) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join(JOIN_SECONDS)
        self._listener.close()

    def _listen(self) -> None:
        while not self._ends.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with client, server, selectors.DefaultSelector() as ready:
            server.connect(str(self._server_socket))
            ready.register(client, selectors.EVENT_READ)
            ready.register(server, selectors.EVENT_READ)
            while not self._ends.is_set():
                for key, _ in ready.select(LOOK_SECONDS):
                    source = client if key.fileobj is client else server
                    if not self._hand_on(source, server if source is client else client, server):
                        return

    def _hand_on(self, source: socket.socket, target: socket.socket, server: socket.socket) -> bool:
        """Whether there may be more; an end that has gone meanwhile ends the other too."""
        try:
            data = source.recv(CHUNK)
            if source is not server and self.cut and b"COMMIT\0" in data:
                how, self.cut = self.cut, ""
                if how == "after":
                    server.sendall(data)
                    server.recv(CHUNK)  # it is done, and nobody hears of it
                return False
            target.sendall(data)
        except ConnectionError:
            return False
        return bool(data)


@contextmanager
def cutting_proxy(server_folder: str, folder: Path) -> Generator[CuttingProxy]:
    name = ".s.PGSQL.5432"
    proxy = CuttingProxy(Path(server_folder) / name, folder / name)
    try:
        yield proxy
    finally:
        proxy.close()
