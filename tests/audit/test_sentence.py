import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.audit.entries import INTENT, ORGANISATION, OUTCOME, REFUSAL
from xero_mcp.audit.entry import ApprovalRef, Entry, Kind, Status
from xero_mcp.audit.sentence import past, says

WHERE = "in Demo Company (Global)"
BILL = "draft bill INV-88 (499.99 USD, Bolt Ltd)"
ASKED = ApprovalRef(id="ap-7K3Q9F", digest="d" * 64)
JANE = ASKED._replace(approver="jane@example.com", authenticated=True)
QUESTION = Entry(
    kind=Kind.APPROVAL,
    agent="ap-clerk",
    organisation=ORGANISATION,
    decision="ask",
    reason="bigger bills need a person",
    action="create a draft bill",
    approval=ASKED,
    status=Status.PENDING,
)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (
            Entry(kind=Kind.PERSON, status=Status.OK, reason="jo@example.com was added by root"),
            "Among those who may approve, jo@example.com was added by root.",
        ),
        (
            Entry(kind=Kind.KEY, agent="ap-clerk", status=Status.OK, reason="lost its key to root"),
            "ap-clerk lost its key to root.",
        ),
        (
            Entry(kind=Kind.KEY, status=Status.REFUSED, reason="that is no key of this server"),
            "A credential was refused: that is no key of this server.",
        ),
        (
            Entry(kind=Kind.WEBHOOK, status=Status.REFUSED, reason="its signature is wrong"),
            "A webhook was not taken: its signature is wrong.",
        ),
        (
            OUTCOME,
            f"ap-clerk created {BILL} {WHERE}: allowed by ap-clerk.yaml access.bills=draft.",
        ),
        (
            INTENT,
            (
                f"ap-clerk set out to create {BILL} {WHERE}: "
                "allowed by ap-clerk.yaml access.bills=draft."
            ),
        ),
        (
            replace(OUTCOME, approval=JANE, rule="bigger bills need a person"),
            (
                f"ap-clerk created {BILL} {WHERE}: approved by jane@example.com (ap-7K3Q9F), "
                "as asked for by ap-clerk.yaml bigger bills need a person."
            ),
        ),
        (
            replace(
                OUTCOME,
                status=Status.FAILED,
                error_code="XERO_REJECTED",
                reason="Xero did not accept the document.",
            ),
            (
                f"ap-clerk could not create {BILL} {WHERE}: XERO_REJECTED, "
                "Xero did not accept the document."
            ),
        ),
        (
            replace(OUTCOME, status=Status.UNKNOWN, reason="no answer came"),
            f"It is not known whether ap-clerk created {BILL} {WHERE}: no answer came.",
        ),
        (
            REFUSAL,
            (
                f"ap-clerk was refused leave to record a payment (1.00 USD) {WHERE}: "
                "ap-clerk.yaml leaves payments off."
            ),
        ),
        (
            Entry(kind=Kind.REFUSAL, agent="ap-clerk", tool="drop-tables", reason="unknown tool"),
            "ap-clerk was refused leave to use drop-tables: unknown tool.",
        ),
        (
            replace(REFUSAL, error_code="REPEATED", reason="done before"),
            f"ap-clerk asked once more to record a payment (1.00 USD) {WHERE}: done before.",
        ),
        (
            QUESTION,
            (
                f"ap-clerk asked for a person's leave to create a draft bill {WHERE}: "
                "bigger bills need a person (ap-7K3Q9F)."
            ),
        ),
        (
            replace(QUESTION, approval=JANE, status=Status.APPROVED),
            f"jane@example.com approved ap-7K3Q9F: ap-clerk may create a draft bill {WHERE}, once.",
        ),
        (
            replace(
                QUESTION,
                approval=JANE._replace(authenticated=False, system_user="root"),
                status=Status.REJECTED,
                reason="not ours",
            ),
            (
                "jane@example.com (not signed in; system user root) rejected ap-7K3Q9F: "
                f"ap-clerk may not create a draft bill {WHERE}."
            ),
        ),
        (
            replace(QUESTION, status=Status.EXPIRED, reason="nobody decided in time"),
            (
                f"ap-7K3Q9F ran out: ap-clerk may not create a draft bill {WHERE}: "
                "nobody decided in time."
            ),
        ),
        (
            Entry(kind=Kind.POLICY, policy_file="ap-clerk.yaml", status=Status.OK),
            "Policy ap-clerk.yaml was loaded.",
        ),
        (
            Entry(
                kind=Kind.POLICY,
                policy_file="ap-clerk.yaml",
                status=Status.FAILED,
                reason="line 3: unknown key",
            ),
            "Policy ap-clerk.yaml was not loaded: line 3: unknown key.",
        ),
        (
            Entry(kind=Kind.STARTED, agent="ap-clerk", transport="stdio"),
            "xero-mcp started serving ap-clerk over stdio.",
        ),
        (
            Entry(
                kind=Kind.SETTLED,
                agent="ap-clerk",
                action="create a draft bill",
                status=Status.NOT_DONE,
                reason="Xero has no such bill",
            ),
            "It was found out that ap-clerk did not create a draft bill: Xero has no such bill.",
        ),
    ],
)
def test_a_record_reads_as_a_sentence(entry: Entry, sentence: str):
    assert says(entry) == sentence


@pytest.mark.parametrize(
    ("phrase", "done"),
    [
        ("list invoices (page 1)", "listed invoices (page 1)"),
        ("create a contact", "created a contact"),
        ("run the trial balance", "ran the trial balance"),
        ("apply a credit note", "applied a credit note"),
        ("pay a bill", "paid a bill"),
        ("see what it may do", "saw what it may do"),
        ("void an invoice", "voided an invoice"),
        ("get", "got"),
    ],
)
def test_what_was_done_is_told_in_the_past(phrase: str, done: str):
    assert past(phrase) == done


def test_what_others_wrote_cannot_turn_the_line_or_the_reader():
    nasty = "Bolt\n\x1b[2JLtd\u202e.gpj\u200b " + "x" * 500
    said = says(replace(OUTCOME, contact_name=nasty))
    assert "\n" not in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "Bolt [2JLtd.gpj" in said
    assert len(said) < 300


def test_no_bank_number_or_token_stands_in_a_sentence():
    said = says(replace(OUTCOME, contact_name="GB29 NWBK 6016 1331 9268 19 Bolt"))
    assert "6016" not in said
    hidden = says(replace(OUTCOME, contact_name="12-3456-\u200b7890123-00"))
    assert "7890123" not in hidden
    token = says(replace(OUTCOME, reason="Bearer abcdefghijklmnop123", status=Status.FAILED))
    assert "abcdefghijklmnop123" not in token


@given(
    kind=st.sampled_from(list(Kind)),
    status=st.none() | st.sampled_from(list(Status)),
    decision=st.none() | st.sampled_from(["allow", "ask", "deny"]),
    text=st.text(max_size=40),
)
def test_every_record_gets_one_line_that_ends_with_a_full_stop(
    kind: Kind, status: Status | None, decision: str | None, text: str
):
    said = says(
        Entry(kind=kind, status=status, decision=decision, agent=text, action=text, reason=text)
    )
    assert said.endswith(".")
    assert not {unicodedata.category(letter) for letter in said} & {"Cc", "Cs", "Zl", "Zp"}
