"""Every word that a policy file may hold: the loader, the schema and the docs are made of it.

A word that is not enforced is refused by the loader, so that no file promises what
nobody keeps.
"""

from collections.abc import Mapping
from types import MappingProxyType

from xero_mcp.policy.scopes import REPORT_SCOPES
from xero_mcp.policy.word import Shape, Word, table_of
from xero_mcp.tool.access import Access, Area

POLICY = table_of(
    Word(
        name="agent",
        shape=Shape.NAME,
        required=True,
        means="The agent that the policy is for. The file is named after it: `ap-clerk.yaml`.",
        example="ap-clerk",
    ),
    Word(
        name="purpose",
        shape=Shape.TEXT,
        means="What the agent is for, in a sentence, for the people who read this.",
        example="Enters supplier bills as drafts.",
    ),
    Word(
        name="owner",
        shape=Shape.EMAIL,
        means="Who may change the policy. Also asked where a rule that asks names nobody.",
        example="finance@example.com",
    ),
    Word(
        name="expires",
        shape=Shape.DATE,
        means="The last day (UTC) on which it holds. After it, everything is denied.",
        example="2027-03-31",
    ),
    Word(
        name="mode",
        shape=Shape.MODE,
        means=(
            "`enforce`, which also holds where nothing is said, or `watch`: let pass what access,"
            " tools, rules and limits would stop, and record what would have been. Organisations,"
            " expiry, never and scopes hold in both."
        ),
        example="enforce",
    ),
    Word(
        name="attribution",
        shape=Shape.ATTRIBUTION,
        means=(
            "`history-note`: each document that a write makes or changes gets a note in its history"
            " in Xero, with the agent's name and the audit id. One more request a document, of the"
            " agent's own share; a note that fails is no failure of the write. `none`, which also"
            " holds where nothing is said: no note."
        ),
        example="history-note",
    ),
    Word(
        name="organisations",
        shape=Shape.NAMES,
        required=True,
        means="The organisations it may work in: each exactly as Xero writes its name, or its id.",
        example="[Demo Company (Global)]",
    ),
    Word(
        name="access",
        shape=Shape.SECTION,
        required=True,
        means="What it may do in each area of the books. What is not named is off.",
    ),
    Word(
        name="rules",
        shape=Shape.SECTIONS,
        means="When a person is asked, and when the answer is no. Their order does not matter.",
    ),
    Word(
        name="never",
        shape=Shape.NEVER,
        means="What no level, no rule and nobody's approval opens.",
        example="[change-bank-details]",
    ),
    Word(
        name="limits",
        shape=Shape.SECTION,
        means="What the agent may use up, in each organisation.",
    ),
    Word(
        name="rates",
        shape=Shape.SECTIONS,
        means=(
            "Dated rates of your own, by which an amount in another currency is weighed. Those of"
            " the last 30 days count, the newest first, before the rates of approved documents."
        ),
    ),
    Word(
        name="tools",
        shape=Shape.SECTION,
        means="Narrows what access gives, tool by tool. It never widens it.",
        example="{ except: [create-contact] }",
    ),
    Word(
        name="scopes",
        shape=Shape.SCOPES,
        means=(
            "A ceiling for the token: Xero itself refuses what is above it. A write scope includes"
            " its read scope. Left out: just what access needs."
        ),
        example="[accounting.invoices, accounting.contacts.read]",
    ),
    Word(
        name="examples",
        shape=Shape.SECTIONS,
        means=(
            "Calls and what must become of them. They are run before the file is used: one that"
            " comes out differently keeps the file out."
        ),
    ),
    Word(
        name="hide",
        shape=Shape.FIELDS,
        means=(
            "Fields that are taken out of every answer, every error and every audit record. Tools"
            " that hand out files are then off: nothing can be taken out of a file."
        ),
        example="[contact.bank_account, contact.tax_number]",
    ),
)

