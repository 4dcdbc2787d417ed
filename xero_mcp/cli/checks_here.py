"""Checks of this machine: Python, the state folder, the database, who may read secrets."""

import os
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

from xero_mcp.app import KEY_FILE, open_office, signing_key
from xero_mcp.audit.finding import Fault
from xero_mcp.audit.signing import KEY_FILE as SIGNING_KEY_FILE
from xero_mcp.audit.signing import KeyFormError
from xero_mcp.audit.sought import searched
from xero_mcp.cli.checks import Check, mend, ok, warn
from xero_mcp.errors import SettingsError, StoreUnavailableError
from xero_mcp.settings import Settings
from xero_mcp.settings_shown_url import shown_url
from xero_mcp.settings_table import TABLE
from xero_mcp.transport.tracing import what_is_missing

OLDEST_PYTHON = (3, 11)
OTHERS = 0o077
OTHERS_WRITE = 0o002
ENV_FILE = Path(".env")


async def check_here(settings: Settings) -> AsyncIterator[Check]:
    yield _python()
    yield _home(settings.home)
    yield await _database(settings)
    if (settings.home / SIGNING_KEY_FILE).exists():
        yield _signing_key(settings)
    if settings.database_is_postgres and settings.secret_key is None:
        yield warn(
            "keys",
            "this machine has keys of its own",
            fix="Set XERO_MCP_SECRET_KEY to the same text on every replica; each would ask Xero "
            "for its own tokens otherwise.",
        )
    if settings.otlp_endpoint:
        yield _spans(settings.otlp_endpoint)
    for check in _secrets(settings):
        yield check


def _spans(endpoint: str) -> Check:
    missing = what_is_missing(endpoint)
    if missing:
        return mend("spans", "none can be sent", fix=missing)
    return ok("spans", f"to {endpoint}")


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        return mend("Python", version, fix="Install Python 3.11 or later.")
    return ok("Python", version)


def _home(home: Path) -> Check:
    name = "state folder"
    if not home.exists():
        parent = next(folder for folder in home.absolute().parents if folder.exists())
        if not os.access(parent, os.W_OK):
            return mend(
                name,
                f"{home} is not there and cannot be made",
                fix=f"Let this user write {parent}, or set XERO_MCP_HOME.",
            )
        return ok(name, f"{home}, made when `xero-mcp serve` first runs")
    if not home.is_dir():
        return mend(name, f"{home} is not a folder", fix="Set XERO_MCP_HOME to a folder.")
    if not os.access(home, os.W_OK | os.X_OK):
        return mend(name, f"{home} cannot be written", fix=f"Let this user write {home}.")
    if _open_to(home, OTHERS):
        return mend(name, f"{home} is open to other users", fix=f"chmod 700 {home}")
    return ok(name, f"{home}, closed to other users")


async def _database(settings: Settings) -> Check:
    name = "database"
    try:
        if not settings.database_is_postgres and not settings.database_path.exists():
            return ok(name, f"{settings.database_path}, made when `xero-mcp serve` first runs")
        async with open_office(settings) as office:
            await office.store.check()
            verdict = await searched(office.store, await office.audit.verify())
    except SettingsError as error:
        return mend(name, "the setting is wrong", fix=str(error))
    except StoreUnavailableError as error:
        return mend(name, "it cannot be used", fix=str(error))
    if verdict.finding is not None:
        is_sound = verdict.finding.fault is Fault.MISLISTED
        what = "what searches of the audit log find" if is_sound else "the audit log"
        return mend(
            name,
            f"{what} is not as it was written. {verdict.finding.message}",
            fix="Keep a copy of the database, and look with `xero-mcp audit verify`.",
        )
    place = shown_url(settings.database_url).removeprefix("sqlite:///")
    return ok(name, f"{place}, {verdict.records} audit records, each as it was written")


def _signing_key(settings: Settings) -> Check:
    name = "signing key"
    try:
        signing_key(settings)
    except (KeyFormError, OSError) as error:
        return mend(
            name,
            f"the audit log cannot be signed: {error}",
            fix="Put the file back from a backup. With a new one, what was signed before is "
            "checked with `audit verify --public-key` and the old public key.",
        )
    return ok(name, "it signs the audit log; keep a copy of its public half elsewhere")


def _secrets(settings: Settings) -> Iterator[Check]:
    """Files with secrets in them, and who may read them."""
    exposed = [path for path in _secret_files(settings) if _open_to(path, OTHERS)]
    for path in exposed:
        yield mend("secrets", f"{path} can be read by other users", fix=f"chmod 600 {path}")
    if not exposed:
        yield ok("secrets", "no file with a secret in it can be read by other users")


def _secret_files(settings: Settings) -> Iterator[Path]:
    yield settings.home / KEY_FILE
    yield settings.home / SIGNING_KEY_FILE
    with suppress(SettingsError):  # told where the database is checked
        if not settings.database_is_postgres:
            yield settings.database_path
    secret = (setting.name for setting in TABLE if setting.secret)
    names = [*secret, "XERO_MCP_DATABASE_URL"] if settings.database_is_postgres else [*secret]
    if any(settings.origins.get(name) == ".env" for name in names):
        yield ENV_FILE.absolute()


def writable_by_others(path: Path) -> bool:
    """Whether somebody else could change what stands there."""
    return _open_to(path, OTHERS_WRITE)


def _open_to(path: Path, bits: int) -> bool:
    if sys.platform == "win32":
        return False  # its modes say nothing of who may read
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & bits)
    except OSError:
        return False
