"""The names and arguments of Xero's own MCP server, put into ours.

So that prompts and scripts that were written for it work here, under a policy. Where the two
mean different things nothing is guessed: the argument stays as it came, and is refused by name.
Payroll is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import cast

Arguments = Mapping[str, object]
Said = dict[str, object]
Translate = Callable[[Said], Said]

REPORT, SEVERAL = "run-report", "organisations"
_LINE: Mapping[str, str] = {
    "unitAmount": "unit_amount",
    "accountCode": "account_code",
    "taxType": "tax_type",
    "itemCode": "item_code",
    "lineAmount": "amount",
}
_TYPES: Mapping[str, str] = {
    "ACCREC": "sales",
    "ACCPAY": "bill",
    "RECEIVE": "receive",
    "SPEND": "spend",
}
_NAMES: Mapping[str, str] = {
    "contactId": "contact_id",
    "invoiceId": "invoice_id",
    "accountId": "account_id",
    "paymentId": "payment_id",
    "bankAccountId": "bank_account_id",
    "bankTransactionId": "bank_transaction_id",
    "contactGroupId": "group_id",
    "creditNoteId": "credit_note_id",
    "expiryDate": "expiry_date",
    "itemId": "item_id",
    "manualJournalId": "manual_journal_id",
    "manualJournalID": "manual_journal_id",
    "quoteId": "quote_id",
    "quoteNumber": "number",
    "trackingCategoryId": "category_id",
    "trackingOptionID1": "tracking_option_id",
    "searchTerm": "search",
    "includeArchived": "archived",
    "modifiedAfter": "modified_since",
    "dueDate": "due_date",
    "fromDate": "from_date",
    "toDate": "to_date",
    "reportDate": "date",
    "invoicesFromDate": "from_date",
    "invoicesToDate": "to_date",
    "paymentsOnly": "cash_basis",
    "firstName": "first_name",
    "lastName": "last_name",
}


def in_our_words(name: str, arguments: Arguments) -> tuple[str, Arguments]:
    """The tool and arguments of ours that a call of Xero's own server means.

    A name that both servers have is taken for ours unless an argument is spelled as theirs.
    """
    if name == REPORT and SEVERAL in arguments:
        return _over_several(arguments)
    theirs = TOOLS.get(name)
    if theirs is None:
        return name, arguments
    tool, translate = theirs
    if tool == name and (not arguments or _is_ours(translate, arguments)):
        return name, arguments
    return tool, translate(dict(arguments))


def _is_ours(translate: Translate, arguments: Arguments) -> bool:
    return translate is not _all_at_once and not _spelled_as_theirs(arguments)


def _over_several(arguments: Arguments) -> tuple[str, Arguments]:
    """A report over organisations: a tool of its own, which takes rates and reads for them."""
    given = arguments[SEVERAL]
    named = cast("list[object]", given) if isinstance(given, list) else []
    if len(named) == 1 and "organisation" not in arguments:
        rest = {name: value for name, value in arguments.items() if name != SEVERAL}
        return REPORT, {**rest, "organisation": named[0]}
    return "consolidate-reports", arguments


def aliases_of(tool: str) -> tuple[str, ...]:
    """Their names for a tool of ours that calls itself differently."""
    return tuple(sorted(name for name, (ours, _) in TOOLS.items() if ours == tool != name))


def _spelled_as_theirs(arguments: Arguments) -> bool:
    if any(name != name.lower() for name in arguments):
        return True
    return str(arguments.get("type")) in _TYPES


def _renamed(said: Said) -> Said:
    """What both servers mean alike, under our names and in our words."""
    ours = {_NAMES.get(name, name): value for name, value in said.items()}
    if "type" in ours:
        ours["type"] = _TYPES.get(str(ours["type"]), ours["type"])
    for word in ("status", "timeframe"):
        if isinstance(ours.get(word), str):
            ours[word] = str(ours[word]).lower()
    return ours


def _report(report: str) -> Translate:
    def translate(said: Said) -> Said:
        # Ours always asks for the standard layout; theirs may be told so, or not to.
        if said.get("standardLayout") is True:
            del said["standardLayout"]
        return {"report": report, **_renamed(said)}

    return translate


def _with_lines(said: Said, *, key: str = "lineItems") -> Said:
    ours = _renamed(said)
    if key in ours:
        ours["lines"] = _lines(ours.pop(key))
    return ours


def _lines(value: object) -> object:
    if not isinstance(value, list):
        return value
    return [_line(one) for one in cast("Sequence[object]", value)]


def _list(value: object) -> Sequence[object]:
    """Empty where it is none: what is wrong with it is told by our own tool."""
    return cast("Sequence[object]", value) if isinstance(value, list) else ()


def _line(value: object) -> object:
    if not isinstance(value, dict):
        return value
    line = {_LINE.get(name, name): one for name, one in cast("Said", value).items()}
    if isinstance(line.get("tracking"), list):
        line["tracking"] = [_tracking(one) for one in cast("list[object]", line["tracking"])]
    return line


def _tracking(value: object) -> object:
    """They send the category's id beside its name; ours goes by the names."""
    if not isinstance(value, dict):
        return value
    said = cast("Said", value)
    return f"{said.get('name', '')}: {said.get('option', '')}"


