"""Tax rates: the ones a country comes with, and those that people add."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    Company,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents
from xero_mcp.demo_company.rounding import places
from xero_mcp.demo_company.tax_rate_rules import tax_rate_document
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_one

MAX_NAME: Final = 50
MAX_COMPONENTS: Final = 6
REPORT_TYPES: Final = frozenset(
    {
        "CAPITALEXPENSESINPUT",
        "CAPITALSALESOUTPUT",
        "ECACQUISITIONS",
        "ECINPUT",
        "ECOUTPUT",
        "ECOUTPUTSERVICES",
        "EXEMPTEXPENSES",
        "EXEMPTINPUT",
        "EXEMPTOUTPUT",
        "INPUT",
        "MOSSSALES",
        "NONE",
        "NONEOUTPUT",
        "OUTPUT",
        "REVERSECHARGES",
    }
)
# Only a rate that people made has a TaxType of this kind, and only such a one can be changed.
_OWN: Final = "TAX"

TAX_RATES: Final = Noun(plural="TaxRates", type_name="TaxRate", default_order="Name ASC")
_WRITING: Final = Writing(plural="TaxRates", key="TaxType", error_flag=None, max_elements=1)


@route("GET", "/TaxRates")
def get_tax_rates(call: Call) -> Answer:
    wanted = call.query.get("taxtype", "").strip().upper()
    rows = [
        row
        for row in call.company.table("TaxRates")
        if row["Status"] != "DELETED" and wanted in {"", row["TaxType"]}
    ]
    return list_documents(call, TAX_RATES, rows)


@route("GET", "/TaxRates/{TaxType}")
def get_tax_rate(call: Call) -> Answer:
    rate = call.company.table("TaxRates").get(call.path["TaxType"].strip().upper())
    if rate is None:
        raise NotFoundError
    return Answer(body={"TaxRates": [rate]})


@route("PUT", "/TaxRates")
def create_tax_rates(call: Call) -> Answer:
    return write_one(call, _WRITING, _create, single_element(call, "TaxRates"))


@route("POST", "/TaxRates")
def update_tax_rate(call: Call) -> Answer:
    """Change the rate that is named by its TaxType or its Name; make it where there is none."""
    return write_one(call, _WRITING, _create_or_update, single_element(call, "TaxRates"))


ROUTES = (get_tax_rates, get_tax_rate, create_tax_rates, update_tax_rate)


def _create(call: Call, element: Json) -> Saved:
    company = call.company
    given: Json = {
        "Name": sent.stripped(element, "Name"),
        "ReportTaxType": sent.stripped(element, "ReportTaxType").upper() or "OUTPUT",
        "TaxType": _next_tax_type(company),
    }
    components = _components(element) or []
    return _store(company, given, components)


def _create_or_update(call: Call, element: Json) -> Saved:
    company = call.company
    before = _named(company, element)
    if before is None:
        return _create(call, element)
    if not before["TaxType"].startswith(_OWN):
        raise ElementRefusedError("System tax rates cannot be edited.")
    status = sent.stripped(element, "Status").upper() or before["Status"]
    if status not in {"ACTIVE", "ARCHIVED", "DELETED"}:
        raise ElementRefusedError(f"The Status '{status[:50]}' is not valid.")
    given: Json = {
        "Name": sent.stripped(element, "Name") or before["Name"],
        "ReportTaxType": sent.stripped(element, "ReportTaxType").upper() or before["ReportTaxType"],
        "TaxType": before["TaxType"],
        "Status": status,
    }
    components = _components(element)
    return _store(company, given, before["TaxComponents"] if components is None else components)


def _named(company: Company, element: Json) -> Json | None:
    tax_type = sent.stripped(element, "TaxType").upper()
    if tax_type:
        return company.table("TaxRates").get(tax_type)
    found = company.table("TaxRates").find("name", sent.stripped(element, "Name").lower())
    return found[0] if found else None


def _store(company: Company, given: Json, components: list[Json]) -> Saved:
    problems = list(_problems(company, given, components))
    if problems:
        raise ElementRefusedError(*problems)
    rate = tax_rate_document(given, components)
    return Saved(shown=company.table("TaxRates").put(rate))


def _problems(company: Company, given: Json, components: list[Json]) -> Iterator[str]:
    name: str = given["Name"]
    if not name:
        yield "Please enter a Name."
    if len(name) > MAX_NAME:
        yield f"The Name must be {MAX_NAME} characters or less."
    namesakes = company.table("TaxRates").find("name", name.lower())
    if any(one["TaxType"] != given["TaxType"] for one in namesakes):
        yield "Please enter a unique Name."
    if given["ReportTaxType"] not in REPORT_TYPES:
        yield f"ReportTaxType '{given['ReportTaxType'][:50]}' is not valid."
    if not 1 <= len(components) <= MAX_COMPONENTS:
        yield f"A tax rate must have from 1 to {MAX_COMPONENTS} TaxComponents."
    if sum(1 for one in components if one["IsCompound"]) > 1:
        yield "Only one TaxComponent can be compound."


def _components(element: Json) -> list[Json] | None:
    parts = sent.objects(element, "TaxComponents")
    if parts is None:
        return None
    return [_component(part) for part in parts[: MAX_COMPONENTS + 1]]


def _component(part: Json) -> Json:
    name, rate = sent.stripped(part, "Name"), sent.number(part, "Rate")
    if not name or rate is None or not Decimal(0) <= rate < Decimal(100):
        raise ElementRefusedError("Each TaxComponent needs a Name and a Rate from 0 to 99.9999.")
    return {
        "Name": name,
        "Rate": places(rate, 4).normalize() + 0,
        "IsCompound": bool(sent.flag(part, "IsCompound")),
        "IsNonRecoverable": bool(sent.flag(part, "IsNonRecoverable")),
    }


def _next_tax_type(company: Company) -> str:
    """TAX001, TAX002 and so on; one that was deleted keeps its own."""
    taken = sum(1 for rate in company.table("TaxRates") if rate["TaxType"].startswith(_OWN))
    return f"{_OWN}{taken + 1:03d}"
