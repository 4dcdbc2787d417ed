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
    order = call.query.get("order", "") or noun.default_order
    where = call.query.get("where", "").strip()
    tests = _tests(call, noun)
    if chosen is None and not (tests or order or where) and page is not None:
        return table.page_in_order(page.start, page.size), len(table)
    if chosen is None:
        rows = _whole_table(table, noun, order, where)
    else:
        rows = _filtered(chosen, noun, order, where)
    for test in tests:
        rows = [row for row in rows if test(row)]
    total = len(rows)
    return (rows[page.start : page.start + page.size] if page is not None else rows), total


def _whole_table(table: Table, noun: Noun, order: str, where: str) -> Sequence[Json]:
    """Kept until the table changes: whoever asks for page 2 has asked for page 1 before."""
    if not order and not where:
        return table.in_order()
    name = f"{order}\n{where}"
    return table.kept(name, lambda: _filtered(table.in_order(), noun, order, where))


def _filtered(rows: Sequence[Json], noun: Noun, order: str, where: str) -> list[Json]:
    if where:
        test = compile_where(where, noun.type_name)
        rows = [row for row in rows if test(row)]
    return in_asked_order(rows, order, noun.type_name) if order else list(rows)


def _tests(call: Call, noun: Noun) -> list[Callable[[Json], bool]]:
    """What is left to test besides `where`."""
    tests: list[Callable[[Json], bool]] = []
    since = modified_since(call.headers)
    if since is not None:
        tests.append(since)
    term = call.query.get("searchterm", "").strip()
    if term and noun.search:
        tests.append(matches_search(term, noun.search))
    return tests
