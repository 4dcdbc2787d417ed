"""The listed tools that stand for several: a model chooses among fewer, and pays for fewer.

Which tools stand behind each, and under which kind, their own declarations say (`listed_as`).
"""

from xero_mcp.tool.front import Front

FRONTS: tuple[Front, ...] = (
    Front(
        name="list-documents",
        description="List credit notes, prepayments, overpayments, quotes, purchase orders, "
        "manual journals or repeating invoices, newest first.\n\n"
        "detail full adds lines and allocations.",
        words={
            "document_id": "This one, whole",
            "number": "Exact",
            "expires_from": "quote: valid until",
            "expires_to": "Or earlier",
            "page_size": "Up to 5000; quotes: hundreds",
            "status": "For some with date_from",
            "type": "sales: to customers",
        },
    ),
    Front(
        name="list-money",
        description="List payments, batch payments, money spent or received at a bank, or "
        "transfers between own accounts.",
        words={
            "account_id": "Account; needs date_from",
            "contact": "Exact name; needs date_from",
            "deleted": "Deleted ones too",
            "of": "Payments: of",
            "reconciled": "In the ledger; needs date_from",
            "record_id": "Only this one, whole",
            "type": "spend, receive (-prepayment, -overpayment)",
        },
    ),
    Front(
        name="list-settings",
        by="of",
        description="List tax rates, tracking categories, currencies, branding themes, users, "
        "items of the price list, contact groups, budgets or organisations.\n\n"
        "Lines take tax_type, and tracking by its two names.",
        words={
            "date_from": "budgets, with id: from",
            "date_to": "And to",
            "detail": "full: all columns",
            "id": "Only this one; a group: its contacts",
            "search": "items: in code or name",
        },
    ),
    Front(
        name="save-documents",
        description="Save, approve, void, delete invoices, bills, credit notes.",
        words={
            "documents.amounts_are": "Tax",
            "documents.currency": "Code",
            "documents.document_id": "Stored",
            "documents.lines.account_code": "Code",
            "documents.lines.line_item_id": "Stored",
            "documents.lines.remove": "Drop",
            "documents.lines.tax_type": "Code",
            "documents.type": "Credits",
            "request_id": "New: again",
        },
        tells_when_needed=frozenset({"duplicate_of_known"}),
    ),
)
