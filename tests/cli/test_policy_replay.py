"""A file under which nothing changed says of every call what became of it."""

from pathlib import Path
from typing import Any

from tests.cli.command import XeroMcp
from tests.gate.world import World, bill, code_of, world

POLICY = """agent: clerk
owner: jane@example.com
organisations: [Demo Company (Global)]
access: { accounts: read, bills: post, contacts: read, manual-journals: draft, currencies: post }
rules:
  - { name: big, for: [create-invoice], ask_when: { total_over: "100.00 USD" } }
  - { name: north, deny_when: { tracking: ["Region: North"] } }
  - { name: courier, for: [save-invoices], deny_when: { account_code_in: ["425"] } }
  - { name: later, for: [save-invoices], deny_when: { contact_known_for_less_than: 1d } }
limits: { money_per_day: "200.00 USD" }
"""
RATES = 'rates: [{ day: 2026-03-02, currency: EUR, worth: "1.10 USD" }]\n'


def replayed(tmp_path: Path) -> str:
    ended = XeroMcp(tmp_path / "home", tmp_path)("policy", "replay", "clerk.yaml")
    assert ended.code == 0, ended.err
    return ended.out


def journal(option: str) -> dict[str, Any]:
    sides = [
        {"account_code": "404", "amount": "10.00", "tracking": [f"Region: {option}"]},
        {"account_code": "400", "amount": "-10.00"},
    ]
    return {"status": "draft", "journals": [{"narration": "n", "lines": sides}]}


def saving(contact: str, account: str, number: str) -> dict[str, Any]:
    line = {"description": "x", "quantity": "1", "unit_amount": "1.00", "account_code": account}
    one = {"contact_id": contact, "number": number, "lines": [line]}
    return {"type": "bill", "status": "draft", "invoices": [one]}


async def outcomes(house: World, *calls: tuple[str, dict[str, Any]]) -> list[str]:
    return [code_of(await house.call(tool, arguments)) for tool, arguments in calls]


async def test_limits_fill_up_by_what_was_taken_of_them(tmp_path: Path):
    """Not by calls that people were only asked about, and in the currency of the limit."""
    async with world(tmp_path) as house:
        day = house.clock.now().date().isoformat()
        text = POLICY + RATES.replace("2026-03-02", day)
        house.write_policy(text)
        (tmp_path / "clerk.yaml").write_text(text, encoding="utf-8")
        await house.good("add-currency", {"currency": "EUR"})
        contact = house.supplier()
        found = await outcomes(
            house,
            ("create-invoice", bill(contact, "150.00", number="A")),
            ("create-invoice", bill(contact, "90.00", number="B", currency="EUR")),
            ("create-invoice", bill(contact, "80.00", number="C")),
            ("create-invoice", bill(contact, "30.00", number="D")),
            ("create-invoice", bill(contact, "2.00", number="E")),
        )
    assert found == ["APPROVAL_REQUIRED", "ok", "ok", "LIMIT_REACHED", "ok"]
    assert "6 calls, all as they were." in replayed(tmp_path)


async def test_a_change_takes_its_rise_alone(tmp_path: Path):
    async with world(tmp_path) as house:
        house.write_policy(POLICY)
        (tmp_path / "clerk.yaml").write_text(POLICY, encoding="utf-8")
        made = await house.good("create-invoice", bill(house.supplier(), "90.00", number="A"))
        change = {"type": "bill", "status": "draft", "invoice_id": made["id"]}
        for reference in ("x", "y", "z"):
            await house.good("update-invoice", {**change, "reference": reference})
        await house.good("create-invoice", bill(house.supplier(), "80.00", number="B"))
    assert "5 calls, all as they were." in replayed(tmp_path)


async def test_what_may_have_been_stopped_by_a_fact_that_is_not_kept_says_so(tmp_path: Path):
    rule = "  - { name: mail, for: [save-contacts], deny_when: { email_would_change: true } }\n"
    text = POLICY.replace("contacts: read", "contacts: draft").replace("limits:", f"{rule}limits:")
    async with world(tmp_path) as house:
        house.write_policy(text)
        (tmp_path / "clerk.yaml").write_text(text, encoding="utf-8")
        one = {"contact_id": house.supplier(), "email": "other@example.com"}
        found = await outcomes(house, ("save-contacts", {"contacts": [one]}))
    assert found == ["NOT_ALLOWED"]
    said = " ".join(replayed(tmp_path).split())
    assert "deny -> allow save-contacts: allowed by" in said
    assert "(not known: email_change)" in said


async def test_lines_are_weighed_wherever_they_stand_in_the_arguments(tmp_path: Path):
    async with world(tmp_path) as house:
        house.write_policy(POLICY)
        (tmp_path / "clerk.yaml").write_text(POLICY, encoding="utf-8")
        contact = house.supplier()
        found = await outcomes(
            house,
            ("save-manual-journals", journal("North")),
            ("save-manual-journals", journal("South")),
            ("save-invoices", saving(contact, "425", "A")),
            ("save-invoices", saving(contact, "404", "B")),
        )
    assert found == ["NOT_ALLOWED", "ok", "NOT_ALLOWED", "ok"]
    assert "4 calls, all as they were." in replayed(tmp_path)
