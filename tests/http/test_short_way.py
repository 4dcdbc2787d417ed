"""A plain call goes a short way; whatever is not plain goes mcp's; both say the same."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import anyio
import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.gate.world import World, bill
from tests.http.approval_site import ASKS
from tests.http.on_a_port import QUICK, Served, request, serving, until
from xero_mcp.approvals import pages_at
from xero_mcp.gate import Gate
from xero_mcp.transport.http.guard import Guard, Names
from xero_mcp.transport.http.patience import Patience
from xero_mcp.transport.http.short_way import ShortWay
from xero_mcp.transport.plain_call import PlainCall

VERSION = "2026-07-28"
AUDIT_ID = re.compile(r"\ba-[0-9a-z]{16}\b")
NO_SHORT_WAY = {"otlp_endpoint": "http://127.0.0.1:9"}
"""Spans are made on mcp's own way alone."""
ENDLESS_SECONDS = 60.0


def headers_of(name: str = "list-accounts", **more: str) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": VERSION,
        "mcp-method": "tools/call",
        "mcp-name": name,
        **{key.replace("_", "-"): value for key, value in more.items()},
    }


def meta(**more: object) -> dict[str, object]:
    return {
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
        **more,
    }


def call(name: str = "list-accounts", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A plain call; `params` and `top` add to it or take its place."""
    params = {"name": name, "arguments": {}, "_meta": meta(), **more.pop("params", {})}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params, **more}


def with_meta(**more: object) -> dict[str, Any]:
    return call(params={"_meta": meta(**more)})


NOTHING: dict[str, object] = {}
CODED_NAME = "=?base64?bGlzdC1hY2NvdW50cw==?="
CLIENT = "io.modelcontextprotocol/clientInfo"
ABLE = "io.modelcontextprotocol/clientCapabilities"
SAID = "io.modelcontextprotocol/protocolVersion"
SHORT: dict[str, tuple[object, Mapping[str, str]]] = {
    "plain": (call(), headers_of()),
    "an id that is a text": (call(id="één"), headers_of()),
    "a huge id": (call(id=10**30), headers_of()),
    "no arguments": (call(params={"arguments": {}}), headers_of()),
    "arguments": (call(params={"arguments": {"type": "BANK"}}), headers_of()),
    "wrong arguments": (call(params={"arguments": {"typo": 1, "page": "x"}}), headers_of()),
    "letters of everywhere": (
        call(params={"arguments": {"search": "Ünïcødé 漢字 😀"}}),
        headers_of(),
    ),
    "half a letter": (call(params={"arguments": {"search": "\ud800"}}), headers_of()),
    "no such tool": (call("no-such-tool"), headers_of("no-such-tool")),
    "not allowed": (call("list-items"), headers_of("list-items")),
    "it accepts anything": (call(), headers_of(accept="*/*")),
    "it says who it is": (with_meta(**{CLIENT: {"name": "host", "version": "1"}}), headers_of()),
    "it says what it can": (
        with_meta(**{ABLE: {"roots": NOTHING, "sampling": NOTHING}}),
        headers_of(),
    ),
    "its name is coded in the header": (call(), headers_of(CODED_NAME)),
    "it can open pages": (with_meta(**{ABLE: {"elicitation": {"url": NOTHING}}}), headers_of()),
}
LONG: dict[str, tuple[object, Mapping[str, str]]] = {
    "a name that only looks coded": (call(CODED_NAME), headers_of(CODED_NAME)),
    "another method": (call(method="tools/list"), headers_of(mcp_method="tools/list")),
    "no such method": (call(method="no/such"), headers_of(mcp_method="no/such")),
    "another version": (call(), headers_of(mcp_protocol_version="2030-01-01")),
    "another version inside": (with_meta(**{SAID: "2025-11-25"}), headers_of()),
    "the name is another": (call("list-contacts"), headers_of()),
    "the method is another": (call(), headers_of(mcp_method="tools/list")),
    "it wants JSON alone": (call(), headers_of(accept="application/json")),
    "it wants neither": (call(), headers_of(accept="text/html")),
    "another type": (call(), headers_of(content_type="text/plain")),
    "a type with more to it": (call(), headers_of(content_type="application/json; charset=utf-8")),
    "arguments in headers": (call(), headers_of(mcp_param_type="BANK")),
    "it wants to hear of progress": (with_meta(progressToken=7), headers_of()),
    "nonsense about itself": (with_meta(**{CLIENT: {"name": 7}}), headers_of()),
    "nonsense of what it can": (with_meta(**{ABLE: {"roots": 7}}), headers_of()),
    "nothing of what it can": (call(params={"_meta": {SAID: VERSION}}), headers_of()),
    "no meta": (call(params={"_meta": None}), headers_of()),
    "arguments that are a list": (call(params={"arguments": [1]}), headers_of()),
    "arguments that are nothing": (call(params={"arguments": None}), headers_of()),
    "a name that is a number": (call(params={"name": 7}), headers_of("7")),
    "it comes back from a page": (call(params={"inputResponses": {}}), headers_of()),
    "an id that is nothing": (call(id=None), headers_of()),
    "an id that is true": (call(id=True), headers_of()),
    "an id with a fraction": (call(id=1.5), headers_of()),
    "an id that is a list": (call(id=[1]), headers_of()),
    "more beside": (call(more=1), headers_of()),
    "another JSON-RPC": (call(jsonrpc="1.0"), headers_of()),
    "params that are a list": ({**call(), "params": [1]}, headers_of()),
    "no id": ({k: v for k, v in call().items() if k != "id"}, headers_of()),
    "several": ([call(), call()], headers_of()),
    "a number": (7, headers_of()),
}
BROKEN = {
    "nothing": b"",
    "half of it": json.dumps(call()).encode()[:-9],
    "no text": b"\xff\xfe",
    "too deep": b"[" * 200_000,
    "a number without end": b'{"jsonrpc": "2.0", "id": ' + b"9" * 9_000 + b"}",
}
ODD = {
    "space before it": b" \n" + json.dumps(call()).encode(),
    "something after it": json.dumps(call()).encode() + b"\n{}",
    "a mark before it": b"\xef\xbb\xbf" + json.dumps(call()).encode(),
    "letters of two bytes": json.dumps(call()).encode("utf-16"),
    "half a letter as it is": b'{"jsonrpc": "\xed\xa0\x80"}',
}
"""Bodies that a reader of JSON may still understand, or nearly."""
SPACED = json.dumps(call()).encode() + b" \r\n\t"
EVERY = {**SHORT, **LONG}


class Fake:
    """Plain calls that are noted, and answered at once or never."""

    def __init__(self, *, text: bytes = b"{}", schema: dict[str, Any] | None = None) -> None:
        self.came: list[PlainCall] = []
        self.ended = False
        self.go_on = anyio.Event()
        self._text = text
        self._schema = schema or {}

    async def answer(self, call: PlainCall) -> list[bytes]:
        self.came.append(call)
        try:
            await self.go_on.wait()
        finally:
            self.ended = True
        return [self._text[:3], self._text[3:]]

    def schema_of(self, name: str) -> dict[str, Any] | None:
        del name
        return self._schema


class Wire:
    """Both ends of one request: what the client sends, and all that it hears."""

    def __init__(self, *pieces: bytes, headers: Mapping[str, str], method: str = "POST") -> None:
        lines = {"host": "127.0.0.1", **headers}
        raw = [(name.encode(), value.encode()) for name, value in lines.items()]
        self.scope: Scope = {"type": "http", "method": method, "path": "/mcp", "headers": raw}
        self.heard: list[Message] = []
        self.gone = anyio.Event()
        last = len(pieces) - 1
        self._waiting = [
            {"type": "http.request", "body": piece, "more_body": at < last}
            for at, piece in enumerate(pieces)
        ]

    async def receive(self) -> Message:
        if self._waiting:
            return self._waiting.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.heard.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(one.get("body", b"") for one in self.heard)


class LongWay:
    """mcp's place; it notes the body that it can still read."""

    def __init__(self) -> None:
        self.read: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.read.append(body)


async def through(way: ShortWay, wire: Wire) -> None:
    """Send that past the guard, who makes an exchange of it."""
    names = Names.of(public_url=None, allowed_hosts=())
    await Guard(way, names, Patience())(wire.scope, wire.receive, wire.send)


async def taken(wire: Wire, calls: Fake) -> LongWay:
    """Send that through; where it ended."""
    long_way = LongWay()
    calls.go_on.set()
    await through(ShortWay(long_way, calls), wire)
    return long_way


@pytest.mark.parametrize("case", SHORT)
async def test_a_plain_call_goes_the_short_way(case: str):
    body, headers = SHORT[case]
    calls = Fake()
    wire = Wire(json.dumps(body).encode(), headers=headers)
    long_way = await taken(wire, calls)
    assert (len(calls.came), len(long_way.read)) == (1, 0)
    assert wire.heard[0]["status"] == 200


@pytest.mark.parametrize("case", LONG)
async def test_whatever_is_not_plain_goes_mcps_way_as_it_came(case: str):
    body, headers = LONG[case]
    text = json.dumps(body).encode()
    calls = Fake()
    long_way = await taken(Wire(text[:9], text[9:], headers=headers), calls)
    assert (calls.came, long_way.read) == ([], [text])


async def test_what_editors_put_at_the_end_of_a_file_is_plain():
    calls = Fake()
    long_way = await taken(Wire(SPACED[:20], SPACED[20:], headers=headers_of()), calls)
    assert (len(calls.came), long_way.read) == (1, [])


@pytest.mark.parametrize("case", ODD)
async def test_what_is_written_oddly_goes_mcps_way_as_it_came(case: str):
    calls = Fake()
    long_way = await taken(Wire(ODD[case], headers=headers_of()), calls)
    assert (calls.came, long_way.read) == ([], [ODD[case]])


async def test_a_header_of_others_that_stands_twice_changes_nothing():
    calls = Fake()
    wire = Wire(json.dumps(call()).encode(), headers=headers_of())
    wire.scope["headers"] += [(b"via", b"1.1 one"), (b"via", b"1.1 two")]
    assert (await taken(wire, calls)).read == []
    assert len(calls.came) == 1


@pytest.mark.parametrize("case", BROKEN)
async def test_what_cannot_be_read_goes_mcps_way_as_it_came(case: str):
    calls = Fake()
    long_way = await taken(Wire(BROKEN[case], headers=headers_of()), calls)
    assert (calls.came, long_way.read) == ([], [BROKEN[case]])


@pytest.mark.parametrize("name", ["mcp-name", "mcp-method", "mcp-protocol-version", "accept"])
async def test_a_header_that_stands_twice_goes_mcps_way(name: str):
    calls = Fake()
    wire = Wire(json.dumps(call()).encode(), headers=headers_of())
    wire.scope["headers"].append((name.encode(), headers_of()[name].encode()))
    assert len((await taken(wire, calls)).read) == 1
    assert calls.came == []


async def test_a_tool_that_wants_arguments_in_headers_goes_mcps_way():
    calls = Fake(schema={"properties": {"region": {"type": "string", "x-mcp-header": "Region"}}})
    wire = Wire(json.dumps(call()).encode(), headers=headers_of())
    assert len((await taken(wire, calls)).read) == 1
    assert calls.came == []


async def test_a_client_that_goes_ends_its_call():
    calls = Fake()
    wire = Wire(json.dumps(call()).encode(), headers=headers_of())
    wire.gone.set()
    with anyio.fail_after(10):
        await through(ShortWay(LongWay(), calls, quick_seconds=0.01), wire)
    assert calls.ended
    assert wire.heard == []


async def test_a_call_that_takes_long_is_kept_open_and_then_answered_as_a_stream():
    calls = Fake(text=b'{"ok":true}')
    wire = Wire(json.dumps(call()).encode(), headers=headers_of())
    way = ShortWay(LongWay(), calls, quick_seconds=0.01, ping_seconds=0.01)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as beside:
            beside.start_soon(through, way, wire)
            await until(lambda: wire.body.count(b": ping") >= 2)
            calls.go_on.set()
    started, *_, last = wire.heard
    assert dict(started["headers"])[b"content-type"] == b"text/event-stream"
    event = b'event: message\r\ndata: {"jsonrpc":"2.0","id":1,"result":{"ok":true}}\r\n\r\n'
    assert last["body"] == event
    assert not last.get("more_body")
    assert b"http.response.start" not in wire.body
    assert [one["type"] for one in wire.heard].count("http.response.start") == 1


@pytest.fixture
async def ways(house: World) -> AsyncIterator[tuple[Served, Served]]:
    """The same house behind two ports: one with a short way, one without."""
    async with (
        serving(house, anybody="clerk") as short,
        serving(house, anybody="clerk", settings=NO_SHORT_WAY) as long,
    ):
        yield short, long


async def heard(
    site: Served, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str, int, object]:
    """Status, type, length and content of an answer, without what differs from one to the next."""
    async with site.http() as http:
        answer = await http.post("/mcp", content=body, headers=dict(headers))
    text = AUDIT_ID.sub("AN-ID", answer.text)
    kind = answer.headers.get("content-type", "")
    return answer.status_code, kind, len(text), json.loads(text) if "json" in kind else text


async def test_both_ways_say_the_same(ways: tuple[Served, Served]):
    short, long = ways
    for case, (body, headers) in EVERY.items():
        text = json.dumps(body).encode()
        assert await heard(short, text, headers) == await heard(long, text, headers), case
    for case, text in {**BROKEN, **ODD, "space after it": SPACED}.items():
        got = await heard(short, text, headers_of())
        assert got == await heard(long, text, headers_of()), case


async def test_both_ways_leave_the_same_records(ways: tuple[Served, Served]):
    asked = json.dumps(with_meta(**{CLIENT: {"name": "host", "version": "7"}})).encode()
    for site in ways:
        await heard(site, asked, headers_of())
    first, second = await ways[0].house.records(kind="outcome", tool="list-accounts")
    assert first["client"] == {"name": "host", "version": "7"}
    same = ("client", "protocol", "transport", "agent", "says", "status", "arguments")
    assert {name: first.get(name) for name in same} == {name: second.get(name) for name in same}


async def test_both_ways_send_the_person_to_the_page(house: World):
    house.rule(ASKS)
    params = {"name": "create-invoice", "arguments": bill(house.supplier())}
    asked = call(params={**params, "_meta": meta(**{ABLE: {"elicitation": {"url": NOTHING}}})})
    text, headers = json.dumps(asked).encode(), headers_of("create-invoice")
    told: list[Any] = []
    house.gate = Gate(replace(house.rooms, approval_pages=pages_at("https://mcp.example.com")))
    for settings in ({}, NO_SHORT_WAY):
        async with serving(house, anybody="clerk", settings=settings) as site:
            told.append(await heard(site, text, headers))
    assert told[0] == told[1]
    assert told[0][3]["result"]["resultType"] == "input_required"


def xero_is_asked(house: World) -> bool:
    """Whether the call has come to Xero, which takes its time."""
    return all(fault["seen"] for fault in house.demo.premises.faults.shown())


async def test_a_client_that_goes_is_written_down(house: World):
    house.fault("latency", method="GET", path="/Accounts", seconds=ENDLESS_SECONDS)
    body = json.dumps(call()).encode()
    lines = {**headers_of(), "content-length": str(len(body))}
    async with serving(house, anybody="clerk") as site:
        async with site.socket() as stream:
            await stream.send(request("/mcp", method="POST", headers=lines) + body)
            await until(lambda: xero_is_asked(house))
        await until(lambda: not site.front.meter.under_way)
    [outcome] = await house.records(kind="outcome", tool="list-accounts")
    assert outcome["status"] != "ok"


async def test_a_stop_cuts_a_plain_call_off_and_says_so(house: World):
    house.fault("latency", method="GET", path="/Accounts", seconds=ENDLESS_SECONDS)
    answers: list[httpx2.Response] = []
    patience = replace(QUICK, finishing=0.1)
    async with serving(house, anybody="clerk", patience=patience) as site:

        async def ask() -> None:
            with suppress(httpx2.TransportError):
                async with site.http() as http:
                    content = json.dumps(call()).encode()
                    answers.append(await http.post("/mcp", content=content, headers=headers_of()))

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            await until(lambda: xero_is_asked(house))
            site.stop()
            await until(lambda: site.stopped)
    assert [answer.status_code for answer in answers] in ([], [200], [503])
    [outcome] = await house.records(kind="outcome", tool="list-accounts")
    assert outcome["status"] != "ok"
