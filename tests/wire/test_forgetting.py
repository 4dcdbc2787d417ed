"""A person is forgotten through the real commands, after a real agent dealt with them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wire.bounds import COMMAND_SECONDS, ROOT
from tests.wire.house import House
from tests.wire.raw_server import raw_server
from tests.wire.session import bill

SCRIPT = ROOT / "docs" / "verify_audit.py"
REFERENCE = "PLANTED-REFERENCE-4711"


def by_script(house: House) -> str:
    """What the verifier without dependencies says of an export."""
    files = {
        "kept.jsonl": house.run("audit", "checkpoint", "--all").stdout,
        "log.jsonl": house.run("audit", "export").stdout,
        "key.pem": house.run("audit", "public-key").stdout,
    }
    for name, text in files.items():
        (house.folder / name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), "--export", "log.jsonl", "--checkpoints", "kept.jsonl",
         "--public-key", "key.pem"],
        cwd=house.folder, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
    )  # fmt: skip
    return ended.stdout + ended.stderr


def heap_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def a_bill_of(house: House) -> tuple[str, str, str]:
    """An agent finds a contact and enters a bill; the contact's id and name, and the audit id."""
    with raw_server(house, "ap-clerk") as server:
        found = server.call("list-contacts", {"page_size": 1, "fields": ["contact_id", "name"]})
        contact, name = found["rows"][0]
        server.call("list-contacts", {"search": name})
        made = server.call("create-invoice", bill(contact, "10.00", reference=REFERENCE))
        server.close_input()
        server.wait()
    return contact, name, made["audit_id"]


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_contact_is_forgotten_and_everything_verifies(house: House):
    contact, name, audit_id = a_bill_of(house)
    opened = house.run("audit", "show", audit_id, "--full", "--json")
    assert json.loads(opened.stdout)[0]["full_arguments"]["reference"] == REFERENCE
    assert [one["kind"] for one in house.records(kind="opened")] == ["opened"]
    dry = house.run("audit", "forget", "--contact", name)
    assert dry.returncode == 0, dry.stderr
    assert "would be forgotten" in dry.stdout
    assert f"contact  {contact}" in dry.stdout
    said = [line.split("  ") for line in dry.stdout.splitlines() if line.startswith("a-")]
    assert {line[-1] for line in said} == {
        "it holds the contact's id",
        "an argument is the contact's name",
    }
    assert audit_id in {line[0] for line in said}
    nobody = house.run("audit", "forget", "--contact", name.split()[-1])
    assert nobody.stdout.startswith("The content of 0 records of 0 calls would be forgotten.")
    assert "the name stands inside other text" in nobody.stderr
    assert not house.records(kind="forgotten")
    house.run("audit", "checkpoint")
    done = house.run("audit", "forget", "--contact", name, "--reason", "erasure request 7", "--yes")
    assert done.returncode == 0, done.stderr
    heap = heap_of(house.home)
    for gone in (name, contact, REFERENCE):
        assert gone.encode() not in heap, gone
    told = house.run("audit", "show", audit_id)
    assert "Its content was forgotten" in told.stdout
    assert "records forgotten: erasure request 7" in told.stdout
    closed = house.run("audit", "show", audit_id, "--full")
    assert (closed.returncode, closed.stdout) == (1, "")
    assert house.run("audit", "verify").returncode == 0
    assert by_script(house).startswith("ok: ")


def test_what_is_asked_for_must_be_said(house: House):
    _, name, _ = a_bill_of(house)
    for options in (
        [],
        ["--contact", "x", "--text"],
        ["--contact", " "],
        ["--contact", name, "--yes"],
        ["--before", "soon"],
    ):
        ended = house.run("audit", "forget", *options)
        assert (ended.returncode, ended.stdout) == (2, ""), options
    missing = house.run("audit", "forget", "--id", "a-none")
    assert missing.returncode == 1
    assert not house.records(kind="forgotten")
