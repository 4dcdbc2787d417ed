"""Quotes: another service of Xero's, with habits of its own.

Its answers have no charset, its dates no offset, its contact three fields; an update without
QuoteNumber gives the quote a new number, and one without Terms empties them.
"""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents
from xero_mcp.demo_company.parameters import query_day
from xero_mcp.demo_company.quote_views import quote_shown
from xero_mcp.demo_company.quote_writing import write_quote
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

QUOTES: Final = Noun(plural="Quotes", type_name="Quote", pages="bare", in_list=quote_shown)
_WRITING: Final = Writing(plural="Quotes", key="QuoteID", error_flag=None)
_CONTENT_TYPE: Final = "application/json"


@route("GET", "/Quotes")
def get_quotes(call: Call) -> Answer:
    return _quotes_answer(call, list_documents(call, QUOTES, _chosen(call)))


@route("GET", "/Quotes/{QuoteID}")
def get_quote(call: Call) -> Answer:
    quote = call.company.table("Quotes").get(call.path["QuoteID"])
    if quote is None:
        raise NotFoundError
    return _quotes_answer(call, Answer(body={"Quotes": [quote_shown(call, quote)]}))


@route("PUT", "/Quotes")
def create_quotes(call: Call) -> Answer:
    return _quotes_answer(call, write_each(call, _WRITING, _create, call.elements("Quotes")))


@route("POST", "/Quotes")
def create_or_update_quotes(call: Call) -> Answer:
    answer = write_each(call, _WRITING, _create_or_update, call.elements("Quotes"))
    return _quotes_answer(call, answer)


@route("POST", "/Quotes/{QuoteID}")
def update_quote(call: Call) -> Answer:
    quote_id = call.path["QuoteID"]
    if quote_id not in call.company.table("Quotes"):
        raise NotFoundError
    element = {**single_element(call, "Quotes"), "QuoteID": quote_id}
    return _quotes_answer(call, write_one(call, _WRITING, _create_or_update, element))


ROUTES = (get_quotes, get_quote, create_quotes, create_or_update_quotes, update_quote)


def _quotes_answer(call: Call, answer: Answer) -> Answer:
    return Answer(
        body=answer.body,
        content_type=_CONTENT_TYPE,
        envelope={"SummarizeErrors": call.summarize_errors},
        events=answer.events,
    )


def _chosen(call: Call) -> list[Json] | None:
    """Apply the quotes' own filters; None where there is none."""
    days = {
        name: query_day(call, name)
        for name in ("datefrom", "dateto", "expirydatefrom", "expirydateto")
    }
    texts = {
        name: call.query.get(name, "").strip().lower()
        for name in ("contactid", "status", "quotenumber")
    }
    if not any(days.values()) and not any(texts.values()):
        return None

    def wanted(quote: Json) -> bool:
        has = (quote["Contact"]["ContactID"], quote["Status"], quote["QuoteNumber"])
        if any(
            asked and asked != own.lower() for asked, own in zip(texts.values(), has, strict=True)
        ):
            return False
        low, high = days["datefrom"], days["dateto"]
        if (low and quote["Date"] < low) or (high and quote["Date"] > high):
            return False
        low, high, expiry = days["expirydatefrom"], days["expirydateto"], quote.get("ExpiryDate")
        if expiry is None:
            return low is None and high is None
        return not ((low and expiry < low) or (high and expiry > high))

    return [quote for quote in call.company.table("Quotes").in_order() if wanted(quote)]


def _create(call: Call, element: Json) -> Saved:
    return _saved(call, element, None)


def _create_or_update(call: Call, element: Json) -> Saved:
    table = call.company.table("Quotes")
    quote_id = sent.guid(element, "QuoteID")
    if quote_id is not None:
        before = table.get(quote_id)
        if before is None:
            raise ElementRefusedError("The Quote could not be found")
        return _saved(call, element, before)
    number = sent.stripped(element, "QuoteNumber").lower()
    numbered = table.find("number", number) if number else []
    return _saved(call, element, numbered[0] if numbered else None)


def _saved(call: Call, element: Json, before: Json | None) -> Saved:
    quote, events = write_quote(call, element, before)
    return Saved(shown=quote_shown(call, quote), events=events)
