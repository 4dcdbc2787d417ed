"""Manual journals."""

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
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.manual import write_manual_journal
from xero_mcp.demo_company.tracking import in_lists
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one


def _in_list(call: Call, document: Json) -> Json:
    """Without paging Xero leaves the lines out."""
    if "page" not in call.query and "pagesize" not in call.query:
        return {**document, "JournalLines": []}
    lines = [
        {**line, "Tracking": in_lists(line)} if line["Tracking"] else line
        for line in document["JournalLines"]
    ]
    return {**document, "JournalLines": lines}


MANUAL_JOURNALS: Final = Noun(
    plural="ManualJournals", type_name="ManualJournal", pages="asked", in_list=_in_list
)
_WRITING: Final = Writing(plural="ManualJournals", key="ManualJournalID", error_flag=None)


@route("GET", "/ManualJournals")
def get_manual_journals(call: Call) -> Answer:
    return list_documents(call, MANUAL_JOURNALS)


@route("GET", "/ManualJournals/{ManualJournalID}")
def get_manual_journal(call: Call) -> Answer:
    return one_document(call, MANUAL_JOURNALS, call.path["ManualJournalID"])


@route("PUT", "/ManualJournals")
def create_manual_journals(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("ManualJournals"))


@route("POST", "/ManualJournals")
def create_or_update_manual_journals(call: Call) -> Answer:
    return write_each(call, _WRITING, _create_or_update, call.elements("ManualJournals"))


@route("POST", "/ManualJournals/{ManualJournalID}")
def update_manual_journal(call: Call) -> Answer:
    journal_id = call.path["ManualJournalID"].lower()
    if journal_id not in call.company.table("ManualJournals"):
        raise NotFoundError
    element = {**single_element(call, "ManualJournals"), "ManualJournalID": journal_id}
    return write_one(call, _WRITING, _create_or_update, element)


ROUTES = (
    get_manual_journals,
    get_manual_journal,
    create_manual_journals,
    create_or_update_manual_journals,
    update_manual_journal,
)


def _create(call: Call, element: Json) -> Saved:
    document, warnings = write_manual_journal(call, element, None)
    return Saved(shown=document, warnings=warnings)


def _create_or_update(call: Call, element: Json) -> Saved:
    journal_id = sent.guid(element, "ManualJournalID")
    if journal_id is None:
        return _create(call, element)
    before = call.company.table("ManualJournals").get(journal_id)
    if before is None:
        raise ElementRefusedError("The manual journal could not be found")
    document, warnings = write_manual_journal(call, element, before)
    return Saved(shown=document, warnings=warnings)
