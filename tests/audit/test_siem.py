"""The log in the forms of a SIEM."""

import json
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.audit.entries import INTENT, OUTCOME, REFUSAL
from tests.audit.evidence import sealed
from xero_mcp.audit.entry import Entry, Kind, ObjectRef, Status
from xero_mcp.audit.record import Record
from xero_mcp.audit.siem import cef, ocsf_line

SCHEMA = json.loads((Path(__file__).parent / "ocsf_api_activity.json").read_text(encoding="utf-8"))
HOSTILE = "a|b=c\\d\r\nCEF:0|x|y|1|2|n|9|act=fake \u2028 \x00 ü"


def record_of(entry: Entry) -> Record:
    [row] = sealed([entry])
    return Record.of(row)


def event_of(entry: Entry) -> dict[str, Any]:
    event = json.loads(ocsf_line(record_of(entry)))
    jsonschema.validate(event, SCHEMA)
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
