"""The books of one organisation, driven through its routes, and sums worked out from documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from tests.demo_company.box import TestClock
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    Company,
    Json,
    ValidationRefusedError,
)
from xero_mcp.demo_company.routes.all_routes import all_routes
from xero_mcp.demo_company.seed.organisations import Founding, found

ZERO = Decimal("0.00")
ROUTES = all_routes()


class RefusedError(Exception):
    """What was sent was refused; `messages` are Xero's."""

    def __init__(self, elements: list[Json]) -> None:
        self.elements = elements
        self.messages = [
            error["Message"] for element in elements for error in element["ValidationErrors"]
        ]
        super().__init__(self.messages)


@dataclass(kw_only=True)
class Books:
    company: Company
    clock: TestClock

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        path_ids: Mapping[str, str] | None = None,
        **query: object,
    ) -> Answer:
        """Run one route as the edge does: all or nothing. Queries are named in lower case."""
        call = Call(
            company=self.company,
            method=method,
            path=path_ids or {},
            query={name: str(value) for name, value in query.items()},
            body=body if body is not None else {},
        )
        try:
            with self.company.all_or_nothing():
                return ROUTES[method, path].handle(call)
        except ValidationRefusedError as problem:
            raise RefusedError(problem.elements) from problem

    def body(
        self,
        method: str,
        path: str,
        body: object = None,
        path_ids: Mapping[str, str] | None = None,
        **query: object,
    ) -> Json:
        answer = self.call(method, path, body, path_ids, **query)
        assert isinstance(answer.body, dict)
        return answer.body

    def put(self, plural: str, element: Json, **query: object) -> Json:
        return self.body("PUT", f"/{plural}", {plural: [element]}, None, **query)[plural][0]

    def post(self, plural: str, element: Json, **query: object) -> Json:
        return self.body("POST", f"/{plural}", {plural: [element]}, None, **query)[plural][0]

    def problems(self, method: str, plural: str, element: Json) -> list[str]:
        """The words with which an element is refused."""
        try:
            self.body(method, f"/{plural}", {plural: [element]})
        except RefusedError as refused:
            return refused.messages
        raise AssertionError("it was accepted")

    def stored(self, plural: str, document_id: str) -> Json:
        return self.company.table(plural)[document_id]

    def account(self, code: str) -> str:
        return self.company.table("Accounts").find("code", code)[0]["AccountID"]

    def balance(self, code: str, until: date = date.max) -> Decimal:
        return self.company.ledger.balance(self.account(code), until=until)

    def report(self, name: str, **query: object) -> Json:
        return self.body("GET", f"/Reports/{name}", None, None, **query)["Reports"][0]

    def invoice(self, amount: str = "100", **more: object) -> Json:
        """A sales invoice of one line without tax, approved, unless something else is said."""
        element: Json = {
            "Type": "ACCREC",
            "Contact": {"Name": "Larkfield"},
            "Date": "2026-09-01",
            "DueDate": "2026-09-20",
            "Status": "AUTHORISED",
            "LineAmountTypes": "NoTax",
            "LineItems": [line(amount)],
        }
        return self.put("Invoices", {**element, **more})

    def pay(self, invoice: Json, amount: object, code: str = "090", **more: object) -> Json:
        payment: Json = {
            "Invoice": {"InvoiceID": invoice["InvoiceID"]},
            "Account": {"Code": code},
            "Amount": Decimal(str(amount)),
            "Date": "2026-09-10",
        }
        return self.put("Payments", {**payment, **more})


def line(amount: str = "100", code: str = "200", **more: object) -> Json:
    return {
        "Description": "Work",
        "Quantity": 1,
        "UnitAmount": Decimal(amount),
        "AccountCode": code,
        **more,
    }


def draft(**more: object) -> Json:
    """A sales invoice of one line as an app would send it."""
    return {
        "Type": "ACCREC",
        "Contact": {"Name": "Larkfield"},
        "Date": "2026-09-01",
        "DueDate": "2026-09-20",
        "LineItems": [line()],
        **more,
    }


def bill(**more: object) -> Json:
    return draft(**{"Type": "ACCPAY", "LineItems": [line(code="400")], **more})


def empty_books(country: str = "Global") -> Books:
    clock = TestClock()
    made = found(Founding(country=country, seed=1, now=clock))
    return Books(company=made, clock=clock)


def rows_of(report: Json) -> Iterator[tuple[str, list[str]]]:
    """Every row of a report with its label and its values, whatever section it is in."""
    for outer in report["Rows"]:
        for row in outer.get("Rows", []):
            label, *values = [cell["Value"] for cell in row["Cells"]]
            yield label, values


def amounts_of(report: Json, label: str) -> list[Decimal]:
    """The amounts of the row with this label; an empty cell is nothing."""
    for name, values in rows_of(report):
        if name == label:
            return [Decimal(value or "0") for value in values]
    raise AssertionError(f"no row {label!r}")


def cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def base(document: Json, amount: Decimal) -> Decimal:
    """An amount of a document in base currency, by the rule of Xero's rates."""
    return cents(amount / document["CurrencyRate"])
