"""One connection to PostgreSQL that never waits without an end, and what its errors mean."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import psycopg
from psycopg import conninfo
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

from xero_mcp.errors import SettingsError, StoreUnavailableError
from xero_mcp.settings_shown_url import POSTGRES_URL

if TYPE_CHECKING:
    from psycopg.abc import ConnParam, PQGen

RV = TypeVar("RV")

OLDEST_SERVER = 160_000
WAIT_INTERVAL_SECONDS = 0.1
MARGIN_SECONDS = 2.0
"""The server itself ends what takes too long; so much later we stop believing in it."""
MAX_ERROR_CHARACTERS = 300
HIDDEN = ("password", "sslpassword", "oauth_client_secret")

_SENTENCES = {
    "28": "refuses the sign-in. Check user and password in XERO_MCP_DATABASE_URL",
    "3D": "is not there. Make it, or correct XERO_MCP_DATABASE_URL",
    "3F": "has no such schema. Make it, or correct the search_path in XERO_MCP_DATABASE_URL",
    "53": "has no room for more connections, memory or data. Give it more",
    "25": "takes no changes: it is read-only or a standby. Point XERO_MCP_DATABASE_URL at the "
    "primary server",
    "55": "is kept locked by another session for too long. Look into pg_stat_activity for it",
    "57": "was stopped, or took too long to answer. Look whether the server runs",
    "23": "refused a change that would break its rules",
    "42": "does not let this role do that, or its tables are not as they should be. Run the "
    "command as the owner of the tables; `xero-mcp store migrate` brings them up to date",
}
_UNREADABLE = (
    "XERO_MCP_DATABASE_URL cannot be read: it must look like "
    "postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full, with every special "
    "character of user and password percent-encoded (@ as %40, / as %2F)."
)
_GONE = "cannot be reached. Look whether the server runs and this machine may connect to it"
_REFUSED = (
    "lets nobody in just now, or not with this user, password and database name. Check them in "
    "XERO_MCP_DATABASE_URL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long anything may take before the store counts as unavailable."""

    connect_seconds: int = 5
    lock_seconds: float = 5.0
    """For whoever else is writing."""
    statement_seconds: float = 10.0

    @property
    def begin_seconds(self) -> float:
        """For the lock; there is no other work in it, so silence tells of a server that is away."""
        return self.lock_seconds + MARGIN_SECONDS

    @property
    def answer_seconds(self) -> float:
        return max(self.statement_seconds, self.lock_seconds) + MARGIN_SECONDS


class BoundedConnection(psycopg.Connection[tuple[object, ...]]):
    """Gives a server up that does not answer: a frozen one keeps no timeout of its own."""

    answer_seconds = Patience().answer_seconds
    gave_up = False

    def wait(
        self,
        gen: "PQGen[RV]",
        interval: float = WAIT_INTERVAL_SECONDS,
        timeout: float | None = None,
    ) -> RV:
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.gave_up = True
                self.pgconn.finish()
            raise


class Address:
    """Where the database is; shown without its secrets, whoever shows it."""

    def __init__(self, url: str) -> None:
        """Raises SettingsError where libpq could not use it; the text of it is told to nobody."""
        if POSTGRES_URL.fullmatch(url) is None:
            raise SettingsError(_UNREADABLE)
        try:
            self._parameters = dict(conninfo.conninfo_to_dict(url))
        except psycopg.Error:
            raise SettingsError(_UNREADABLE) from None  # its text may hold half a password

    def __repr__(self) -> str:
        return f"Address({self})"

    def __str__(self) -> str:
        name = self._parameters.get("dbname") or self._parameters.get("user") or "its default"
        host = self._parameters.get("host") or self._parameters.get("hostaddr")
        return f"PostgreSQL database {name}" + (f" at {host}" if host else "")

    def connect(self, patience: Patience) -> BoundedConnection:
        """Open a connection whose session is set up.

        Raises:
            psycopg.Error: it cannot be opened; `unavailable` says what that means.
            StoreUnavailableError: the server is not one that we can use.
        """
        connection = BoundedConnection.connect(
            conninfo.make_conninfo("", **(self._defaults(patience) | self._parameters)),
            autocommit=True,
        )
        connection.answer_seconds = patience.answer_seconds
        # One type for each kind of value, so that a statement is planned once.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_dumper(str, StrDumper)
        try:
            self._must_be_usable(connection)
            connection.execute(_set_up(patience), prepare=False)
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def _defaults(patience: Patience) -> "dict[str, ConnParam]":
        """What the URL may say otherwise."""
        return {
            "connect_timeout": patience.connect_seconds,
            "application_name": "xero-mcp",
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        }

    def _must_be_usable(self, connection: BoundedConnection) -> None:
        version = connection.info.server_version
        if version < OLDEST_SERVER:
            raise StoreUnavailableError(
                f"The {self} is of version {version // 10_000}; xero-mcp needs PostgreSQL 16 or "
                "later. Upgrade the server."
            )
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise StoreUnavailableError(
                f"The {self} keeps text as {encoding}, which cannot hold every name. Make a "
                "database with ENCODING 'UTF8'."
            )

    def unavailable(self, error: psycopg.Error) -> StoreUnavailableError:
        """The same, in a sentence that says what to do, and without a secret."""
        state = error.sqlstate or ""
        refused = _REFUSED if "FATAL:" in str(error) else _GONE
        known = _SENTENCES.get(state[:2]) if state else refused
        said = " ".join(self.without_secrets(str(error)).split())[:MAX_ERROR_CHARACTERS]
        if known is None:
            return StoreUnavailableError(f"The {self} failed ({said}). Nothing was changed.")
        return StoreUnavailableError(f"The {self} {known} ({said}). Nothing was changed.")

    def without_secrets(self, text: str) -> str:
        for name in HIDDEN:
            secret = self._parameters.get(name)
            if secret:
                text = text.replace(str(secret), "****")
        return text


def _set_up(patience: Patience) -> bytes:
    """What every session of ours asks for, in one go.

    A role or a database that does not wait for its disk may not decide so for evidence.
    """
    statement_ms = round(patience.statement_seconds * 1000)
    return (
        f"SET statement_timeout = {statement_ms}; "
        f"SET idle_in_transaction_session_timeout = {statement_ms}; "
        f"SET lock_timeout = {round(patience.lock_seconds * 1000)}; "
        "SET default_transaction_read_only = off; "
        "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; "
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'"
    ).encode()
