"""Entries as the gate writes them, for the audit log's tests."""

from decimal import Decimal

from xero_mcp.audit.entry import (
    Client,
    Entry,
    Kind,
    LimitUse,
    ObjectRef,
    OrganisationRef,
    ResultRef,
    Status,
    XeroRequestRef,
)
from xero_mcp.money import Money

ORGANISATION = OrganisationRef(id="org-1", name="Demo Company (Global)")
CONTACT_ID = "6d42f03b-181f-43e3-93fb-2025c012de92"

INTENT = Entry(
    kind=Kind.INTENT,
    id="a-1",
    agent="ap-clerk",
    credential_fingerprint="sha256:0011",
    on_behalf_of="jane@example.com",
    client=Client(name="desktop", version="1.2"),
    transport="stdio",
    protocol="2025-11-25",
    organisation=ORGANISATION,
    tool="create-invoice",
    tool_schema_hash="5" * 64,
    access="draft",
    object=ObjectRef(type="draft bill", number="INV-88"),
    money=Money(Decimal("499.99"), "USD"),
    base_amount=Decimal("499.99"),
    contact_id=CONTACT_ID,
    contact_name="Bolt Ltd",
    arguments={"type": "bill", "contact_id": CONTACT_ID, "number": "INV-88"},
    decision="allow",
    rule="access.bills=draft",
    policy_file="ap-clerk.yaml",
    policy_hash="9" * 64,
    limits=LimitUse(before="0.00 USD", reserved="499.99 USD", after="499.99 USD"),
    idempotency_key="xm-a-1",
    action="create a draft bill",
)
OUTCOME = Entry(
    kind=Kind.OUTCOME,
    intent_id="a-1",
    agent="ap-clerk",
    organisation=ORGANISATION,
    tool="create-invoice",
    object=ObjectRef(type="draft bill", id="3f2b8c1e-0000-4000-8000-0123456789ab", number="INV-88"),
    money=Money(Decimal("499.99"), "USD"),
    contact_name="Bolt Ltd",
    decision="allow",
    rule="access.bills=draft",
    policy_file="ap-clerk.yaml",
    status=Status.OK,
    xero_requests=(
        XeroRequestRef(method="PUT", path="/Invoices", status=200, request_id="r-1", ms=41),
    ),
    result=ResultRef(ids=("3f2b8c1e-0000-4000-8000-0123456789ab",)),
    ms=57,
    action="create a draft bill",
)
REFUSAL = Entry(
    kind=Kind.REFUSAL,
    agent="ap-clerk",
    organisation=ORGANISATION,
    tool="create-payment",
    access="post",
    money=Money(Decimal("1.00"), "USD"),
    arguments={"invoice_id": "i", "amount": "1.00"},
    decision="deny",
    rule="access.payments=off",
    reason="ap-clerk.yaml leaves payments off",
    policy_file="ap-clerk.yaml",
    status=Status.REFUSED,
    error_code="NOT_ALLOWED",
    action="record a payment",
)
