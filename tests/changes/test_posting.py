"""Posts of watches: signed, to the host that was meant, and to no other machine."""

import base64
import hmac
import json
from collections.abc import Sequence
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.changes.hook import Hook, certificate_for, hook
from tests.changes.test_conditions import BILL, change
from xero_mcp.changes.addresses import (
    AddressRefusedError,
    Lookup,
    NotFoundError,
    checked_addresses,
    refusal,
)
from xero_mcp.changes.news import news_of_change
from xero_mcp.changes.posting import Poster
from xero_mcp.changes.telling import NotTakenError
from xero_mcp.changes.watch_rule import Post, Rule
from xero_mcp.settings import Secret

KEY = Secret("a key that both of us have")
NEWS = [news_of_change(change(BILL), "Demo Company (Global)")]


def rule(url: str, *, allow_private: bool = False) -> Rule:
    post = Post(url=url, key_env="KEY", allow_private=allow_private)
    return Rule(name="big-bills", conditions=(), then=post)


def answers(*addresses: str) -> Lookup:
    """A name service that always says this."""

    async def lookup(host: str, port: int) -> Sequence[str]:
        del host, port
        return addresses

    return lookup


async def tell(one: Hook, *, url: str = "", lookup: Lookup | None = None) -> None:
    told = rule(url or one.url)
    assert isinstance(told.then, Post)
    poster = Poster(told.then, KEY) if lookup is None else Poster(told.then, KEY, lookup)
    await poster.tell(told, NEWS)


async def test_a_receiver_can_tell_who_posts_and_what() -> None:
    with hook() as receiver:
        await tell(receiver)
        await tell(receiver)
    [(headers, body), (again, same)] = receiver.posts
    made = base64.b64encode(hmac.new(KEY.reveal().encode(), body, sha256).digest()).decode()
    assert headers["x-xero-mcp-signature"] == made
    assert headers["content-type"] == "application/json"
    assert headers[":path"] == "/hook?a=1"
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (again["x-xero-mcp-delivery"], same) == (headers["x-xero-mcp-delivery"], body)
    envelope = json.loads(body)
    assert (envelope["firstEventSequence"], envelope["lastEventSequence"]) == (1, 1)
    [event] = envelope["events"]
    assert event["resourceUrl"] == "https://api.xero.com/api.xro/2.0/Invoices/id-1"
    wanted = {
        "resourceId": "id-1",
        "tenantId": "org-1",
        "tenantType": "ORGANISATION",
        "eventCategory": "INVOICE",
        "eventType": "UPDATE",
        "eventDateUtc": "2026-03-02T09:30:00.000Z",
        "rule": "big-bills",
        "auditId": None,
    }
    assert {name: event[name] for name in wanted} == wanted
    assert event["now"]["total"] == "1500.00"


@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 401, 404, 410, 500, 503])
async def test_only_a_2xx_has_taken_it(status: int) -> None:
    with hook() as receiver:
        receiver.statuses = [status]
        receiver.headers = {"location": f"http://127.0.0.1:{receiver.port}/elsewhere"}
        with pytest.raises(NotTakenError, match=f"status {status}"):
            await tell(receiver)
    assert len(receiver.posts) == 1  # a redirect was not followed


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_every_2xx_has_taken_it(status: int) -> None:
    with hook() as receiver:
        receiver.statuses = [status]
        await tell(receiver)


async def test_a_long_answer_is_not_read() -> None:
    with hook() as receiver:
        receiver.answer = b"x" * 200_000
        with pytest.raises(NotTakenError, match="more than 65,536 bytes"):
            await tell(receiver)


async def test_nobody_at_the_address_is_not_taken() -> None:
    with hook() as receiver:
        url = receiver.url
    with pytest.raises(NotTakenError, match="no connection"):
        await tell(receiver, url=url)


async def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """The name is no name of any machine: it could not be asked for a second time."""
    with hook() as receiver:
        url = f"http://hooks.invalid:{receiver.port}/x"
        post = Post(url=url, key_env="KEY", allow_private=True)
        told = Rule(name="r", conditions=(), then=post)
        await Poster(post, KEY, answers("127.0.0.1")).tell(told, NEWS)
    [(headers, _)] = receiver.posts
    assert headers["host"] == f"hooks.invalid:{receiver.port}"


@pytest.mark.parametrize("asked_for", ["hooks.invalid", "other.invalid"])
async def test_the_certificate_must_be_of_the_host_that_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked_for: str
) -> None:
    """Though the connection goes to an address, not to the name."""
    certificate = certificate_for("hooks.invalid", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with hook(certificate) as receiver:
        url = f"https://{asked_for}:{receiver.port}/x"
        post = Post(url=url, key_env="KEY", allow_private=True)
        poster = Poster(post, KEY, answers("127.0.0.1"))
        told = Rule(name="r", conditions=(), then=post)
        if asked_for == "hooks.invalid":
            await poster.tell(told, NEWS)
        else:
            with pytest.raises(NotTakenError, match="no connection"):
                await poster.tell(told, NEWS)
    assert len(receiver.posts) == (asked_for == "hooks.invalid")


async def test_a_name_that_means_this_machine_is_refused() -> None:
    """As where whoever owns a name points it at what listens behind our door."""
    with hook() as receiver:
        url = f"https://rebound.example.com:{receiver.port}/"
        with pytest.raises(NotTakenError, match="allow_private: true"):
            await tell(receiver, url=url, lookup=answers("127.0.0.1"))
    assert receiver.posts == []


async def test_one_bad_address_among_good_ones_is_enough() -> None:
    lookup = answers("93.184.216.34", "10.0.0.8")
    with pytest.raises(AddressRefusedError, match=r"10\.0\.0\.8"):
        await checked_addresses("https://mixed.example.com/", lookup, allow_private=False)


async def test_a_name_that_nobody_knows_is_said() -> None:
    async def lost(host: str, port: int) -> Sequence[str]:
        del host, port
        raise OSError("no such name")

    with pytest.raises(NotFoundError, match=r"nowhere\.example\.com cannot be found"):
        await checked_addresses("https://nowhere.example.com/", lost, allow_private=False)


PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
PRIVATE = [
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "fd12:3456::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
]
NEVER = [
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "0.0.0.0",  # noqa: S104 - an address that is refused
    "::",
    "224.0.0.1",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
    "::7f00:1",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_posted_to(text: str) -> None:
    assert refusal(ip_address(text), is_here=False, allow_private=False) == ""


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_posted_to_only_where_the_rule_says_so(text: str) -> None:
    why = refusal(ip_address(text), is_here=False, allow_private=False)
    assert "allow_private: true" in why
    assert refusal(ip_address(text), is_here=False, allow_private=True) == ""


@pytest.mark.parametrize("text", NEVER)
def test_some_addresses_are_never_posted_to(text: str) -> None:
    assert refusal(ip_address(text), is_here=False, allow_private=True)
    assert refusal(ip_address(text), is_here=True, allow_private=True)


def test_a_rule_for_this_machine_means_this_machine_alone() -> None:
    assert refusal(ip_address("127.0.0.1"), is_here=True, allow_private=False) == ""
    assert refusal(ip_address("10.0.0.1"), is_here=True, allow_private=False)
