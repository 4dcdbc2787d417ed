"""Full arguments beside the log: encrypted, bound by the commitment, gone once forgotten."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.audit.entries import INTENT, REFUSAL
from tests.fakes import FakeClock
from xero_mcp.audit.canonical import canonical
from xero_mcp.audit.log import AuditLog, commitment_to
from xero_mcp.audit.sealed import SEALED, Content, SealedError, Vault
from xero_mcp.store.base import Store
from xero_mcp.store.sqlite import SqliteStore

PLANTED = "PLANTED-passphrase"
FULL = {"contact_id": "c", "name": "Erika Mustermann", "password": PLANTED}


def vault_of(key: bytes = b"k" * 32) -> Vault:
    return Vault(lambda: key, randomness=lambda count: bytes(range(count)))


def test_what_was_sealed_opens_with_the_same_key_for_the_same_record_alone():
    content = Content(salt="ab", arguments=["x", {"y": 1}])
    row = vault_of().close("a-1", content)
    assert vault_of().open(row) == content
    for key, changed in (
        (b"o" * 32, row),
        (b"k" * 32, row._replace(id="a-2")),
        (b"k" * 32, row._replace(seed=row.box)),
        (b"k" * 32, row._replace(box=row.box[:-8])),
        (b"k" * 32, row._replace(box="?")),
    ):
        with pytest.raises(SealedError, match="XERO_MCP_SECRET_KEY"):
            vault_of(key).open(changed)


def test_what_is_sealed_is_the_canonical_form_of_arguments_and_salt():
    content = Content(salt='a"b', arguments={"z": "\u00e9", "a": [1, None, {"b": True}]})
    row = vault_of().close("a-1", content)
    text = vault_of().open_text("a-1", f"{SEALED}{row.seed}.{row.box}")
    assert text == canonical({"arguments": content.arguments, "salt": content.salt})


async def test_the_full_arguments_are_kept_and_the_record_shows_what_the_policy_lets_it(
    store: Store, clock: FakeClock
):
    log = AuditLog(store, clock, vault=vault_of())
    entry = replace(INTENT, arguments={"name": "[hidden]"}, full_arguments=FULL)
    record = await log.record(entry)
    assert record.body["arguments"] == {"name": "[hidden]"}
    content = await store.read(lambda tables: log.full_of(tables, record.id))
    assert content is not None
    assert content.arguments == FULL
    assert record.body["arguments_commitment"] == commitment_to(FULL, salt=content.salt)


def raw(path: Path) -> bytes:
    return path.read_bytes()


async def test_nothing_of_the_full_arguments_is_readable_in_the_file(
    store: SqliteStore, database: Path, clock: FakeClock
):
    log = AuditLog(store, clock, vault=vault_of())
    await log.record(replace(REFUSAL, arguments={}, full_arguments=FULL))
    await store.leave_no_trace()
    with closing(sqlite3.connect(database)) as plain:
        heap = "\n".join(plain.iterdump())
    assert "audit_sealed" in heap
    assert PLANTED not in heap
    assert "Mustermann" not in heap
    assert PLANTED.encode() not in raw(database)
