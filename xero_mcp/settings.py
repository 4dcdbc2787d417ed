"""Settings: read once, at the edge, from flags, the environment and `.env`; handed on as a value.

Flags win over the environment, the environment over `.env`, both over the defaults.
The only file that reads the environment.
"""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn
from urllib.parse import urlsplit

from xero_mcp.errors import SettingsError

MAX_ENV_FILE_BYTES = 64 * 1024
SHIPPED_POLICIES = "shipped_policies"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Secret:
    """A string that only `reveal` gives away: not a log line, an f-string, a repr or a pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself; call it where it is sent and nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__

    def __format__(self, spec: str, /) -> str:
        return format(repr(self), spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written down: seal it with a Sealer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row of the table in docs/settings.md and of `doctor`."""

    name: str
    purpose: str
    default: str = ""
    secret: bool = False


TABLE = (
    Setting(
        name="XERO_MCP_HOME",
        purpose="The state folder: database, keys, policies.",
        default="the platform's data folder",
    ),
    Setting(
        name="XERO_MCP_DATABASE_URL",
        purpose="Where the state is kept: `sqlite:///<path>`.",
        default="sqlite:///<home>/xero-mcp.db",
    ),
    Setting(
        name="XERO_MCP_POLICIES",
        purpose="The folder of policy files.",
        default="<home>/policies where it exists, else the shipped ones",
    ),
    Setting(name="XERO_MCP_AGENT", purpose="The agent on stdio, where no --agent is given."),
    Setting(
        name="XERO_MCP_SECRET_KEY",
        purpose="Encrypts tokens at rest: any long random text.",
        default="a key file in the state folder, mode 0600",
        secret=True,
    ),
    Setting(
        name="XERO_MCP_CHECKPOINTS",
        purpose="A file or folder, best on another machine, where the audit log's signed "
        "checkpoints are kept too.",
        default="in the database alone",
    ),
    Setting(name="XERO_CLIENT_ID", purpose="The client id of the app in Xero."),
    Setting(name="XERO_CLIENT_SECRET", purpose="The secret of that app.", secret=True),
    Setting(
        name="XERO_SCOPES",
        purpose="A ceiling on what is asked of Xero: scopes with spaces between.",
        default="what the agent's policy needs",
    ),
    Setting(
        name="XERO_CLIENT_BEARER_TOKEN",
        purpose="A ready access token, used as it is until it ends.",
        secret=True,
    ),
    Setting(
        name="XERO_REDIRECT_URI",
        purpose="Where Xero sends the browser back after signing in.",
        default="http://localhost:8910/callback",
    ),
    Setting(
        name="XERO_API_URL",
        purpose="Xero's API host; a demo company's, where one is used.",
        default="https://api.xero.com",
    ),
    Setting(
        name="XERO_IDENTITY_URL",
        purpose="Xero's identity host.",
        default="https://identity.xero.com",
    ),
    Setting(
        name="XERO_LOGIN_URL",
        purpose="Xero's sign-in host.",
        default="https://login.xero.com",
    ),
)
"""Every setting that this version reads. docs/settings.md is generated from it."""

FIELDS = {
    "XERO_MCP_HOME": "home",
    "XERO_MCP_DATABASE_URL": "database_url",
    "XERO_MCP_POLICIES": "policies",
    "XERO_MCP_AGENT": "agent",
    "XERO_MCP_SECRET_KEY": "secret_key",
    "XERO_MCP_CHECKPOINTS": "checkpoints",
    "XERO_CLIENT_BEARER_TOKEN": "bearer_token",
}
"""The settings whose field is not simply their name in lower case without XERO_."""

