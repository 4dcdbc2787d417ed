"""Secrets planted in every text argument of every tool: nothing that is written holds one."""

import sqlite3
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from tests.gate.test_spool import Half
from tests.gate.world import bill, world
from tests.wire.bounds import COMMAND_SECONDS
from tests.wire.house import House
from tests.wire.raw_server import RawServer, raw_server
from xero_mcp.tool.access import Area
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJQTEFOVEVEIjoidG9rZW4ifQ.UExBTlRFRHNpZ25hdHVyZQ"
API_KEY = "sk-PLANTEDkey0123456789abcdefghij"
BEARER = "Bearer PLANTEDbearer.0123456789"
IBAN = "GB29 NWBK 6016 1331 9268 19"
ACCOUNT = "12-3140-0171323-50"
CARD = "4111 1111 1111 1111"
PASSPHRASE = "PLANTED-correct-horse-battery"  # noqa: S105 - planted, to be looked for
LOOKS = (JWT, API_KEY, BEARER, IBAN, ACCOUNT, CARD)
"""Known by how they look, wherever they stand."""
IN_SETTINGS = {
    "XERO_MCP_SECRET_KEY": "PLANTED-secret-key-of-the-store-0123456789",
    "XERO_CLIENT_SECRET": "PLANTED-client-secret-42",
    "XERO_WEBHOOK_KEY": "PLANTED-webhook-key-42",
    "XERO_MCP_METRICS_KEY": "PLANTED-metrics-key-0123456789",
}
SMTP_PASSWORD = "PLANTED-smtp-42"  # noqa: S105 - planted, to be looked for
SMTP = {"XERO_MCP_SMTP_URL": f"smtp://user:{SMTP_PASSWORD}@127.0.0.1:9?from=a@example.com"}
NEEDLES = (
    *(*LOOKS, *IN_SETTINGS.values(), PASSPHRASE, SMTP_PASSWORD),
    *(IBAN.replace(" ", ""), "PLANTEDbearer"),
)
KEY_FILES = ("secret.key", "checkpoint.key")
MAX_DEPTH = 6
GUID = "6d42f03b-181f-43e3-93fb-2025c012de92"
OPEN = [area.value for area in Area if area is not Area.ORGANISATION]
POLICY = f"""
agent: clerk
purpose: Tries everything.
organisations: [Demo Company (Global)]
access: {{ {", ".join(f"{name}: full" for name in OPEN)} }}
"""


