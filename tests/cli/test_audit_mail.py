"""The daily summary and the checkpoints, mailed through a mail server of our own."""

import pytest

from tests.cli.command import XeroMcp
from tests.cli.mail_server import mail_server

TO = "controller@example.com"


@pytest.fixture
def served(xero_mcp: XeroMcp) -> XeroMcp:
    """A log with something in it."""
    assert xero_mcp("serve", "--agent", "ap-clerk", "--demo").code == 0
    return xero_mcp


def test_the_summary_comes_as_text_with_a_page(served: XeroMcp) -> None:
    with mail_server() as server:
        ended = served("audit", "summary", "--mail", TO, XERO_MCP_SMTP_URL=server.url)
        assert ended.code == 0, ended.err
        [mail] = server.mails
    assert (mail["To"], mail["From"]) == (TO, "xero-mcp@example.com")
    assert mail["Subject"].startswith("What agents did in Xero: 20")
    [page] = mail.iter_attachments()
    assert page.get_filename() == "summary.html"
    assert page.get_content_type() == "text/html"
    assert page.get_content().startswith("<!doctype html>")
    body = mail.get_body(("plain",))
    assert body is not None
    assert "ap-clerk: 0 let through" in body.get_content()


def test_checkpoints_are_mailed_and_copied(served: XeroMcp) -> None:
    place = served.home / "elsewhere.jsonl"
    with mail_server() as server:
        options = ("--all", "--mail", TO, "--copy-to", str(place))
        ended = served("audit", "checkpoint", *options, XERO_MCP_SMTP_URL=server.url)
        assert ended.code == 0, ended.err
        [kept] = next(iter(server.mails)).iter_attachments()
    assert kept.get_payload(decode=True) == place.read_bytes()
    assert served("audit", "verify", "--checkpoints", str(place)).code in {0, 2}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", 2),
        ("http://127.0.0.1", 2),
        ("smtp://127.0.0.1:1", 2),
        ("smtp://127.0.0.1:1?from=a@example.com", 3),
    ],
)
def test_without_a_mail_server_it_is_said_what_to_set(served: XeroMcp, url: str, code: int) -> None:
    ended = served("audit", "summary", "--mail", TO, **({"XERO_MCP_SMTP_URL": url} if url else {}))
    assert ended.code == code
    assert ended.is_one_clear_line
    assert "XERO_MCP_SMTP_URL" in ended.err


def test_an_address_that_the_server_refuses_is_told(served: XeroMcp) -> None:
    with mail_server() as server:
        server.refuses = True
        ended = served("audit", "summary", "--mail", TO, XERO_MCP_SMTP_URL=server.url)
        assert ended.code == 3
        wrong = served("audit", "summary", "--mail", "a@b,c@d", XERO_MCP_SMTP_URL=server.url)
        assert wrong.code == 2
        assert server.mails == []
