"""Files on documents: ten a document, 25 MB each."""

from mimetypes import guess_type
from typing import Final

from xero_mcp.demo_company.documents import (
    WITH_ATTACHMENTS,
    key_of,
    needed_document,
    set_has_attachments,
)
from xero_mcp.demo_company.kernel import (
    TABLES,
    Answer,
    Call,
    Company,
    Json,
    NotFoundError,
    Route,
    ValidationRefusedError,
)

MAX_ATTACHMENTS: Final = 10
MAX_ATTACHMENT_BYTES: Final = 25 * 1024 * 1024
MAX_FILE_NAME: Final = 255
_PLACE: Final = "https://api.xero.com/api.xro/2.0"
_WITH_INCLUDE_ONLINE: Final = frozenset({"Invoices", "CreditNotes"})


def _routes_of(plural: str) -> tuple[Route, ...]:
    """Make the five routes of one noun."""
    path = f"/{plural}/{{{TABLES[plural]}}}/Attachments"

    def list_attachments(call: Call) -> Answer:
        document = needed_document(call, plural)
        kept = _kept(call.company, key_of(document, plural))
        return Answer(body={"Attachments": [shown for shown, _ in kept.values()]})

    def by_id(call: Call) -> Answer:
        document = needed_document(call, plural)
        kept = _kept(call.company, key_of(document, plural))
        return _content(kept.get(call.path["AttachmentID"].lower()))

    def by_name(call: Call) -> Answer:
        document = needed_document(call, plural)
        kept = _kept(call.company, key_of(document, plural))
        return _content(_named(kept, call.path["FileName"]))

    def add(call: Call) -> Answer:
        document = needed_document(call, plural)
        shown = _add(call, plural, document)
        set_has_attachments(call.company, plural, document)
        return Answer(body={"Attachments": [shown]})

    return (
        Route("GET", path, list_attachments),
        Route("GET", f"{path}/{{AttachmentID}}", by_id),
        Route("GET", f"{path}/{{FileName}}", by_name),
        Route("PUT", f"{path}/{{FileName}}", add),
        Route("POST", f"{path}/{{FileName}}", add),
    )


ROUTES: Final = tuple(route for plural in WITH_ATTACHMENTS for route in _routes_of(plural))


def _kept(company: Company, document_id: str) -> dict[str, tuple[Json, bytes]]:
    return company.attachments.get(document_id, {})


def _named(kept: dict[str, tuple[Json, bytes]], name: str) -> tuple[Json, bytes] | None:
    for attachment in kept.values():
        if attachment[0]["FileName"].lower() == name.lower():
            return attachment
    return None


def _content(attachment: tuple[Json, bytes] | None) -> Answer:
    if attachment is None:
        raise NotFoundError
    shown, content = attachment
    return Answer(body=content, content_type=shown["MimeType"])


def _add(call: Call, plural: str, document: Json) -> Json:
    """Keep the file; one of the same name takes the place of the one that is there."""
    company, name = call.company, call.path["FileName"]
    document_id = key_of(document, plural)
    kept = _kept(company, document_id)
    there = _named(kept, name)
    _refuse(call, kept_count=len(kept) + (there is None))
    attachment_id = there[0]["AttachmentID"] if there else company.new_id()
    shown: Json = {
        "AttachmentID": attachment_id,
        "FileName": name,
        "Url": f"{_PLACE}/{plural}/{document_id}/Attachments/{name}",
        "MimeType": _mime_type(call, name),
        "ContentLength": len(call.content),
    }
    if plural in _WITH_INCLUDE_ONLINE:
        shown["IncludeOnline"] = call.flag("includeonline")
    after = {**kept, attachment_id: (shown, call.content)}
    company.undo.record(lambda: company.attachments.__setitem__(document_id, kept))
    company.attachments[document_id] = after
    company.note(document_id, "Attached a file", f"Attached the file {name}", call.user)
    return shown


def _refuse(call: Call, *, kept_count: int) -> None:
    problems: list[str] = []
    if not call.content:
        problems.append("The attachment is empty.")
    if len(call.content) > MAX_ATTACHMENT_BYTES:
        problems.append("The attachment exceeds the limit of 25 MB.")
    if len(call.path["FileName"]) > MAX_FILE_NAME:
        problems.append(f"The file name must be {MAX_FILE_NAME} characters or less.")
    if kept_count > MAX_ATTACHMENTS:
        problems.append(f"A document can have at most {MAX_ATTACHMENTS} attachments.")
    if problems:
        raise ValidationRefusedError(
            [
                {
                    "FileName": call.path["FileName"],
                    "ValidationErrors": [{"Message": problem} for problem in problems],
                }
            ]
        )


def _mime_type(call: Call, name: str) -> str:
    told = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told and told not in {"application/json", "application/octet-stream"}:
        return told
    return guess_type(name)[0] or "application/octet-stream"
