"""Mail for the people who asked for it, through the mail server of XERO_MCP_SMTP_URL."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import parseaddr
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.settings import Settings

SECONDS = 30.0
PORTS = {"smtp": 587, "smtps": 465}
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
FORM = "smtp://user:password@host:587?from=a@example.com"


class Attached(NamedTuple):
    """A file that goes with it."""

    name: str
    media_type: str
    text: str


class MailServer(NamedTuple):
    """Where mail goes, as the setting says."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    sender: str

    @property
    def is_here(self) -> bool:
        return self.host in HERE


def mail(
    settings: Settings, to: str, subject: str, text: str, attached: Attached | None = None
) -> None:
    """Send one mail, and return when the mail server has taken it.

    Raises:
        CommandError: there is no mail server, it cannot be reached, or it does not take it.
    """
    server = mail_server(settings)
    if parseaddr(to)[1].count("@") != 1 or any(sign in to for sign in "\r\n,;"):
        raise CommandError(f"{to!r} is not one email address.", exit_code=ExitCode.USAGE)
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, to, subject
    message.set_content(text)
    if attached is not None:
        kind, _, subtype = attached.media_type.partition("/")
        message.add_attachment(
            attached.text.encode(), maintype=kind, subtype=subtype, filename=attached.name
        )
    try:
        _send(server, message)
    except (OSError, smtplib.SMTPException) as error:
        raise CommandError(
            f"The mail server {server.host}:{server.port} did not take it "
            f"({type(error).__name__}). Look at XERO_MCP_SMTP_URL, then try again.",
            exit_code=ExitCode.UNREACHABLE,
        ) from error


def _send(server: MailServer, message: EmailMessage) -> None:
    if server.scheme == "smtps":
        context = ssl.create_default_context()
        with smtplib.SMTP_SSL(
            server.host, server.port, timeout=SECONDS, context=context
        ) as connection:
            _hand_over(connection, server, message)
        return
    with smtplib.SMTP(server.host, server.port, timeout=SECONDS) as connection:
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
        elif not server.is_here:
            raise smtplib.SMTPNotSupportedError("it offers no encryption")
        _hand_over(connection, server, message)


def _hand_over(connection: smtplib.SMTP, server: MailServer, message: EmailMessage) -> None:
    if server.user:
        connection.login(server.user, server.password)
    connection.send_message(message)


def mail_server(settings: Settings) -> MailServer:
    """The mail server of the settings; it is not asked for yet.

    Raises:
        CommandError: there is none, or its address cannot be read.
    """
    if settings.smtp_url is None:
        raise CommandError(
            f"There is no mail server: set XERO_MCP_SMTP_URL ({FORM}).", exit_code=ExitCode.USAGE
        )
    try:
        return _read(urlsplit(settings.smtp_url.reveal()))
    except ValueError as error:
        raise CommandError(
            f"XERO_MCP_SMTP_URL cannot be read: {error}. It looks like {FORM}.",
            exit_code=ExitCode.USAGE,
        ) from error


def _read(url: SplitResult) -> MailServer:
    if url.scheme not in PORTS or not url.hostname:
        raise ValueError("it names no smtp:// or smtps:// host")
    sender = parse_qs(url.query).get("from", [""])[0] or unquote(url.username or "")
    if sender.count("@") != 1:
        raise ValueError("it does not say who sends (?from=a@example.com)")
    return MailServer(
        scheme=url.scheme,
        host=url.hostname,
        port=url.port or PORTS[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        sender=sender,
    )
