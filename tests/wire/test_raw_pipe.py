"""The bare pipe: stdout holds MCP and nothing else, and no input brings the server down."""

import json

import jsonschema

from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server

BIG = 3_000_000
DEEP = 100_000
ENVELOPE = {
    "type": "object",
    "required": ["jsonrpc"],
    "properties": {"jsonrpc": {"const": "2.0"}},
}
JUNK = [
    b"",
    b"not json at all",
    b"{",
    b"[]",
    b"null",
    b"42",
    b'"text"',
    b'{"jsonrpc":"2.0"}',
    b'{"jsonrpc":"1.0","id":1,"method":"tools/list"}',
    b'{"jsonrpc":"2.0","id":901,"method":"no/such/method"}',
    b'{"jsonrpc":"2.0","id":902,"method":"tools/call"}',
    b'{"jsonrpc":"2.0","id":903,"method":"tools/call","params":[1,2]}',
    b'{"jsonrpc":"2.0","id":904,"method":"tools/call","params":{"name":7}}',
    b'{"jsonrpc":"2.0","id":905,"method":"tools/call","params":{"name":"x","arguments":"all"}}',
    b'{"jsonrpc":"2.0","id":906,"method":"tools/call","params":{"name":"x","arguments":[]}}',
    b'{"jsonrpc":"2.0","id":907,"method":"tools/list","params":{"cursor":"nowhere"}}',
    b'{"jsonrpc":"2.0","id":{"a":1},"method":"tools/list"}',
    b'{"jsonrpc":"2.0","id":908,"result":{}}',
    b'{"jsonrpc":"2.0","id":909,"error":{"code":1,"message":"x"}}',
    b"\xff\xfe\x00\x01",
    b"\x00" * 100,
    b'[{"jsonrpc":"2.0","id":910,"method":"tools/list"}]',
    b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":911}}',
]
REFUSED = [
    ('{"page": NaN}', ["page"]),
    ('{"page": Infinity}', ["page"]),
    ('{"page": 1e400}', ["page"]),
    ('{"page": 123456789012345678901234567890}', ["page"]),
    ('{"page": 1.5, "page_size": -3}', ["page", "page_size"]),
    ('{"page": true, "overdue": 1, "fields": "total"}', ["fields", "overdue", "page"]),
    ('{"organisation": {"$ne": null}}', ["organisation"]),
    ('{"type": ["sales"]}', ["type"]),
    ('{"type": ""}', ["type"]),
    ('{"(type)": "sales"}', ["(type)"]),
    ('{"": 1, " ": 2, "__proto__": {}}', ["", "", "__proto__"]),
    ('{"a": ' + "[" * 150 + "]" * 150 + "}", ["a"]),
]
HARMLESS = [
    '{"search": "a\\u0000b"}',
    '{"search": "\\u202eevil"}',
    '{"number": "\\" OR 1==1 OR \\""}',
    '{"date_from": "0001-01-01", "date_to": "9999-12-31", "search": "no such"}',
    '{"modified_since": "2200-01-01"}',
]
NEVER_ANSWERED = b'{"search": "\\ud800"}'
"""Half a character: the protocol's own reader takes it for no message at all."""


def must_live(server: RawServer) -> None:
    assert server.call("what-can-i-do")["agent"] == "ap-clerk"


def test_every_line_on_stdout_is_json_rpc(house: House):
    with raw_server(house, "ap-clerk") as server:
        server.ask("tools/list")
        server.call("list-accounts")
        server.call("list-invoices", {"page": 0})
        server.ask("tools/call", {"name": "nothing", "arguments": {}})
        server.close_input()
        server.wait()
    assert len(server.lines) >= 5
    for line in server.lines:
        jsonschema.validate(json.loads(line), ENVELOPE)
    assert b"".join(server.errors) == b""


def test_junk_lines_do_not_bring_the_server_down(house: House):
    with raw_server(house, "ap-clerk") as server:
        for line in JUNK:
            server.send_line(line)
        must_live(server)
        kept = {number: server.answer_kept(number) for number in (901, 902, 904, 905, 906)}
    assert [number for number, answer in kept.items() if "error" not in (answer or {})] == []
    for line in server.lines:
        jsonschema.validate(json.loads(line), ENVELOPE)


def test_huge_lines_do_not_bring_the_server_down(house: House):
    with raw_server(house, "ap-clerk") as server:
        server.send_line(b"x" * BIG)
        server.send_line(b"[" * DEEP)
        long_name = server.send("tools/call", {"name": "n" * BIG, "arguments": {}})
        assert len(json.dumps(server.answer(long_name))) < 1_000
        heard = server.call("list-invoices", {"search": "x" * BIG, "y" * BIG: 1})
        assert heard["error"]["code"] == "INVALID_ARGUMENTS"
        assert len(json.dumps(heard)) < 10_000
        many = server.call("list-invoices", {f"argument-{n}": n for n in range(20_000)})
        assert many["error"]["code"] == "INVALID_ARGUMENTS"
        assert len(many["error"]["details"]) <= 50
        must_live(server)
    assert max(len(json.dumps(record)) for record in house.records()) < 40_000


def test_strange_arguments_are_refused_by_name_or_harmless(house: House):
    with raw_server(house, "ap-clerk") as server:
        server.send_line(call_line(1, NEVER_ANSWERED))
        for number, (arguments, paths) in enumerate(REFUSED, start=1000):
            server.send_line(call_line(number, arguments.encode()))
            error = server.answer(number)["result"]["structuredContent"]["error"]
            assert error["code"] == "INVALID_ARGUMENTS", arguments
            assert sorted(one.get("path", "") for one in error["details"]) == paths
        for number, arguments in enumerate(HARMLESS, start=2000):
            server.send_line(call_line(number, arguments.encode()))
            assert server.answer(number)["result"]["structuredContent"]["rows"] == []
        must_live(server)
    assert len(house.records(kind="refusal")) == len(REFUSED)


def call_line(number: int, arguments: bytes) -> bytes:
    return (
        b'{"jsonrpc":"2.0","id":%d,"method":"tools/call",' % number
        + b'"params":{"name":"list-invoices","arguments":%s}}' % arguments
    )
