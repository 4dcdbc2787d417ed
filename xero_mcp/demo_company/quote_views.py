"""How a quote is shown: the same in lists, alone and in answers to writes."""

from datetime import date, datetime, time

from xero_mcp.demo_company.kernel import Call, Json
from xero_mcp.demo_company.trade_views import shown_lines


def quote_shown(call: Call, quote: Json) -> Json:
    contact = call.company.table("Contacts")[quote["Contact"]["ContactID"]]
    shown: Json = {
        **quote,
        "Contact": {
            "ContactID": contact["ContactID"],
            "Name": contact["Name"],
            "EmailAddress": contact["EmailAddress"],
        },
        "LineItems": shown_lines(call, quote, listed=False),
        "LineAmountTypes": quote["LineAmountTypes"].upper(),
        "UpdatedDateUTC": quote["UpdatedDateUTC"].replace(tzinfo=None),
    }
    for name in ("Date", "ExpiryDate"):
        if name in quote:
            shown[name] = _without_offset(quote[name])
    shown.pop("HasAttachments", None)
    return shown


def _without_offset(day: date) -> datetime:
    """Midnight without a zone, which is how a date that has no offset is written."""
    return datetime.combine(day, time())