def _invoice(said: Said) -> Said:
    return {"type": "sales", **_with_lines(said)}


def _credit_note(said: Said) -> Said:
    return {"credit_notes": [{"type": "sales", **_with_lines(said)}]}


def _bank_transaction(said: Said) -> Said:
    return {"transactions": [_with_lines(said)]}


def _quote(said: Said) -> Said:
    return {"quotes": [_with_lines(said)]}


def _changed(key: str) -> Translate:
    """A change of one document, whose lines stand for all that it shall have."""
    return lambda said: {key: [_with_all_lines(said)]}


def _with_all_lines(said: Said) -> Said:
    """Theirs replace what is there, where ours change what they name."""
    ours = _with_lines(said)
    return {**ours, "replaces_lines": True} if "lines" in ours else ours


def _changed_invoice(said: Said) -> Said:
    return {"status": "draft", **_with_all_lines(said)}


def _manual_journal(said: Said) -> Said:
    ours = _with_lines(said, key="manualJournalLines")
    amounts = ours.pop("lineAmountTypes", None)
    top = {"status": ours.pop("status")} if "status" in ours else {}
    if amounts is not None:
        ours["amounts_are"] = str(amounts).lower().replace("_", "-")
    if "showOnCashBasisReports" in ours:
        ours["cash_basis"] = ours.pop("showOnCashBasisReports")
    return {"journals": [ours], **top}


def _one_of_each(said: Said) -> Said:
    """Their lists of ids and numbers, where just one is asked for."""
    ours = _renamed(said)
    for theirs, name in (("contactIds", "contact_id"), ("invoiceNumbers", "number")):
        given = _list(ours.get(theirs))
        if len(given) == 1 or ours.get(theirs) == []:
            del ours[theirs]
            ours.update(zip((name,), given, strict=False))
    return ours


def _contact(said: Said) -> Said:
    ours = _renamed(said)
    address = ours.get("address")
    if isinstance(address, dict):
        named = {"addressLine1": "line1", "addressLine2": "line2", "postalCode": "postal_code"}
        parts = cast("Said", address).items()
        ours["address"] = {named.get(name, name): value for name, value in parts}
    return {"contacts": [ours]}


def _setting(of: str) -> Translate:
    return lambda said: {"of": of, **_renamed(said)}


def _new_options(said: Said) -> Said:
    ours = _renamed(said)
    names = _list(ours.get("optionNames"))
    if len(names) == 1:
        del ours["optionNames"]
        ours["name"] = names[0]
    return {"action": "create", **ours}


def _changed_category(said: Said) -> Said:
    return _tracking_change(_renamed(said))


