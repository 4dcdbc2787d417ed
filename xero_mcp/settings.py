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
from xero_mcp.settings_env_file import read_env_file
from xero_mcp.settings_shown_url import shown_url
from xero_mcp.settings_table import FIELDS, NAMES, TABLE
from xero_mcp.text import one_line

SHIPPED_POLICIES = "shipped_policies"
POSTGRES = ("postgresql://", "postgres://")
HOST_NAME = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?")
SHORTEST_KEY = 16
SPAN = re.compile(r"([1-9][0-9]{0,3})([yd])")
LONGEST_YEAR_DAYS = 366
CLAIM = re.compile(r"[\w.:/-]{1,200}", re.ASCII)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MINUTE_SECONDS = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,3})?")
LONGEST_MINUTE_SECONDS = 60.0
MAX_WEBHOOK_KEYS = 10
CATCH_UP_WITH_WEBHOOKS_SECONDS = 900
SHORTEST_CATCH_UP_SECONDS = 30
LONGEST_CATCH_UP_SECONDS = 86_400


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
    demo_minute_seconds: float
    """For a demo company alone: `minute_seconds` sees to that."""
    webhook_key: Secret | None
    """All keys in one text, as they are set: `webhook_keys` are what is checked with."""
    catch_up_seconds: int
    """How often Xero is asked for what changed; 0: never."""
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

    def minute_seconds(self, *, demo: bool) -> float:
        """How long the minute of Xero's limits lasts; `demo`: of the one inside this process.

        Raises:
            SettingsError: it is shortened, and not for a demo company on this machine.
        """
        hosts = {urlsplit(url).hostname for url in (self.api_url, self.identity_url)}
        if self.demo_minute_seconds < LONGEST_MINUTE_SECONDS and not (demo or hosts <= LOOPBACK):
            raise SettingsError(
                "XERO_MCP_DEMO_MINUTE_SECONDS is for a demo company on this machine: Xero's own "
                "minute cannot be shortened. Leave it out, or point XERO_API_URL and "
                "XERO_IDENTITY_URL at a demo company (`xero-mcp demo-company` says how)."
            )
        return self.demo_minute_seconds

    @property
    def webhook_keys(self) -> tuple[Secret, ...]:
        """The keys with which a delivery may be signed: two, while one takes over."""
        return _webhook_keys(self.webhook_key)

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
            text = "" if value is None else str(value)
            if isinstance(value, tuple):
                text = " ".join(str(one) for one in cast("tuple[object, ...]", value))
            if field_name == "database_url":
                text = shown_url(text)
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
    inner = read_env_file(env_file if env_file is not None else Path(".env"))
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


def named_secret(name: str) -> Secret | None:
    """A secret under a name that a person's file gives: in the environment, else in `.env`."""
    value = os.environ.get(name) or read_env_file(Path(".env")).get(name)
    return Secret(value) if value else None


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
        demo_minute_seconds=_minute(values, "XERO_MCP_DEMO_MINUTE_SECONDS"),
        webhook_key=_webhook_key(values, "XERO_WEBHOOK_KEY"),
        catch_up_seconds=_catch_up(values, "XERO_MCP_CATCH_UP_SECONDS"),
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
    parts = urlsplit(_host(values, name, ""))
    if parts.path:
        raise SettingsError(
            f"{name} must be a bare address such as https://mcp.example.com: MCP is always at /mcp."
        )
    # As browsers and clients write it: tokens are for this address, and forms come from it.
    usual_port = ":443" if parts.scheme == "https" else ":80"
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual_port)}"


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


def _minute(values: Mapping[str, str], name: str) -> float:
    value = values.get(name, "60")
    if not MINUTE_SECONDS.fullmatch(value) or not 1 <= float(value) <= LONGEST_MINUTE_SECONDS:
        raise SettingsError(f"{name} must be a number of seconds from 1 to 60, such as 6 or 7.5.")
    return float(value)


def _webhook_key(values: Mapping[str, str], name: str) -> Secret | None:
    value = _secret(values, name)
    keys = [key.reveal() for key in _webhook_keys(value)]
    fit = all(len(key) >= SHORTEST_KEY and key.isascii() and key.isprintable() for key in keys)
    if value is not None and not (fit and 1 <= len(keys) <= MAX_WEBHOOK_KEYS):
        raise SettingsError(
            f"{name} must be the webhook's signing key as its page at developer.xero.com shows it, "
            f"{SHORTEST_KEY} plain characters at least; while it is rotated, the old one and the "
            "new one with a comma between."
        )
    return value


def _webhook_keys(given: Secret | None) -> tuple[Secret, ...]:
    text = given.reveal() if given is not None else ""
    return tuple(Secret(one) for one in re.split(r"[,\s]+", text) if one)


def _catch_up(values: Mapping[str, str], name: str) -> int:
    default = CATCH_UP_WITH_WEBHOOKS_SECONDS if values.get("XERO_WEBHOOK_KEY") else 0
    value = values.get(name, str(default))
    seconds = int(value) if re.fullmatch(r"[0-9]{1,6}", value) else -1
    if seconds and not SHORTEST_CATCH_UP_SECONDS <= seconds <= LONGEST_CATCH_UP_SECONDS:
        raise SettingsError(
            f"{name} must be a number of seconds from {SHORTEST_CATCH_UP_SECONDS} to "
            f"{LONGEST_CATCH_UP_SECONDS}, such as 900; or 0 for never."
        )
    return seconds


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
