"""Where the key that seals tokens comes from."""

import stat
from pathlib import Path

import pytest

from xero_mcp.app.sealing_key import KEY_FILE, KEYRING, secret_key
from xero_mcp.errors import SettingsError
from xero_mcp.settings import Settings, load_settings


class Ring:
    """A keyring that works."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service_name: str, username: str) -> str | None:
        return self.kept.get((service_name, username))

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self.kept[service_name, username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        del self.kept[service_name, username]


class LockedRing(Ring):
    """One that its owner has not opened."""

    def get_password(self, service_name: str, username: str) -> str | None:
        raise PermissionError(service_name, username)


class SlowRing(Ring):
    """While this process makes a key, another one has made the file."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home

    def set_password(self, service_name: str, username: str, password: str) -> None:
        super().set_password(service_name, username, password)
        if not (self.home / KEY_FILE).exists():
            super().set_password(service_name, "the-faster-one", "its-key")
            (self.home / KEY_FILE).write_bytes(KEYRING + b"the-faster-one")


def settings(home: Path, **more: str) -> Settings:
    return load_settings(
        environment={"XERO_MCP_HOME": str(home), **more}, env_file=home / "no-such-file"
    )


def test_the_setting_goes_first(tmp_path: Path):
    ring = Ring()
    outside = {"XERO_MCP_SECRET_KEY": "from-outside"}
    found = secret_key(settings(tmp_path, **outside), keyring=ring)
    assert found == b"from-outside"
    assert ring.kept == {}
    assert list(tmp_path.iterdir()) == []


def test_the_keyring_keeps_it_and_the_file_says_only_where(tmp_path: Path):
    ring = Ring()
    key = secret_key(settings(tmp_path), keyring=ring)
    assert key.decode() in ring.kept.values()
    written = (tmp_path / KEY_FILE).read_bytes()
    assert written.startswith(KEYRING)
    assert key not in written
    assert secret_key(settings(tmp_path), keyring=ring) == key


def test_without_a_keyring_it_is_a_file_of_our_own(tmp_path: Path):
    key = secret_key(settings(tmp_path), keyring=LockedRing())
    path = tmp_path / KEY_FILE
    assert path.read_bytes() == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_in_a_file_stays_where_it_is(tmp_path: Path):
    key = secret_key(settings(tmp_path), keyring=LockedRing())
    ring = Ring()
    assert secret_key(settings(tmp_path), keyring=ring) == key
    assert ring.kept == {}


def test_each_home_has_a_key_of_its_own(tmp_path: Path):
    ring = Ring()
    keys = {secret_key(settings(tmp_path / name), keyring=ring) for name in ("one", "other")}
    assert len(keys) == 2


@pytest.mark.parametrize("ring", [LockedRing(), Ring()], ids=["locked", "another user's"])
def test_a_keyring_that_does_not_give_it_is_told(tmp_path: Path, ring: Ring):
    secret_key(settings(tmp_path), keyring=Ring())
    with pytest.raises(SettingsError, match="XERO_MCP_SECRET_KEY"):
        secret_key(settings(tmp_path), keyring=ring)


def test_of_two_that_make_it_at_once_both_have_the_same(tmp_path: Path):
    ring = SlowRing(tmp_path)
    assert secret_key(settings(tmp_path), keyring=ring) == b"its-key"
    assert list(ring.kept.values()) == ["its-key"], "the other is taken out again"