def _changed_option(said: Said) -> Said:
    ours = _renamed(said)
    options = _list(ours.get("options"))
    if len(options) != 1 or not isinstance(options[0], dict):
        return {"action": "rename", **ours}
    del ours["options"]
    option = cast("Said", options[0])
    named = {("option_id" if k == "trackingOptionId" else k): v for k, v in option.items()}
    return _tracking_change({**ours, **_renamed(named)})


def _tracking_change(ours: Said) -> Said:
    """Ours does one thing at a time: a status changes, or a name."""
    status = ours.pop("status", None) if "name" not in ours else None
    action = {"archived": "archive", "active": "restore"}.get(str(status), "rename")
    return {"action": action, **ours}


def _item(said: Said) -> Said:
    """Their prices are a part of their own, ours stand beside each other."""
    ours = _renamed(said)
    if "purchaseDescription" in ours:
        ours["purchase_description"] = ours.pop("purchaseDescription")
    if ours.get("isTrackedAsInventory") is False:
        del ours["isTrackedAsInventory"]
    for theirs, side in (("purchaseDetails", "purchase"), ("salesDetails", "sales")):
        details = ours.get(theirs)
        if isinstance(details, dict):
            del ours[theirs]
            words = {"unitPrice": "price", "taxType": "tax", "accountCode": "account"}
            parts = cast("Said", details).items()
            ours.update({f"{side}_{words.get(name, name)}": value for name, value in parts})
    return {"items": [ours]}


def _all_at_once(said: Said) -> Said:
    """Theirs come by pages, ours whole: page 1 is all there is."""
    if said.get("page") == 1:
        del said["page"]
    return _renamed(said)


TOOLS: Mapping[str, tuple[str, Translate]] = MappingProxyType(
    {
        "create-bank-transaction": ("save-bank-transactions", _bank_transaction),
        "create-contact": ("create-contact", _renamed),
        "create-credit-note": ("save-credit-notes", _credit_note),
        "create-invoice": ("create-invoice", _invoice),
        "create-item": ("save-items", _item),
        "create-manual-journal": ("save-manual-journals", _manual_journal),
        "create-payment": ("create-payment", _renamed),
        "create-quote": ("save-quotes", _quote),
        "create-tracking-category": (
            "save-tracking",
            lambda said: {"action": "create", **_renamed(said)},
        ),
        "create-tracking-options": ("save-tracking", _new_options),
        "list-accounts": ("list-accounts", _renamed),
        "list-aged-payables-by-contact": ("run-report", _report("aged-payables")),
        "list-aged-receivables-by-contact": ("run-report", _report("aged-receivables")),
        "list-bank-transactions": ("list-bank-transactions", _renamed),
        "list-contact-groups": ("list-contact-groups", _renamed),
        "list-contacts": ("list-contacts", _renamed),
        "list-credit-notes": ("list-credit-notes", _renamed),
        "list-invoices": ("list-invoices", _one_of_each),
        "list-items": ("list-items", _all_at_once),
        "list-manual-journals": ("list-manual-journals", _renamed),
        "list-organisation-details": ("list-organisations", _renamed),
        "list-payments": ("list-payments", _renamed),
        "list-profit-and-loss": ("run-report", _report("profit-and-loss")),
        "list-quotes": ("list-quotes", _renamed),
        "list-report-balance-sheet": ("run-report", _report("balance-sheet")),
        "list-tax-rates": ("list-settings", _setting("tax-rates")),
        "list-tracking-categories": ("list-settings", _setting("tracking")),
        "list-trial-balance": ("run-report", _report("trial-balance")),
        "update-bank-transaction": ("save-bank-transactions", _changed("transactions")),
        "update-contact": ("save-contacts", _contact),
        "update-credit-note": ("save-credit-notes", _changed("credit_notes")),
        "update-invoice": ("update-invoice", _changed_invoice),
        "update-item": ("save-items", _item),
        "update-manual-journal": ("save-manual-journals", _manual_journal),
        "update-quote": ("save-quotes", _changed("quotes")),
        "update-tracking-category": ("save-tracking", _changed_category),
        "update-tracking-options": ("save-tracking", _changed_option),
    }
)
"""Every tool of theirs but payroll's -> ours, and how its arguments become ours."""
