"""Settings: read once, at the edge, from flags, the environment and `.env`; handed on as a value.

Flags win over the environment, the environment over `.env`, both over the defaults.
The only file that reads the environment.
"""

import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn, cast
from urllib.parse import urlsplit

from xero_mcp.errors import SettingsError
from xero_mcp.settings_table import FIELDS, NAMES, TABLE
from xero_mcp.text import one_line

MAX_ENV_FILE_BYTES = 64 * 1024
SHIPPED_POLICIES = "shipped_policies"
POSTGRES = ("postgresql://", "postgres://")
_HOST = r"(?:\[[0-9a-fA-F:.]+\]|[\w.%-]*)(?::[0-9]*)?"
POSTGRES_URL = re.compile(
    r"(?P<scheme>postgres(?:ql)?://)(?:(?P<user>[^:@/?#\s]*)(?P<password>:[^@/?#\s]*)?@)?"
    rf"(?P<place>{_HOST}(?:,{_HOST})*(?:/[\w.%~+-]*)?)(?:\?(?P<options>[^@\s#]*))?"
)
"""Where a password with a bare @, / or ? could be taken for a host, it is no address of ours."""
HARMLESS = frozenset(
    {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "dbname",
        "host",
        "options",
        "port",
        "sslcert",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
        "user",
    }
)
"""The options in a database's URL that `doctor` shows."""
HOST_NAME = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?")
SHORTEST_KEY = 16
SPAN = re.compile(r"([1-9][0-9]{0,3})([yd])")
LONGEST_YEAR_DAYS = 366
CLAIM = re.compile(r"[\w.:/-]{1,200}", re.ASCII)
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
class Settings:
    """What the house runs with, and where each value came from."""

    home: Path
    database_url: str = field(repr=False)
    """It may hold a password: `shown_url` leaves that out."""
    policies: Path | None
    agent: str | None
    secret_key: Secret | None
    checkpoints: Path | None
    audit_retention: str
    smtp_url: Secret | None
    otlp_endpoint: str
    public_url: str | None
    """Without a slash at its end, and without a path."""
    allowed_hosts: tuple[str, ...]
    metrics_key: Secret | None
    oidc_issuer: str | None
    oidc_audience: str | None
    oidc_agent_claim: str
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
                "XERO_MCP_DATABASE_URL must look like sqlite:////folder/xero-mcp.db, or like "
                "postgresql://user:password@host/database."
            )
        return Path(path).expanduser()

    @property
    def database_is_postgres(self) -> bool:
        return self.database_url.startswith(POSTGRES)

    @property
    def audit_retention_days(self) -> int:
        """How old a record must be before it may be purged."""
        number, unit = self.audit_retention[:-1], self.audit_retention[-1]
        return int(number) * (LONGEST_YEAR_DAYS if unit == "y" else 1)

    def shown(self) -> tuple[tuple[str, str, str], ...]:
        """(name, value, origin) of each setting, secrets masked: for `doctor`."""
        rows: list[tuple[str, str, str]] = []
        for setting in TABLE:
            field_name = FIELDS.get(setting.name) or setting.name.removeprefix("XERO_").lower()
            value: object = getattr(self, field_name)
            text = str(value or "")
            if isinstance(value, tuple):
                text = " ".join(str(one) for one in cast("tuple[object, ...]", value))
            if field_name == "database_url":
                text = shown_url(text)
            rows.append((setting.name, text, self.origins.get(setting.name, "default")))
        return tuple(rows)


def shown_url(url: str) -> str:
    """The address of a database without what is secret in it; of an unclear one, nothing."""
    if url.startswith("sqlite:///"):
        return url
    found = POSTGRES_URL.fullmatch(url)
    if found is None:
        return "****"
    user = f"{found['user']}{':****' if found['password'] else ''}@" if found["user"] else ""
    options = (found["options"] or "").split("&")
    shown = [one if one.partition("=")[0] in HARMLESS else "****" for one in options]
    query = f"?{'&'.join(shown)}" if found["options"] else ""
    return f"{found['scheme']}{user}{found['place']}{query}"


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
        audit_retention=_span(values, "XERO_MCP_AUDIT_RETENTION", "7y"),
        otlp_endpoint=_collector(values, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        smtp_url=_secret(values, "XERO_MCP_SMTP_URL"),
        public_url=_public_url(values, "XERO_MCP_PUBLIC_URL"),
        allowed_hosts=_host_names(values, "XERO_MCP_ALLOWED_HOSTS"),
        metrics_key=_long_secret(values, "XERO_MCP_METRICS_KEY"),
        oidc_issuer=_issuer(values, "XERO_MCP_OIDC_ISSUER"),
        oidc_audience=values.get("XERO_MCP_OIDC_AUDIENCE"),
        oidc_agent_claim=_claim(values, "XERO_MCP_OIDC_AGENT_CLAIM"),
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


def _span(values: Mapping[str, str], name: str, default: str) -> str:
    value = values.get(name, default)
    if not SPAN.fullmatch(value):
        raise SettingsError(f"{name} must be a span like 7y (years) or 400d (days), one or more.")
    return value


def _collector(values: Mapping[str, str], name: str) -> str:
    """The address of a collector; one without a scheme, or with a password, is none of ours."""
    value = values.get(name, "")
    if value and (not re.fullmatch(r"https?://[^\s@]+", value)):
        raise SettingsError(f"{name} must look like http://127.0.0.1:4318, without a password.")
    return value


def _secret(values: Mapping[str, str], name: str) -> Secret | None:
    value = values.get(name)
    return Secret(value) if value else None


def _long_secret(values: Mapping[str, str], name: str) -> Secret | None:
    value = _secret(values, name)
    if value is not None and len(value.reveal()) < SHORTEST_KEY:
        raise SettingsError(f"{name} is too short to be a key: {SHORTEST_KEY} characters at least.")
    return value


def _public_url(values: Mapping[str, str], name: str) -> str | None:
    if name not in values:
        return None
    value = _host(values, name, "")
    if urlsplit(value).path:
        raise SettingsError(
            f"{name} must be a bare address such as https://mcp.example.com: MCP is always at /mcp."
        )
    return value


def _issuer(values: Mapping[str, str], name: str) -> str | None:
    """Kept to the letter, with or without a slash at its end: tokens must name it so."""
    if name not in values:
        return None
    host = urlsplit(_host(values, name, "")).hostname or ""
    if host == "xero.com" or host.endswith(".xero.com"):
        raise SettingsError(
            f"{name} is Xero's own: tokens for Xero's API are not let through. Name the identity "
            "provider of your house, or give agents keys: `xero-mcp agents add NAME`."
        )
    if not values.get("XERO_MCP_OIDC_AUDIENCE") and not values.get("XERO_MCP_PUBLIC_URL"):
        raise SettingsError(
            f"{name} needs XERO_MCP_OIDC_AUDIENCE, or XERO_MCP_PUBLIC_URL: a token must say that "
            "it is meant for this server."
        )
    return values[name]


def _claim(values: Mapping[str, str], name: str) -> str:
    value = values.get(name, "agent")
    if not CLAIM.fullmatch(value):
        raise SettingsError(f"{name} must be the name of a claim, such as agent or azp.")
    return value


def _host_names(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    names = tuple(one for one in re.split(r"[,\s]+", values.get(name, "").lower()) if one)
    for one in names:
        if not HOST_NAME.fullmatch(one):
            raise SettingsError(
                f"{name} must be host names with commas between, without scheme, port or *; "
                f"{one_line(one, limit=60)!r} is none."
            )
    return names


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
