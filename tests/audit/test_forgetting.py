"""A person's records are forgotten: nothing of them is left, and the chain still verifies."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.audit.entries import CONTACT_ID, INTENT, ORGANISATION, OUTCOME, REFUSAL
from tests.audit.evidence import KEY, VERIFIERS
from tests.fakes import FakeClock
from xero_mcp.audit.canonical import canonical, sha256
from xero_mcp.audit.chain import seal
from xero_mcp.audit.checkpoint import Checkpoint
from xero_mcp.audit.entry import Entry, Kind, ObjectRef, ResultRef, XeroRequestRef
from xero_mcp.audit.facts import facts_of
from xero_mcp.audit.forgetting import Plan, Wanted, forget, plan_of
from xero_mcp.audit.likeness import Why
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.notary import Notary
from xero_mcp.audit.sealed import Vault
from xero_mcp.clock import to_iso
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.store.tables.audit import AuditFilters, AuditRow, SealedRow
from xero_mcp.store.tables.writes import WriteRow, WriteState

NAME = "Erika Mustermann"
OTHER_ID = "00000000-0000-4000-8000-00000000000b"
MADE = Entry(
    kind=Kind.OUTCOME,
    intent_id="a-3",
    agent="ap-clerk",
    organisation=ORGANISATION,
    tool="update-contact",
    action=f"update contact {NAME}",
    object=ObjectRef(type="contact", id=CONTACT_ID, number="K-77"),
    result=ResultRef(ids=(CONTACT_ID,)),
    xero_requests=(
        XeroRequestRef(
            method="POST", path=f"/Contacts/{CONTACT_ID}", status=200, request_id="r-9", ms=4
        ),
    ),
)


class Log:
    """A log with the records of a person, and of others."""

    def __init__(self, store: SqliteStore, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.notary = Notary(clock, lambda: KEY)
        vault = Vault(lambda: b"k" * 32, randomness=lambda count: b"s" * count)
        self.log = AuditLog(store, clock, notary=self.notary, vault=vault)

    async def fill(self) -> None:
        await self.log.record(replace(INTENT, id="a-1", contact_name=NAME))
        await self.log.record(replace(OUTCOME, intent_id="a-1", contact_name=NAME))
        other = {"contact_id": OTHER_ID, "reference": "other"}
        await self.log.record(replace(INTENT, id="a-2", contact_id=OTHER_ID, arguments=other))
        await self.log.record(replace(INTENT, id="a-3", contact_id=CONTACT_ID))
        await self.log.record(MADE)
        hidden = {"search": NAME}
        await self.log.record(replace(REFUSAL, arguments={}, full_arguments=hidden))
        await self.log.record(replace(REFUSAL, arguments={"search": "Erika Mustermannsen"}))

    async def rows(self) -> list[AuditRow]:
        return await self.store.read(lambda tables: tables.audit.scan(0, limit=100))

    async def checkpoint(self) -> Checkpoint:
        made = await self.store.write(self.notary.checkpoint)
        assert made is not None
        return made

    async def plan(
        self,
        contact: str | None = None,
        record_id: str | None = None,
        *,
        by_text: bool = False,
    ) -> Plan:
        wanted = Wanted(contact=contact, record_id=record_id, by_text=by_text)
        return await self.store.read(lambda tables: plan_of(tables, wanted, self.log.full_text))

    async def forget(self, plan: Plan) -> tuple[str, ...]:
        return await forget(
            self.store, self.log, plan, person="system user eve", reason="request 7"
        )


@pytest.fixture
async def log(store: SqliteStore, clock: FakeClock) -> Log:
    made = Log(store, clock)
    await made.fill()
    return made


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


@pytest.mark.parametrize("contact", [NAME, NAME.upper(), CONTACT_ID])
async def test_whatever_was_recorded_of_a_contact_is_found(log: Log, contact: str):
    plan = await log.plan(contact=contact)
    by_name = (6,) if contact != CONTACT_ID else ()
    assert plan.seqs == (1, 2, 4, 5, *by_name)
    assert (plan.under_way, plan.too_old) == (0, 0)


async def test_a_plan_says_of_each_call_why_it_is_one_of_theirs(log: Log):
    plan = await log.plan(contact=NAME)
    assert [(one.call, one.tool, one.why) for one in plan.taken] == [
        ("a-1", "create-invoice", Why.CONTACT_ID),
        ("a-3", "create-invoice", Why.CONTACT_ID),
        (plan.taken[2].call, "create-payment", Why.ARGUMENT),
    ]
    by_id = await log.plan(record_id="a-2")
    assert [(one.call, one.why) for one in by_id.taken] == [("a-2", Why.ID)]


def of(name: str, number: str, contact_id: str) -> list[Entry]:
    """A bill of somebody: what was set out to be done, and the outcome, which has the name."""
    bill = {"contact_id": contact_id, "type": "bill", "number": number}
    intent = replace(INTENT, id=number, contact_name=None, contact_id=contact_id, arguments=bill)
    done = replace(OUTCOME, intent_id=number, contact_id=contact_id, contact_name=name)
    return [intent, done]


def id_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


async def named_alike(log: Log) -> None:
    names = ("Nut Ltd", "Smith, Jones", "Jones", "3M", "Bill", "Ltd Nut Ltd", "(Jones)")
    for number, name in enumerate(names, start=1):
        for entry in of(name, f"n-{number}", id_of(number)):
            await log.log.record(entry)
    for text in ("for Jones", "Jones) in Demo Company (Global)"):
        note = {"reference": text}
        await log.log.record(replace(REFUSAL, arguments=note, action=f"note (1.00 USD, {text}"))


@pytest.mark.parametrize(
    ("said", "calls", "ids"),
    [
        ("Nut Ltd", ["n-1"], [1]),
        ("nut ltd", ["n-1"], [1]),
        ("Ltd", [], []),
        ("Jones", ["n-3"], [3]),
        ("Smith, Jones", ["n-2"], [2]),
        ("(Jones)", ["n-7"], [7]),
        ("3M", ["n-4"], [4]),
        ("Bill", ["n-5"], [5]),
        ("Demo Company (Global)", [], []),
        ("ap-clerk", [], []),
        ("USD", [], []),
        (id_of(1), ["n-1"], []),
    ],
)
async def test_a_whole_name_is_meant_and_nobody_whose_name_has_it_in_it(
    log: Log, said: str, calls: list[str], ids: list[int]
):
    await named_alike(log)
    plan = await log.plan(contact=said)
    assert (list(plan.calls), list(plan.contact_ids)) == (calls, [id_of(one) for one in ids])
    assert len(plan.seqs) == 2 * len(calls)


LONG = "The Remarkably Long Trading Company of the Southern Islands (1998) Pty Ltd"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (LONG, LONG),
        (f"{LONG} ATF the Jones Family Trust", f"{LONG} atf the jones family trust"),
        ("Nut Ltd.", "Nut Ltd."),
        ("Nut  and  Bolt", "Nut  and  Bolt"),
        ("Nut  and  Bolt", "Nut and Bolt"),
        ("Zo\u00eb", "Zoe\u0308"),
        ("Zoe\u0308", "Zo\u00eb"),
    ],
)
async def test_a_name_is_found_however_sentences_show_it(log: Log, name: str, said: str):
    listing = replace(REFUSAL, tool="get-contact", arguments={"contact_id": id_of(1)})
    for entry in (*of(name, "n-1", id_of(1)), *of("Bolts & Sons", "n-2", id_of(2)), listing):
        await log.log.record(entry)
    plan = await log.plan(contact=said)
    assert (plan.contact_ids, len(plan.seqs), plan.by_text_alone) == ((id_of(1),), 3, 0)
    assert "n-2" not in plan.calls


async def test_an_argument_is_found_whatever_space_is_between_its_words(log: Log):
    for text in ("nut   ltd", "Nut\tLtd", " Nut\n Ltd"):
        asked = replace(REFUSAL, tool="list-contacts", arguments={"search": text})
        await log.log.record(asked)
    assert len((await log.plan(contact="Nut Ltd")).seqs) == 3


async def test_of_several_whom_sentences_name_alike_none_is_taken_for_another(log: Log):
    for number, ending in enumerate(("North", "South"), start=1):
        for entry in of(f"{LONG} {ending}", f"n-{number}", id_of(number)):
            await log.log.record(entry)
    plan = await log.plan(contact=f"{LONG} North")
    assert (plan.seqs, plan.contact_ids, plan.by_text_alone) == ((), (), 2)
    assert (await log.plan(contact=id_of(1))).calls == ("n-1",)


async def test_words_inside_other_text_are_counted_and_taken_only_where_asked_for(log: Log):
    await named_alike(log)
    plan = await log.plan(contact="Jones")
    assert plan.by_text_alone == 4  # two names that have it in them, and two texts
    loose = await log.plan(contact="Jones", by_text=True)
    assert (len(loose.seqs), loose.by_text_alone) == (8, 0)  # with the intents of those two
    assert Why.TEXT in {one.why for one in loose.taken}
    assert (await log.plan(contact="Jon", by_text=True)).seqs == ()


async def test_a_contact_that_an_agent_made_is_known_by_its_outcome(log: Log):
    intent = replace(
        INTENT,
        id="m-1",
        tool="create-contact",
        action="create contact",
        money=None,
        contact_id=None,
        object=None,
        arguments={"name": "Eve Moneypenny"},
    )
    done = replace(
        intent,
        kind=Kind.OUTCOME,
        id="",
        intent_id="m-1",
        contact_name="Eve Moneypenny",
        result=ResultRef(ids=(id_of(9),)),
        arguments=None,
    )
    for entry in (intent, done, *of("Another Name By Now", "m-2", id_of(9))):
        await log.log.record(entry)
    plan = await log.plan(contact="Eve Moneypenny")
    assert (plan.calls, plan.contact_ids) == (("m-1", "m-2"), (id_of(9),))


@pytest.mark.parametrize(
    ("tool", "arguments", "is_theirs"),
    [
        ("list-contacts", {"search": "Bill"}, True),
        ("list-invoices", {"contact": " bill "}, True),
        ("save-contacts", {"contacts": [{"name": "Ann"}, {"name": "Bill"}]}, True),
        ("save-contact-group", {"name": "Bill"}, False),
        ("save-account", {"name": "Bill"}, False),
        ("list-accounts", {"search": "Bill"}, False),
        ("list-invoices", {"type": "bill"}, False),
        ("list-contacts", {"search": "Bill & Sons"}, False),
        ("add-note", {"note": "Bill"}, False),
    ],
)
async def test_an_argument_is_a_contacts_name_only_where_such_names_stand(
    log: Log,
    tool: str,
    arguments: dict[str, object],
    is_theirs: bool,  # noqa: FBT001 - a case
):
    await log.log.record(replace(REFUSAL, tool=tool, arguments={}, full_arguments=arguments))
    plan = await log.plan(contact="Bill")
    assert (len(plan.seqs) == 1) is is_theirs


async def test_what_an_earlier_version_wrote_stays_and_what_lies_beside_it_goes(
    log: Log,
):
    def old(tables: Tables) -> None:
        """A record without anything that could vouch for its facts."""
        entry = replace(INTENT, id="o-1", contact_id=OTHER_ID)
        at, after = to_iso(log.clock.now()), tables.audit.tail()
        tables.audit.append(seal(entry, after=after, at=at, commitment=None))
        tables.audit.put_sealed(SealedRow(id="o-1", seed="c2VlZA==", box="Ym94"))

    await log.store.write(old)
    plan = await log.plan(record_id="o-1")
    assert (plan.seqs, plan.calls, plan.too_old) == ((), ("o-1",), 1)
    await log.forget(plan)
    assert await log.store.read(lambda tables: tables.audit.sealed_of("o-1")) is None
    rows = await log.rows()
    assert OTHER_ID in rows[-2].body
    assert json.loads(rows[-1].body)["says"].startswith("system user eve had the content of 0 ")
    kept = await log.checkpoint()
    for way in VERIFIERS.values():
        assert way(await log.rows(), [kept], 0) is None


async def test_nothing_of_them_is_left_and_every_verifier_still_says_so(log: Log, database: Path):
    before = await log.checkpoint()
    [because] = await log.forget(await log.plan(contact=NAME))
    after = await log.checkpoint()
    rows = await log.rows()
    for way in VERIFIERS.values():
        assert way(rows, [before, after], 0) is None
    await log.store.leave_no_trace()
    heap = everything_in(database.parent)
    others = heap.replace(b"Erika Mustermannsen", b"")
    assert others != heap, "somebody else, whose name begins alike, stays"
    for gone in (NAME, CONTACT_ID, "K-77"):
        assert gone.encode() not in others, gone
    said = json.loads(rows[-1].body)
    assert (said["id"], said["forgotten"]) == (because, {"records": "1-2 4-6", "count": 5})
    assert said["says"] == ("system user eve had the content of 5 records forgotten: request 7.")


async def test_evidence_stays_without_the_person(log: Log):
    await log.forget(await log.plan(contact=NAME))
    first, _, _, _, made, *_ = await log.rows()
    body = json.loads(first.body)
    assert body["money"]["amount"] == "499.99"
    assert (body["agent"], body["tool"], body["decision"]) == (
        "ap-clerk",
        "create-invoice",
        "allow",
    )
    assert "salt" not in body
    assert json.loads(made.body)["xero_requests"] == [
        {"method": "POST", "path": "/Contacts/{id}", "status": 200, "request_id": "r-9", "ms": 4}
    ]
    assert (
        await log.log.records(AuditFilters(contact_id=CONTACT_ID), is_live=lambda _: True)
    ) == []
    story = await log.log.show("a-1", is_live=lambda _: True)
    assert [one.row.kind for one in story] == ["intent", "outcome", "forgotten"]
    assert story[0].says.startswith("ap-clerk, create-invoice in Demo Company (Global): intent.")
    assert "was forgotten" in story[0].says


async def test_the_full_arguments_do_not_open_any_more(log: Log):
    opened = await log.store.read(lambda tables: log.log.full_of(tables, "a-1"))
    assert opened is not None
    await log.forget(await log.plan(record_id="a-1"))
    assert await log.store.read(lambda tables: log.log.full_of(tables, "a-1")) is None
    other = await log.store.read(lambda tables: log.log.full_of(tables, "a-2"))
    assert other is not None


async def test_what_was_forgotten_is_not_forgotten_twice(log: Log):
    await log.forget(await log.plan(contact=NAME))
    assert (await log.plan(contact=NAME)).seqs == ()
    log.clock.advance(60)
    everything = Wanted(before=log.clock.now())
    left = await log.store.read(lambda tables: plan_of(tables, everything, log.log.full_text))
    assert left.seqs == (3, 7)


def write_of(state: WriteState, clock: FakeClock) -> WriteRow:
    return WriteRow(
        intent_id="a-1", agent="ap-clerk", organisation_id="o", tool="create-invoice",
        request_digest="r", payload_digest="p", idempotency_key="k", first_sent_at=clock.now(),
        instance="s", state=state, answer=f'{{"contact": "{NAME}"}}', contacts=(CONTACT_ID,),
    )  # fmt: skip


async def test_answers_kept_for_repeats_are_forgotten_too(log: Log):
    await log.store.write(lambda tables: tables.writes.claim(write_of(WriteState.DONE, log.clock)))
    await log.forget(await log.plan(contact=NAME))
    kept = await log.store.read(lambda tables: tables.writes.get("a-1"))
    assert kept is not None
    assert (kept.answer, kept.contacts, kept.request_digest) == ("{}", (), "forgotten")


async def test_a_call_that_nobody_knows_the_end_of_keeps_its_content(log: Log):
    await log.store.write(
        lambda tables: tables.writes.claim(write_of(WriteState.UNKNOWN, log.clock))
    )
    plan = await log.plan(contact=NAME)
    assert (plan.seqs, plan.under_way) == ((4, 5, 6), 2)


async def test_a_record_that_was_changed_before_is_not_forgotten_over(log: Log, database: Path):
    plan = await log.plan(contact=NAME)
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        plain.execute("DROP TRIGGER audit_is_never_changed")
        plain.execute("UPDATE audit SET body = REPLACE(body, '499.99', '1.00') WHERE seq = 2")
    with pytest.raises(StoreUnavailableError, match="Record 2 is not what was written"):
        await log.forget(plan)
    assert [row.kind for row in await log.rows()][-1] == "refusal", "nothing was done"


def other_facts(row: AuditRow) -> AuditRow:
    body = {**json.loads(row.body), "agent": "somebody-else"}
    return row._replace(body=canonical(body))


def hashed_otherwise(row: AuditRow) -> AuditRow:
    return row._replace(hash=sha256("x"))


def not_marked(row: AuditRow) -> AuditRow:
    return row._replace(forgotten=None)


def spaced(row: AuditRow) -> AuditRow:
    return row._replace(body=row.body.replace(":", ": ", 1))


@pytest.mark.parametrize("spoil", [other_facts, hashed_otherwise, not_marked, spaced])
async def test_tampering_with_what_is_left_is_found(
    log: Log, spoil: Callable[[AuditRow], AuditRow]
):
    await log.forget(await log.plan(contact=NAME))
    kept = await log.checkpoint()
    for place in (1, 2, 4, 5, 6):
        rows = await log.rows()
        rows[place - 1] = spoil(rows[place - 1])
        for name, way in VERIFIERS.items():
            assert way(rows, [kept], 0) == (place, "changed"), name


async def test_content_that_somebody_took_out_without_a_record_is_found(log: Log):
    await log.forget(await log.plan(contact=NAME))
    await log.log.record(REFUSAL)
    kept = await log.checkpoint()
    for place in (3, 7):
        rows = await log.rows()
        body = facts_of(json.loads(rows[place - 1].body))
        rows[place - 1] = rows[place - 1]._replace(
            body=canonical(body), forgotten="a-x", contact_id=None
        )
        for name, way in VERIFIERS.items():
            assert way(rows, [kept], 0) == (place, "changed"), name


BEFOREHAND = (
    "UPDATE audit SET facts = 'of somebody else' WHERE seq = 7",
    "UPDATE audit SET facts = NULL WHERE seq = 7",
    "UPDATE audit SET body = REPLACE(body, '1.00', '9.00') WHERE seq = 7",
    "UPDATE audit SET forgotten = 'a-x', body = '{\"agent\":\"somebody-else\"}' WHERE seq = 7",
)


@pytest.mark.parametrize("same_process", [True, False])
@pytest.mark.parametrize("attack", BEFOREHAND)
async def test_nobody_can_have_other_facts_vouched_for_before_the_next_record_comes(
    log: Log,
    database: Path,
    attack: str,
    same_process: bool,  # noqa: FBT001 - a case
):
    """Else they could be put in the record's place later, as if it had been forgotten."""
    last = (await log.rows())[-1]
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        plain.execute("DROP TRIGGER audit_is_never_changed")
        plain.execute(attack)
    writer = log.log if same_process else Log(log.store, log.clock).log
    await writer.record(REFUSAL)
    vouched = json.loads((await log.rows())[-1].body).get("prev_facts")
    assert vouched in {last.facts, None}
    is_hidden = "facts" in attack.partition("WHERE")[0]
    assert (vouched == last.facts) is (same_process or is_hidden)


@pytest.mark.parametrize("way", VERIFIERS)
async def test_where_the_record_that_says_so_was_cut_off_the_content_is_missed(log: Log, way: str):
    kept = await log.checkpoint()
    await log.forget(await log.plan(contact=NAME))
    rows = await log.rows()
    assert VERIFIERS[way](rows[:7], [kept], 0) == (1, "changed")
