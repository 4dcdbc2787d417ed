"""What is hidden reaches neither an agent nor the audit log."""

import json

from tests.gate.world import OPEN_POLICY, World, bill, code_of
from xero_mcp.audit.log import commitment_to

HIDES = f"{OPEN_POLICY}hide: [contact.email, contact.bank_account, line.description]\n"


async def test_a_list_an_error_and_the_record_show_no_hidden_field(house: World):
    house.write_policy(HIDES)
    address = "payables@bolt.example"
    made = await house.call("create-contact", {"name": "Quite New Ltd", "email": address})
    assert code_of(made) == "ok"
    listed = await house.good("list-contacts", {"search": "Quite New Ltd"})
    column = listed["columns"].index("email")
    assert {row[column] for row in listed["rows"] if row[1] == "Quite New Ltd"} == {"[hidden]"}
    wrong = await house.call("create-contact", {"name": address, "email": 1})
    again = await house.call(
        "create-contact", {"name": f"Quite New Ltd {address}", "email": address}
    )
    heard = [listed, made.content, wrong.content, again.content, await house.records()]
    assert address not in json.dumps(heard)


async def test_a_repeat_is_masked_as_the_first_answer_was(house: World):
    arguments = {"name": "a@bolt.example"}
    first = await house.good("create-contact", arguments)
    assert first["contact"] == "a@bolt.example"
    house.write_policy(HIDES)
    again = await house.good("create-contact", arguments)
    assert again["repeated"] is True
    assert again["contact"] == "[hidden]"


async def test_the_lines_of_a_document_keep_their_amounts(house: World):
    invoice = next(one for one in house.books.table("Invoices") if one["Type"] == "ACCPAY")
    house.write_policy(HIDES)
    found = await house.good("get-invoice", {"invoice_id": invoice["InvoiceID"]})
    assert {line["description"] for line in found["lines"]} == {"[hidden]"}
    assert all(line["line_amount"] for line in found["lines"])


async def test_what_a_record_binds_to_are_the_arguments_as_they_were_sent(house: World):
    house.write_policy(HIDES)
    sent = {"name": "Quite New Ltd", "email": "payables@bolt.example"}
    await house.good("create-contact", sent)
    [intent] = await house.records(kind="intent", tool="create-contact")
    assert intent["arguments"]["email"] == "[hidden]"
    [outcome] = await house.records(kind="outcome", tool="create-contact")
    assert "arguments_commitment" not in outcome
    audit = house.office.audit
    kept = await house.office.store.read(lambda tables: audit.full_of(tables, intent["id"]))
    assert kept is not None
    assert kept.arguments == sent
    bound = commitment_to(kept.arguments, salt=kept.salt)
    assert bound == intent["arguments_commitment"]


async def test_an_approval_is_for_the_arguments_as_they_were_sent(house: World):
    house.write_policy(
        f"{HIDES}rules:\n  - name: a person looks\n    for: [create-invoice]\n"
        '    ask_when: { total_over: "10.00 USD" }\n'
    )
    first = bill(house.supplier(), "100.00")
    other = {**first, "lines": [{**first["lines"][0], "description": "Something else"}]}
    asked = [await house.call("create-invoice", sent) for sent in (first, other, first)]
    ids = [one.content["error"]["details"][0]["message"] for one in asked]
    assert ids[0] == ids[2] != ids[1]


async def test_an_agent_is_told_whom_to_ask_where_addresses_are_hidden(house: World):
    """The policy's own people are nobody's contact; the contact of that address stays hidden."""
    rule = 'rules: [{ name: a, ask_when: { total_over: "5.00 USD" }, ask: [Jane@example.com] }]\n'
    house.write_policy(f"{HIDES}{rule}")
    asked = (await house.call("create-invoice", bill(house.supplier(), "5.01"))).content["error"]
    assert "waits for jane@example.com until" in asked["next_step"]
    assert asked["details"][1]["allowed"] == ["jane@example.com"]
    refused = (await house.call("list-quotes", {})).content["error"]
    assert "finance@example.com may change" in refused["next_step"]
    made = await house.call("create-contact", {"name": "N Ltd", "email": "jane@example.com"})
    listed = await house.good("list-contacts", {"search": "N Ltd"})
    assert "jane@example.com" not in json.dumps([made.content, listed])
