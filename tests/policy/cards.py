"""A small catalogue of tools, enough to mean something to a policy."""

from dataclasses import replace

from xero_mcp.tool.access import Access, Area, Need
from xero_mcp.tool.card import ToolCard, Varies

BY_TYPE = Varies(argument="type", values={"sales": "invoices", "bill": "bills"})
BY_STATUS = Varies(
    argument="status",
    values={"draft": "draft", "submitted": "draft", "authorised": "post"},
    default="draft",
)
BY_REPORT = Varies(
    argument="report",
    values={name: name for name in ("profit-and-loss", "trial-balance", "aged-payables")},
)
REPORT_SCOPES = (
    "accounting.reports.profitandloss.read",
    "accounting.reports.trialbalance.read",
    "accounting.reports.aged.read",
)


def card(name: str, area: Area, access: Access, *scopes: str, **more: object) -> ToolCard:
    plain = ToolCard(
        name=name,
        title=name,
        description=name,
        says=name,
        area=area,
        access=access,
        scopes=scopes,
    )
    return replace(plain, **more)


LIST_ORGANISATIONS = card("list-organisations", Area.ORGANISATION, Access.READ)
WHAT_CAN_I_DO = card("what-can-i-do", Area.ORGANISATION, Access.READ)
LIST_ACCOUNTS = card("list-accounts", Area.ACCOUNTS, Access.READ, "accounting.settings.read")
LIST_CONTACTS = card(
    "list-contacts",
    Area.CONTACTS,
    Access.READ,
    "accounting.contacts.read",
    aliases=("list-all-contacts",),
)
CREATE_CONTACT = card("create-contact", Area.CONTACTS, Access.DRAFT, "accounting.contacts")
LIST_INVOICES = card(
    "list-invoices", Area.INVOICES, Access.READ, "accounting.invoices.read", area_by=BY_TYPE
)
GET_INVOICE = card(
    "get-invoice",
    Area.INVOICES,
    Access.READ,
    "accounting.invoices.read",
    area_by=Varies(argument="(type)", values=BY_TYPE.values),
)
CREATE_INVOICE = card(
    "create-invoice",
    Area.INVOICES,
    Access.DRAFT,
    "accounting.invoices",
    area_by=BY_TYPE,
    access_by=BY_STATUS,
    input_schema={"required": ["type"]},
)
CREATE_PAYMENT = card(
    "create-payment",
    Area.PAYMENTS,
    Access.POST,
    "accounting.payments",
    "accounting.invoices.read",
)
RUN_REPORT = card(
    "run-report",
    Area.REPORTS,
    Access.READ,
    *REPORT_SCOPES,
    report_by=BY_REPORT,
    input_schema={"required": ["report"]},
)
EMAIL_DOCUMENT = card("email-document", Area.INVOICES, Access.FULL, "accounting.invoices")

CARDS = (
    LIST_ORGANISATIONS,
    WHAT_CAN_I_DO,
    LIST_ACCOUNTS,
    LIST_CONTACTS,
    CREATE_CONTACT,
    LIST_INVOICES,
    GET_INVOICE,
    CREATE_INVOICE,
    CREATE_PAYMENT,
    RUN_REPORT,
    EMAIL_DOCUMENT,
)


def needs(card: ToolCard, **arguments: object) -> tuple[Need, ...]:
    return card.needs(arguments)
