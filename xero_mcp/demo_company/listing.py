"""How a GET of a list is answered: one function for every noun, one `Noun` for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from xero_mcp.demo_company.kernel import Answer, Call, Json, NotFoundError, Table
from xero_mcp.demo_company.query.modified import modified_since
from xero_mcp.demo_company.query.order import in_asked_order
from xero_mcp.demo_company.query.paging import Page, asked_page
from xero_mcp.demo_company.query.search import matches_search
from xero_mcp.demo_company.query.where import compile_where

View = Callable[[Call, Json], Json]


def _as_stored(_call: Call, document: Json) -> Json:
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """All that a list needs to know of a noun.

    `type_name` (`Invoice`) says which fields `where` and `order` may name (`query/fields.py`);
    anything else is refused with Xero's words. `pages`: "asked" gives `pagination` when
    the caller pages, "bare" pages without saying so (Quotes), "never" ignores page.
    """

    plural: str
    type_name: str
    pages: Literal["asked", "bare", "never"] = "never"
    search: tuple[str, ...] = ()
    in_list: View = field(default=_as_stored)
    alone: View = field(default=_as_stored)
    default_order: str = ""


def list_documents(
    call: Call,
    noun: Noun,
    chosen: Sequence[Json] | None = None,
    *,
    always_pages: bool = False,
) -> Answer:
    """Answer a list of the noun, or of those `chosen` already, by the query parameters.

    `always_pages` is for the parameters that enforce paging (`Statuses`, `summaryOnly`).
    """
    table = call.company.table(noun.plural)
    page = _page(call, noun, always_pages=always_pages)
    rows, total = _rows(call, noun, table, chosen, page)
    body: Json = {}
    if page is not None and noun.pages == "asked":
        body["pagination"] = page.shown(total)
    body[noun.plural] = [noun.in_list(call, row) for row in rows]
    return Answer(body=body)


def one_document(call: Call, noun: Noun, document_id: str) -> Answer:
    """Answer one document by its id, or 404."""
    document = call.company.table(noun.plural).get(document_id.lower())
    if document is None:
        raise NotFoundError
    return Answer(body={noun.plural: [noun.alone(call, document)]})


def _page(call: Call, noun: Noun, *, always_pages: bool) -> Page | None:
    if noun.pages == "never":
        return None
    return asked_page(call.query, always=always_pages or noun.pages == "bare")


def _rows(
    call: Call, noun: Noun, table: Table, chosen: Sequence[Json] | None, page: Page | None
) -> tuple[Sequence[Json], int]:
    tests = _tests(call, noun)
    order = call.query.get("order", "") or noun.default_order
    if chosen is None and not tests and not order and page is not None:
        return table.page_in_order(page.start, page.size), len(table)
    rows: Sequence[Json] = _all_in_order(table, noun, order) if chosen is None else chosen
    for test in tests:
        rows = [row for row in rows if test(row)]
    if order and chosen is not None:
        rows = in_asked_order(rows, order, noun.type_name)
    total = len(rows)
    return (rows[page.start : page.start + page.size] if page is not None else rows), total


def _all_in_order(table: Table, noun: Noun, order: str) -> Sequence[Json]:
    """The whole table as asked; kept until the table changes: sorting costs most."""
    if not order:
        return table.in_order()
    return table.kept(order, lambda: in_asked_order(table.in_order(), order, noun.type_name))


def _tests(call: Call, noun: Noun) -> list[Callable[[Json], bool]]:
    tests: list[Callable[[Json], bool]] = []
    since = modified_since(call.headers)
    if since is not None:
        tests.append(since)
    where = call.query.get("where", "").strip()
    if where:
        tests.append(compile_where(where, noun.type_name))
    term = call.query.get("searchterm", "").strip()
    if term and noun.search:
        tests.append(matches_search(term, noun.search))
    return tests