NAMES = frozenset(setting.name for setting in TABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the house runs with, and where each value came from."""

    home: Path
    database_url: str
    policies: Path | None
    agent: str | None
    secret_key: Secret | None
    checkpoints: Path | None
    client_id: str | None
    client_secret: Secret | None
    scopes: tuple[str, ...]
    bearer_token: Secret | None
    redirect_uri: str
    api_url: str
    identity_url: str
    login_url: str
    origins: Mapping[str, str]

    @property
    def database_path(self) -> Path:
        """The SQLite file.

        Raises:
            SettingsError: the URL names another kind of database.
        """
        scheme, _, path = self.database_url.partition(":///")
        if scheme != "sqlite" or not path:
            raise SettingsError(
                "XERO_MCP_DATABASE_URL must look like sqlite:////folder/xero-mcp.db; "
                "this version keeps its state in SQLite."
            )
        return Path(path).expanduser()

    def shown(self) -> tuple[tuple[str, str, str], ...]:
        """(name, value, origin) of each setting, secrets masked: for `doctor`."""
        rows: list[tuple[str, str, str]] = []
        for setting in TABLE:
            field_name = FIELDS.get(setting.name) or setting.name.removeprefix("XERO_").lower()
            value: object = getattr(self, field_name)
            text = " ".join(self.scopes) if field_name == "scopes" else str(value or "")
            rows.append((setting.name, text, self.origins.get(setting.name, "default")))
        return tuple(rows)


def load_settings(
    *,
    flags: Mapping[str, str | None] = MappingProxyType({}),
    environment: Mapping[str, str] | None = None,
    env_file: Path | None = None,
) -> Settings:
    """Read the settings; nothing is created on disk.

    Raises:
        SettingsError: `.env` cannot be read, or a value is not of its form.
    """
    outer = os.environ if environment is None else environment
    inner = _read_env_file(env_file if env_file is not None else Path(".env"))
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for source, found in (
        (".env", inner),
        ("environment", outer),
        ("flag", {name: value for name, value in flags.items() if value is not None}),
    ):
        for name in NAMES:
            value = (found.get(name) or "").strip()
            if value:
                values[name], origins[name] = value, source
    return _from_values(values, origins)


def _from_values(values: Mapping[str, str], origins: Mapping[str, str]) -> Settings:
    home = Path(values["XERO_MCP_HOME"]).expanduser() if "XERO_MCP_HOME" in values else _home()
    policies = values.get("XERO_MCP_POLICIES")
    copies = values.get("XERO_MCP_CHECKPOINTS")
    return Settings(
        home=home,
        database_url=values.get("XERO_MCP_DATABASE_URL", f"sqlite:///{home / 'xero-mcp.db'}"),
        policies=Path(policies).expanduser() if policies else None,
        agent=values.get("XERO_MCP_AGENT"),
        secret_key=_secret(values, "XERO_MCP_SECRET_KEY"),
        checkpoints=Path(copies).expanduser() if copies else None,
        client_id=values.get("XERO_CLIENT_ID"),
        client_secret=_secret(values, "XERO_CLIENT_SECRET"),
        scopes=tuple(values.get("XERO_SCOPES", "").replace(",", " ").split()),
        bearer_token=_secret(values, "XERO_CLIENT_BEARER_TOKEN"),
        redirect_uri=values.get("XERO_REDIRECT_URI", "http://localhost:8910/callback"),
        api_url=_host(values, "XERO_API_URL", "https://api.xero.com"),
        identity_url=_host(values, "XERO_IDENTITY_URL", "https://identity.xero.com"),
        login_url=_host(values, "XERO_LOGIN_URL", "https://login.xero.com"),
        origins=MappingProxyType(dict(origins)),
    )


def _home() -> Path:
    from platformdirs import user_data_path  # noqa: PLC0415 - only where no home is set

    return user_data_path("xero-mcp", appauthor=False)


def _secret(values: Mapping[str, str], name: str) -> Secret | None:
    value = values.get(name)
    return Secret(value) if value else None


def _host(values: Mapping[str, str], name: str, default: str) -> str:
    value = values.get(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    # A name before an @ is no host: http://localhost@elsewhere goes elsewhere.
    plain_host = parts.hostname if not set("@?#\\") & set(value) else None
    loopback = parts.scheme == "http" and plain_host in LOOPBACK
    if not plain_host or not (parts.scheme == "https" or loopback):
        raise SettingsError(
            f"{name} must be an https:// address, or http:// on this machine "
            "(http://127.0.0.1:PORT); a token would travel in the clear otherwise."
        )
    return value


def _read_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines; quotes around a value are taken off; `#` starts a comment line."""
    try:
        if not path.is_file():
            return {}
        if path.stat().st_size > MAX_ENV_FILE_BYTES:
            raise SettingsError(f"{path} is larger than {MAX_ENV_FILE_BYTES} bytes.")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {type(error).__name__}.") from error
    found: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    for quote in ('"', "'"):
        if len(value) > 1 and value.startswith(quote) and value.endswith(quote):
            return value[1:-1]
    return value
