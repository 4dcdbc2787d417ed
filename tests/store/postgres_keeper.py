"""Keeps one PostgreSQL server for a test run: `python postgres_keeper.py BINARIES PARENT_FOLDER`.

A process of its own, which ends the server and removes its files when its standard input
closes: that happens however the test run ends, also where it is killed.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

INITDB_SECONDS = 60
STOP_SECONDS = 10
PARENT_DIED = 1
"""PR_SET_PDEATHSIG."""
ENDINGS = {"stop": signal.SIGINT, "crash": signal.SIGQUIT}
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "max_wal_size": "128MB",
    "autovacuum": "off",
    "logging_collector": "off",
    "log_min_messages": "fatal",
}


class Owner(NamedTuple):
    """As whom the server runs; None: as whoever runs the tests."""

    user: int | None = None
    group: int | None = None
    groups: tuple[int, ...] | None = None


def owner() -> Owner:
    """Somebody else than root, whom PostgreSQL refuses to serve."""
    if os.geteuid() != 0:
        return Owner()
    nobody = pwd.getpwnam("nobody")
    return Owner(nobody.pw_uid, nobody.pw_gid, ())


def die_with_parent() -> None:
    """Where the system offers it, the server ends even if this keeper is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGQUIT)


def within_reach(binaries: Path, folder: Path, who: Owner) -> Path:
    """The programs, copied where their user may not go to them."""
    try:
        asked = subprocess.run(
            [binaries / "postgres", "--version"],
            capture_output=True,
            timeout=INITDB_SECONDS,
            check=False,
            user=who.user,
            group=who.group,
            extra_groups=who.groups,
        )
    except PermissionError:
        pass
    else:
        if asked.returncode == 0:
            return binaries
    # The programs look for their libraries by the way from one to the other.
    package = binaries.parents[1]
    libraries = f"{package.name}.libs"
    copy = folder / "programs"
    shutil.copytree(binaries.parent, copy / package.name / binaries.parent.name, symlinks=True)
    if (package.parent / libraries).is_dir():
        shutil.copytree(package.parent / libraries, copy / libraries)
    return copy / package.name / binaries.parent.name / binaries.name


def make(binaries: Path, folder: Path, who: Owner) -> None:
    command = [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"]
    command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        timeout=INITDB_SECONDS,
        cwd=folder,
        user=who.user,
        group=who.group,
        extra_groups=who.groups,
    )


def started(binaries: Path, folder: Path, who: Owner) -> subprocess.Popen[bytes]:
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    for name, value in SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - this process has one thread
            user=who.user,
            group=who.group,
            extra_groups=who.groups,
        )


def stop(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    server.send_signal(signal.SIGCONT)
    server.send_signal(how)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(STOP_SECONDS)


def keep(binaries: Path, parent: Path) -> None:
    """Obey `start`, `stop`, `crash`, `freeze` and `thaw`, one on a line, until there is no more.

    Each is answered by a line: the server's process and folder, or what failed.
    """
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=parent))
    server: subprocess.Popen[bytes] | None = None
    try:
        who = owner()
        if who.user is not None:
            shutil.chown(folder, who.user, who.group)
        reachable = within_reach(binaries, folder, who)
        make(reachable, folder, who)
        for line in sys.stdin:
            word = line.strip()
            if word == "start":
                server = started(reachable, folder, who)
            elif server is not None and word in ENDINGS:
                stop(server, ENDINGS[word])
            elif server is not None:
                # The postmaster and its sessions, or a frozen server still serves whom it knows.
                _signal_all(server.pid, signal.SIGSTOP if word == "freeze" else signal.SIGCONT)
            sys.stdout.write(f"{server.pid if server else 0} {folder}\n")
            sys.stdout.flush()
    finally:
        if server is not None and server.poll() is None:
            stop(server, signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def _signal_all(pid: int, how: signal.Signals) -> None:
    found = subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, timeout=STOP_SECONDS, check=False
    )
    for process in [*map(int, found.stdout.split()), pid]:
        with suppress(ProcessLookupError):
            os.kill(process, how)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C for the test run is told by its end
    keep(Path(sys.argv[1]), Path(sys.argv[2]))