RULE = table_of(
    Word(
        name="name",
        shape=Shape.TEXT,
        required=True,
        means="What the rule is called in refusals, in approvals and in the audit log.",
        example="bigger bills need a person",
    ),
    Word(
        name="for",
        shape=Shape.TOOLS,
        means="The tools that the rule is for. Left out: every tool.",
        example="[create-invoice]",
    ),
    Word(
        name="ask_when",
        shape=Shape.SECTION,
        means="A person is asked when all of these conditions hold.",
        example='{ total_over: "500.00 USD" }',
    ),
    Word(
        name="deny_when",
        shape=Shape.SECTION,
        means="The answer is no when all of these conditions hold.",
        example='{ total_over: "5000.00 USD" }',
    ),
    Word(
        name="allow_when",
        shape=Shape.SECTION,
        means=(
            "The answer is no unless all of these conditions hold, of every line and document. It"
            " opens nothing that access leaves shut, and needs `for`."
        ),
        example='{ account_code_in: ["400-499"] }',
    ),
    Word(
        name="ask",
        shape=Shape.EMAILS,
        means="Who may approve. Left out: the owner.",
        example="[controller@example.com]",
    ),
    Word(
        name="approvals",
        shape=Shape.COUNT,
        means="How many different people must approve. Left out: 1.",
        example="1",
    ),
    Word(
        name="answer_within",
        shape=Shape.DURATION,
        means="How long they have, from 1m to 30d. Left out: 24h.",
        example="4h",
    ),
    Word(
        name="ask_strictly",
        shape=Shape.TRUE_FALSE,
        means="Only an approver who gave a passphrase counts (`xero-mcp people add`).",
        example="true",
    ),
    Word(
        name="after_reading",
        shape=Shape.READING,
        means=(
            "`untrusted_text`: the rule holds for writes alone, and only once the conversation was"
            " shown text that others wrote in Xero (what an answer names in `text_by_others`). With"
            " neither `ask_when` nor `deny_when` beside it, it asks. A conversation is a server"
            " process on stdio, a session on HTTP; without a session, the agent's last hour."
        ),
        example="untrusted_text",
    ),
)

LIMITS = table_of(
    Word(
        name="hours",
        shape=Shape.HOURS,
        means="When it works, in a time zone. Outside, every call is denied.",
        example='"Mon-Fri 08:00-18:00 Europe/London"',
    ),
    Word(
        name="writes_per_hour",
        shape=Shape.COUNT,
        means="How many writes in any 60 minutes, those in flight counted in.",
        example="40",
    ),
    Word(
        name="money_per_day",
        shape=Shape.MONEY,
        means=(
            "The sum of the totals that it creates, authorises or pays in a day, and of what it"
            " raises others by; taking back counts nothing. The day is that of the time zone of"
            " `hours`, else UTC."
        ),
        example='"2000.00 USD"',
    ),
    Word(
        name="money_per_contact",
        shape=Shape.MONEY,
        means="The same for one contact, in a day. In the currency of `money_per_day`.",
        example='"1000.00 USD"',
    ),
    Word(
        name="money_per_document",
        shape=Shape.MONEY,
        means=(
            "The most that one document may come to, or one payment. Several in one call count"
            " together."
        ),
        example='"5000.00 USD"',
    ),
    Word(
        name="xero_calls_per_minute",
        shape=Shape.COUNT,
        means="How many requests it may make of Xero in 60 seconds, second tries counted in.",
        example="20",
    ),
    Word(
        name="xero_calls_per_day",
        shape=Shape.COUNT,
        means=(
            "The same in 24 hours. With no limit here, one agent still gets at most 80% of what"
            " Xero gives an organisation in a day, and the last 5% is for people."
        ),
        example="1000",
    ),
    Word(
        name="rows_read_per_day",
        shape=Shape.COUNT,
        means="How many rows of lists, reports and records it is shown in a day.",
        example="5000",
    ),
)