class Planter:
    """Arguments of a tool's own form, with a secret wherever a text may stand."""

    def __init__(self, card: ToolCard) -> None:
        self._schema = card.input_schema
        self._next = 0

    def arguments(self) -> dict[str, Any]:
        found = self._of(self._schema, "", 0)
        return {name: value for name, value in found.items() if name != "organisation"}

    def _of(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:  # noqa: ANN401 - JSON
        one = self._resolved(schema)
        if "enum" in one or "const" in one:
            return one.get("const", next(iter(one.get("enum", [None]))))
        match one.get("type"):
            case "object" if depth < MAX_DEPTH:
                parts = cast("Mapping[str, Any]", one.get("properties", {}))
                return {key: self._of(part, key, depth + 1) for key, part in parts.items()}
            case "array" if depth < MAX_DEPTH:
                return [self._of(one.get("items", {}), name, depth + 1)]
            case "integer" | "number":
                return 1
            case "boolean":
                return False
            case _:
                return self._text(one, name)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        one: Mapping[str, Any] = schema
        for _ in range(MAX_DEPTH):
            for word in ("anyOf", "oneOf", "allOf"):
                if word in one:
                    one = cast("Sequence[Mapping[str, Any]]", one[word])[0]
            if "$ref" not in one:
                return one
            one = self._schema["$defs"][str(one["$ref"]).rpartition("/")[2]]
        return one

    def _text(self, schema: Mapping[str, Any], name: str) -> str:
        if name.endswith("_id") and schema.get("pattern"):
            return GUID
        self._next += 1
        return f"{LOOKS[self._next % len(LOOKS)]}"


def everything_in(folder: Path) -> bytes:
    """Every file, and every value of every table, in one heap."""
    heap = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in folder.rglob("*.db"):
        with closing(sqlite3.connect(path)) as database:
            heap.extend(line.encode() for line in database.iterdump())
    return b"\n".join(heap)


def leaks(heap: bytes) -> list[str]:
    return [needle for needle in NEEDLES if needle.encode() in heap]


def try_everything(server: RawServer) -> None:
    for name, card in sorted(load_cards().items()):
        given = Planter(card).arguments()
        server.call(name, given)
        texts = {key: value for key, value in given.items() if isinstance(value, str)}
        for key in texts:
            server.call(name, {key: f"say {LOOKS[len(key) % len(LOOKS)]} to nobody"})
    for name in ("no-such-tool", API_KEY):
        answered = server.start_call(name, {"password": PASSPHRASE, "note": JWT, JWT: IBAN})
        server.answer(answered)


def exports(house: House) -> list[bytes]:
    return [
        house.run("audit", "export", "--format", form).stdout.encode()
        for form in ("jsonl", "csv", "ocsf", "cef")
    ]


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_no_secret_of_any_argument_setting_or_passphrase_is_written_down(house: House):
    kept = {"XERO_MCP_CHECKPOINTS": str(house.folder / "kept.jsonl")}
    house.environment |= {**IN_SETTINGS, **SMTP, **kept}
    house.write_policy(POLICY)
    with raw_server(house, "clerk") as server:
        try_everything(server)
        server.close_input()
        server.wait()
    assert len(house.records()) > 2 * len(load_cards()), "each of them was written down"
    assert house.read("SELECT count(*) FROM audit_sealed")[0][0] > len(load_cards())
    written = [everything_in(house.folder), *server.errors, *exports(house)]
    written.append(house.run("audit", "list", "--limit", "500", "--json").stdout.encode())
    assert leaks(b"\n".join(written)) == []


def a_bill(contact: str, number: str, amount: str, **more: str) -> dict[str, Any]:
    line = {"description": f"{JWT} {IBAN}", "quantity": "1", "unit_amount": amount,
            "account_code": "400", "tax_type": "NONE"}  # fmt: skip
    return {"type": "bill", "contact_id": contact, "number": number, "lines": [line], **more}


def test_no_secret_that_xero_answers_with_is_written_down(house: House):
    house.environment |= IN_SETTINGS
    house.write_policy(POLICY)
    with raw_server(house, "clerk") as server:
        named = {"name": f"Bolt {ACCOUNT} {API_KEY}"}
        made = server.call("create-contact", named)
        assert made.get("ok"), made
        for number, amount in (("PLAIN-1", "1.00"), (f"N {CARD}", "2.00")):
            given = a_bill(made["id"], number, amount, reference=BEARER)
            first = server.call("create-invoice", given)
            assert first.get("ok"), first
            assert server.call("create-invoice", given).get("repeated"), "it hears the same again"
        server.call("list-contacts", {"search": ACCOUNT})
        server.call("get-contact", {"contact_id": made["id"]})
        server.call("create-contact", named)
        server.close_input()
        server.wait()
    heap = b"\n".join([everything_in(house.home), *server.errors])
    assert leaks(heap) == []


CONTROLLER = "controller@example.com"
ASKS = f"""{POLICY}rules:
  - name: a person looks at every contact
    for: [save-contacts]
    ask_when: {{ bank_details_would_change: true }}
    ask: [{CONTROLLER}]
"""
COMMANDS = (
    ("doctor",), ("people", "list"), ("agents", "list"), ("approvals", "list"),
    ("policy", "explain", "clerk", "create-contact", "--args", f'{{"name": "{IBAN} {JWT}"}}'),
    ("audit", "list"), ("audit", "review"), ("audit", "summary"), ("audit", "checkpoint"),
    ("audit", "checkpoint", "--mail", "b@example.com"),
    ("audit", "reconcile", "--list"), ("audit", "crosscheck", "--since", "2026-01-01"),
)  # fmt: skip


def said(house: House, *arguments: str, lines: str) -> subprocess.CompletedProcess[str]:
    """Run a command that reads passphrases, a line each."""
    return subprocess.run(
        [sys.executable, "-m", "xero_mcp", *arguments, "--passphrase-stdin"],
        env={"PATH": "/usr/bin:/bin", **house.full_environment()},
        cwd=house.folder,
        input=lines,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


def test_a_bank_number_that_a_person_is_asked_about_is_seen_by_them_and_lies_in_no_file(
    house: House,
):
    house.write_policy(ASKS)
    with raw_server(house, "clerk") as server:
        contact = {"name": f"Bolt {JWT}", "bank_account": IBAN}
        asked = server.call("save-contacts", {"contacts": [contact]})
        server.close_input()
        server.wait()
    assert asked["error"]["code"] == "APPROVAL_REQUIRED", asked
    [number] = [one["message"] for one in asked["error"]["details"] if one["path"] == "approval_id"]
    shown = house.run("approvals", "show", number)
    assert IBAN in shown.stdout, "who decides must see what about"
    approved = house.run("approvals", "approve", number, "--as", CONTROLLER)
    assert approved.returncode == 0, approved.stderr
    written = [everything_in(house.folder), *server.errors, *exports(house)]
    written += [shown.stderr.encode(), approved.stderr.encode()]
    assert leaks(b"\n".join(written)) == []


@pytest.mark.slow
def test_a_passphrase_is_neither_kept_nor_said(house: House):
    other = f"{PASSPHRASE}-and-another"
    ran = [
        said(house, "people", "add", CONTROLLER, lines=f"{PASSPHRASE}\n"),
        said(house, "people", "passphrase", CONTROLLER, lines=f"{other}\n{other}\n"),
        said(house, "people", "passphrase", CONTROLLER, lines=f"{PASSPHRASE}\n{other}\n"),
        said(house, "approvals", "approve", "ap-NOTONE", "--as", CONTROLLER, lines=f"{other}\n"),
    ]
    assert [one.returncode for one in ran] == [0, 1, 0, 1], [one.stderr for one in ran]
    written = [everything_in(house.folder), *exports(house)]
    written += [f"{one.stdout}{one.stderr}".encode() for one in ran]
    assert leaks(b"\n".join(written)) == []


@pytest.mark.slow
def test_no_command_says_a_secret(house: House):
    house.environment |= {**IN_SETTINGS, **SMTP}
    house.write_policy(POLICY)
    with raw_server(house, "clerk") as server:
        server.call("create-contact", {"name": f"Bolt {IBAN} {JWT}", "phone": CARD})
        server.close_input()
        server.wait()
    for command in COMMANDS:
        ran = house.run(*command)
        assert "Traceback" not in ran.stderr, command
        assert leaks(f"{ran.stdout}{ran.stderr}".encode()) == [], command
    assert leaks(everything_in(house.folder)) == []


@pytest.mark.slow
def test_what_stands_in_a_key_file_stands_nowhere_else(house: House):
    house.write_policy(POLICY)
    with raw_server(house, "clerk") as server:
        server.call("list-accounts")
        server.close_input()
        server.wait()
    told = [house.run("audit", *words) for words in (("checkpoint",), ("public-key",), ("export",))]
    keys = [path for path in house.home.iterdir() if path.name in KEY_FILES]
    assert len(keys) == len(KEY_FILES), sorted(path.name for path in house.home.iterdir())
    written = [everything_in(house.folder), *server.errors]
    written += [f"{one.stdout}{one.stderr}".encode() for one in told]
    heap = b"\n".join(written)
    for path in keys:
        lines = [line for line in path.read_bytes().splitlines() if not line.startswith(b"-----")]
        assert lines
        for line in lines:
            assert heap.count(line) == 1, f"{path.name}, which is in the heap itself"


async def test_an_outcome_that_waits_in_a_file_holds_no_secret(tmp_path: Path):
    async with world(tmp_path) as house:
        half = Half(house)
        half.store.broken = True
        given = bill(house.supplier(), number=f"N {CARD}", reference=BEARER)
        await house.call("create-invoice", given)
        waiting = [one for one in half.folder.iterdir() if one.suffix == ".json"]
        assert len(waiting) == 1
        assert leaks(b"\n".join(one.read_bytes() for one in waiting)) == []
