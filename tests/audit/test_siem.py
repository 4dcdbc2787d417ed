"""The log in the forms of a SIEM."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.entries import INTENT, OUTCOME, REFUSAL
from tests.audit.evidence import sealed
from tests.audit.ocsf import problems_of
from tests.gate.world import World, bill, world
from xero_mcp import __version__
from xero_mcp.audit.entry import Entry, Kind, ObjectRef, Status
from xero_mcp.audit.forgetting import Wanted, forget, plan_of
from xero_mcp.audit.record import Record
from xero_mcp.audit.siem import cef, ocsf_line
from xero_mcp.gate import UnknownToolError
from xero_mcp.gate.suspension import Order, suspend

HOSTILE = "a|b=c\\d\r\nCEF:0|x|y|1|2|n|9|act=fake \u2028 \x00 ü"


def record_of(entry: Entry) -> Record:
    [row] = sealed([entry])
    return Record.of(row)


def event_of(entry: Entry) -> dict[str, Any]:
    event = json.loads(ocsf_line(record_of(entry)))
    assert problems_of(event) == []
    return event


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_record_is_an_event_of_the_schema(kind: Kind):
    entries = (INTENT, OUTCOME, REFUSAL, Entry(kind=kind), Entry(kind=kind, tool="no-such"))
    for entry, status in product(entries, [None, *Status]):
        event = event_of(replace(entry, kind=kind, status=status))
        assert event["type_uid"] == 600300 + event["activity_id"]


def test_an_event_says_who_did_what_where_and_how_it_ended():
    event = event_of(OUTCOME)
    assert (event["activity_name"], event["status"], event["duration"]) == ("Create", "Success", 57)
    assert event["actor"]["user"]["name"] == "ap-clerk"
    assert event["api"]["operation"] == "create-invoice"
    assert event["metadata"]["correlation_uid"] == "a-1"
    assert event["resources"][0] == {
        "type": "draft bill", "uid": "3f2b8c1e-0000-4000-8000-0123456789ab", "name": "INV-88",
    }  # fmt: skip
    assert event["unmapped"]["money"] == {"amount": "499.99", "currency": "USD"}
    refused = event_of(REFUSAL)
    assert (refused["status"], refused["status_code"], refused["severity"]) == (
        "Failure", "NOT_ALLOWED", "Medium",
    )  # fmt: skip
    assert event_of(replace(OUTCOME, status=Status.UNKNOWN))["severity"] == "High"


def test_arguments_do_not_go_to_a_siem():
    hidden = replace(INTENT, arguments={"search": "ARGUMENT"})
    assert "ARGUMENT" not in ocsf_line(record_of(hidden))
    assert "ARGUMENT" not in cef(record_of(hidden))


def read_cef(line: str) -> tuple[list[str], dict[str, str]]:
    """As a reader of CEF takes it: the head by bars, the pairs by what is before each `=`."""
    *head, rest = re.split(r"(?<!\\)(?:\\\\)*\|", line, maxsplit=7)
    parts = re.split(r"(?:^| )(\w+)(?<!\\)=", rest)
    pairs = dict(zip(parts[1::2], parts[2::2], strict=True))
    said = {"n": "\n", "r": "\r"}
    return head, {
        key: re.sub(r"\\(.)", lambda m: said.get(m[1], m[1]), value) for key, value in pairs.items()
    }


def test_a_line_of_cef_has_a_head_of_seven_fields_and_pairs():
    head, pairs = read_cef(cef(record_of(OUTCOME)))
    assert head[0] == "CEF:0"
    assert head[4:] == ["outcome:create-invoice", "create-invoice ok", "2"]
    assert pairs["suser"] == "ap-clerk"
    assert (pairs["cs4Label"], pairs["cs4"]) == ("amount", "499.99 USD")
    assert pairs["msg"] == record_of(OUTCOME).says
    assert pairs["cn1"] == "1"


@pytest.mark.parametrize("kind", [Kind.REFUSAL, Kind.OUTCOME, Kind.STARTED])
def test_no_text_breaks_out_of_its_field(kind: Kind):
    entry = replace(
        REFUSAL, kind=kind, tool=HOSTILE, agent=HOSTILE, rule=HOSTILE, reason=HOSTILE,
        error_code=HOSTILE, object=ObjectRef(type=HOSTILE, number=HOSTILE),
    )  # fmt: skip
    line = cef(record_of(entry))
    assert line.splitlines() == [line], "one event is one line"
    head, pairs = read_cef(line)
    assert len(head) == 7
    assert pairs["externalId"] == "a-00001"
    assert pairs["act"].startswith("a|b=c\\d")
    assert "fake" not in {pairs.get("outcome"), pairs.get("msg")}
    assert ocsf_line(record_of(entry)).splitlines() == [ocsf_line(record_of(entry))]


async def agents_at_work(house: World) -> None:
    """Reads, writes, refusals, a question, a policy that is none, an end that nobody knows."""
    await house.good("list-accounts")
    await house.good("create-invoice", bill(house.supplier(), number="A-1"))
    await house.call("create-invoice", bill("00000000-0000-4000-8000-000000000000"))
    with pytest.raises(UnknownToolError):
        await house.call("no-such-tool", {"token": HOSTILE})
    await house.call("create-invoice", {"surprise": HOSTILE})
    await house.call("list-accounts", agent="nobody")
    house.rule("rules: [{ name: a, for: [create-contact], ask_when: { new_contact: true } }]\n")
    await house.call("create-contact", {"name": "New Ltd"})
    house.write_policy("nonsense: 1\n")
    await house.call("list-accounts")
    house.rule("")
    house.fault("drop_after", path="/Invoices", method="PUT", times=99)
    await house.call("create-invoice", bill(house.supplier(), "41.00", number="A-2"))


async def people_at_work(house: World) -> None:
    """An order, a key, somebody who may approve, and a contact who is forgotten."""
    order = Order(agent="clerk", by="jane@example.com", reason="odd", system_user="jane")
    await suspend(house.office.store, house.office.audit, house.clock, order)
    await house.call("list-accounts")
    await house.office.agents.add("bot-7", by="jane", policy_file="clerk.yaml")
    await house.office.people.add("jane@example.com", by="eve")
    wanted = Wanted(contact=house.supplier())
    plan = await house.office.store.read(
        lambda tables: plan_of(tables, wanted, house.office.audit.full_text)
    )
    await forget(house.office.store, house.office.audit, plan, person="jane", reason="asked")


async def test_every_event_of_a_real_log_is_one_of_the_schema(tmp_path: Path):
    async with world(tmp_path) as house:
        await agents_at_work(house)
        await people_at_work(house)
        records = await house.office.audit.records(is_live=lambda _: True, limit=500)
    events = [json.loads(ocsf_line(record)) for record in records]
    assert [problem for event in events for problem in problems_of(event)] == []
    kinds = {record.row.kind for record in records}
    assert kinds >= {"intent", "outcome", "refusal", "policy", "key", "person", "forgotten"}
    assert {event["activity_id"] for event in events} >= {1, 2, 99}
    assert {event["status_id"] for event in events if "status_id" in event} >= {0, 1, 2}
    assert any("was forgotten" in event["message"] for event in events)
    for record in records:
        head, pairs = read_cef(cef(record))
        assert (len(head), pairs["externalId"], pairs["msg"]) == (7, record.id, record.says)


SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "event.api is required": lambda event: event.pop("api"),
    "event.api.operation is required": lambda event: event["api"].pop("operation"),
    "event.actor needs one of ": lambda event: event.update(actor={}),
    "event.metadata.product.vendor_name is required": lambda event: event["metadata"][
        "product"
    ].pop("vendor_name"),
    "event.sevirity is no attribute": lambda event: event.update(sevirity="Low"),
    "event.severity_id is 7, which is none": lambda event: event.update(severity_id=7),
    "severity is 'High' where event.severity_id": lambda event: event.update(severity="High"),
    "event.actor.invoked_by is deprecated since 1.2.0": lambda event: event["actor"].update(
        invoked_by="jane"
    ),
    "type_uid is 600399, not 600301": lambda event: event.update(type_uid=600399),
    "type_name is 'API Activity: Other'": lambda event: event.update(
        type_name="API Activity: Other"
    ),
    "class_uid is 6001, not 6003": lambda event: event.update(class_uid=6001),
    "category_uid is 3, not 6": lambda event: event.update(category_uid=3),
    "time is not in milliseconds": lambda event: event.update(time=1_772_000_000),
    "event.time is no whole number": lambda event: event.update(time=1_772_000_000_000.5),
    "event.duration is no whole number": lambda event: event.update(duration="57"),
    "event.message is no text": lambda event: event.update(message=""),
    "event.resources is no list": lambda event: event.update(resources={}),
    "event.resources[0] needs one of name, uid": lambda event: event.update(
        resources=[{"type": "bill"}]
    ),
    "event.src_endpoint needs one of ip, ": lambda event: event.update(src_endpoint={}),
    "metadata.version is not 1.3.0": lambda event: event["metadata"].update(version="1.2.0"),
}


@pytest.mark.parametrize("problem", SPOILT)
def test_the_reader_of_events_sees_what_is_wrong(problem: str):
    event = event_of(OUTCOME)
    SPOILT[problem](event)
    assert any(one.startswith(problem) for one in problems_of(event)), problems_of(event)


def test_an_activity_that_is_other_says_which():
    event = event_of(Entry(kind=Kind.STARTED))
    assert (event["activity_id"], event["activity_name"]) == (99, "started")
    assert event["type_name"] == "API Activity: Other"
    del event["activity_name"]
    assert problems_of(event) == ["event.activity_id is other, and activity_name does not say what"]


@pytest.mark.parametrize(
    ("text", "in_head", "in_value"),
    [
        ("a|b", "a\\|b", "a|b"),
        ("a=b", "a=b", "a\\=b"),
        ("a\\b", "a\\\\b", "a\\\\b"),
        ("a\\|b", "a\\\\\\|b", "a\\\\|b"),
        ("a\\=b", "a\\\\=b", "a\\\\\\=b"),
        ("a\nb", "a b", "a\\nb"),
        ("a\r\nb", "a b", "a\\nb"),
        ("a\rb", "a b", "a\\rb"),
        ("a\\nb", "a\\\\nb", "a\\\\nb"),
        ("a\tb", "a b", "a\tb"),
        ("a\x00b\x1bc\u2028d", "a b c d", "a b c d"),
        ("ü €", "ü €", "ü €"),
    ],
)
def test_head_and_values_are_escaped_each_in_its_own_way(text: str, in_head: str, in_value: str):
    """As the specification has it: bars in the head alone, equal signs in the extension alone."""
    row = record_of(OUTCOME).row._replace(tool=text)
    line = cef(Record.of(row))
    assert line.startswith(f"CEF:0|xero-mcp|xero-mcp|{__version__}|outcome:{in_head}|{in_head} ok|")
    assert f" act={in_value} outcome=ok " in line


@given(st.text(max_size=40))
def test_whatever_a_value_is_a_reader_gets_it_back(text: str):
    row = record_of(OUTCOME).row._replace(tool=text)
    line = cef(Record.of(row))
    assert len(line.splitlines()) == 1
    head, pairs = read_cef(line)
    plain = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]", " ", text)
    assert len(head) == 7
    assert pairs.get("act", "") == plain.replace("\r\n", "\n")
    assert pairs["outcome"] == "ok"