TOOLS = table_of(
    Word(
        name="only",
        shape=Shape.TOOLS,
        means="These tools and no others, as far as access gives them.",
        example="[list-invoices, get-invoice]",
    ),
    Word(
        name="except",
        shape=Shape.TOOLS,
        means="Not these tools, whatever access gives.",
        example="[create-contact]",
    ),
)

RATE = table_of(
    Word(
        name="day",
        shape=Shape.DATE,
        required=True,
        means="The day of the rate. It holds from then on, for 30 days.",
        example="2026-03-02",
    ),
    Word(
        name="currency",
        shape=Shape.CURRENCY,
        required=True,
        means="The currency of which one is weighed.",
        example="EUR",
    ),
    Word(
        name="worth",
        shape=Shape.RATE,
        required=True,
        means="What one of it is worth, with up to ten decimals. It holds the other way round too.",
        example='"1.0850 USD"',
    ),
)

EXAMPLE = table_of(
    Word(
        name="call",
        shape=Shape.NAME,
        required=True,
        means="The tool that is called.",
        example="create-invoice",
    ),
    Word(
        name="with",
        shape=Shape.SECTION,
        means="Arguments and facts of the call. What is not given does not apply.",
        example='{ type: bill, total: "500.00 USD" }',
    ),
    Word(
        name="expect",
        shape=Shape.OUTCOME,
        required=True,
        means="What must become of it.",
        example="allow",
    ),
)

ACCESS = table_of(
    *(
        Word(
            name=area.value,
            shape=Shape.LEVEL_OR_REPORTS if area is Area.REPORTS else Shape.LEVEL,
            means=means,
            example="[profit-and-loss]" if area is Area.REPORTS else "read",
        )
        for area, means in {
            Area.ORGANISATION: "The organisation itself. `read` where nothing is said.",
            Area.ACCOUNTS: "The chart of accounts.",
            Area.TAX_RATES: "Tax rates.",
            Area.TRACKING: "Tracking categories and their options.",
            Area.CURRENCIES: "Currencies.",
            Area.BRANDING: "Branding themes.",
            Area.USERS: "The people who use the organisation.",
            Area.CONTACTS: "Customers and suppliers.",
            Area.INVOICES: "Sales invoices.",
            Area.BILLS: "Suppliers' bills.",
            Area.CREDIT_NOTES: "Credit notes, and allocating them.",
            Area.PAYMENTS: "Payments, prepayments and overpayments.",
            Area.BANK_TRANSACTIONS: "Money spent and received.",
            Area.BANK_TRANSFERS: "Transfers between bank accounts.",
            Area.ITEMS: "Products and services.",
            Area.QUOTES: "Quotes.",
            Area.PURCHASE_ORDERS: "Purchase orders.",
            Area.MANUAL_JOURNALS: "Manual journals.",
            Area.JOURNALS: "The journals behind everything.",
            Area.REPEATING_INVOICES: "Invoices and bills that repeat.",
            Area.LINKED_TRANSACTIONS: "Costs billed on to customers.",
            Area.BUDGETS: "Budgets.",
            Area.REPORTS: "Reports: all of them, or those that are listed.",
            Area.ATTACHMENTS: "Files at a document.",
            Area.HISTORY: "A document's history and notes.",
        }.items()
    )
)

LEVELS: Mapping[Access, str] = MappingProxyType(
    {
        Access.OFF: "nothing; it is what holds for an area that is not named",
        Access.READ: "see",
        Access.DRAFT: "also prepare what does not touch the ledger: a draft, a submitted document",
        Access.POST: "also change the ledger: authorise, pay, allocate, transfer",
        Access.FULL: "also what undoes or leaves the house: void, delete, email",
    }
)

NEVERS: Mapping[str, str] = MappingProxyType(
    {
        "change-bank-details": "No write that would change a contact's bank details.",
        "post-to-locked-periods": (
            "No write dated in a locked period, drafts included: a draft there could only be posted"
            " by opening the period again."
        ),
        "email-outside-organisation": "No email to anyone outside the organisation.",
    }
)

REPORTS: tuple[str, ...] = tuple(REPORT_SCOPES)
