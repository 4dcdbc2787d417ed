"""The key that seals what rests in the store: from the settings, the system keyring or a file.

The file decides, since it is made once whoever comes first: it holds the key, or says under
which name the keyring has it.
"""

import importlib
import secrets
from contextlib import suppress
from typing import Protocol, cast

from xero_mcp.errors import SettingsError
from xero_mcp.settings import Settings
from xero_mcp.store.private_file import read_or_make

KEY_FILE = "secret.key"
KEYRING = b"keyring:"
SERVICE = "xero-mcp"
KEY_BYTES = 32
NAME_BYTES = 8
LEAST_PRIORITY = 1
"""Of a keyring that is one; those below keep nothing, or in the clear."""


class Keyring(Protocol):
    """What is used of the keyring library."""

    def get_password(self, service_name: str, username: str) -> str | None: ...

    def set_password(self, service_name: str, username: str, password: str) -> None: ...

    def delete_password(self, service_name: str, username: str) -> None: ...


def secret_key(settings: Settings, *, keyring: Keyring | None = None) -> bytes:
    """The key, made at its first use; `keyring` stands in for the system's own.

    Raises:
        SettingsError: it is in a keyring that cannot be opened.
        OSError: the file can neither be read nor made.
    """
    if settings.secret_key is not None:
        return settings.secret_key.reveal().encode()
    made: list[str] = []

    def make() -> bytes:
        key = secrets.token_hex(KEY_BYTES)
        kept = _kept(keyring or system_keyring(), key)
        if kept is None:
            return key.encode()
        made.append(kept)
        return KEYRING + kept.encode()

    found = read_or_make(settings.home / KEY_FILE, make)
    if not found.startswith(KEYRING):
        return found
    name = found.removeprefix(KEYRING).decode()
    for lost in made:
        if lost != name:  # another process was faster
            _forget(keyring or system_keyring(), lost)
    return _from(keyring or system_keyring(), name)


def system_keyring() -> Keyring | None:
    """The system's keyring, where `xero-mcp[keyring]` is installed and there is one."""
    try:
        library = importlib.import_module("keyring")
    except ImportError:
        return None
    backend = library.get_keyring()
    return cast("Keyring", library) if backend.priority >= LEAST_PRIORITY else None


def _kept(keyring: Keyring | None, key: str) -> str | None:
    """The name under which the keyring has it now; None where it does not take it."""
    if keyring is None:
        return None
    name = secrets.token_hex(NAME_BYTES)
    try:
        keyring.set_password(SERVICE, name, key)
        return name if keyring.get_password(SERVICE, name) == key else None
    except Exception:  # noqa: BLE001 - each system's keyring fails in its own way; a file will do
        return None


def _forget(keyring: Keyring | None, name: str) -> None:
    if keyring is not None:
        with suppress(Exception):  # it opens nothing
            keyring.delete_password(SERVICE, name)


def _from(keyring: Keyring | None, name: str) -> bytes:
    try:
        key = keyring.get_password(SERVICE, name) if keyring is not None else None
    except Exception as error:
        raise SettingsError(
            f"The system keyring cannot be read ({type(error).__name__}). Unlock it, or set "
            "XERO_MCP_SECRET_KEY."
        ) from error
    if key is None:
        raise SettingsError(
            f"The key is in the system keyring ({SERVICE}, {name}), and cannot be found there. "
            "Install xero-mcp[keyring] and log in as the user who made it, or set "
            "XERO_MCP_SECRET_KEY to it."
        )
    return key.encode()
