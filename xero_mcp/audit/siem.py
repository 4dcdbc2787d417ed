"""The log for a SIEM: OCSF API Activity (class 6003, schema 1.3.0), or ArcSight's CEF."""

import json
import re
from datetime import UTC, datetime

from xero_mcp import __version__
from xero_mcp.audit.canonical import Json
from xero_mcp.audit.entry import Kind, Status
from xero_mcp.audit.record import Record
from xero_mcp.clock import from_iso

OCSF_VERSION = "1.3.0"
_CLASS_UID = 6003
_CATEGORY_UID = 6
_UNKNOWN, _CREATE, _READ, _UPDATE, _DELETE, _OTHER = 0, 1, 2, 3, 4, 99
_ACTIVITIES = {
    _CREATE: "Create", _READ: "Read", _UPDATE: "Update", _DELETE: "Delete", _OTHER: "Other",
}  # fmt: skip
_BY_VERB = {
    "create": _CREATE, "add": _CREATE, "copy": _CREATE, "list": _READ, "get": _READ,
    "find": _READ, "run": _READ, "show": _READ, "what": _READ, "update": _UPDATE,
    "delete": _DELETE, "void": _DELETE, "remove": _DELETE,
}  # fmt: skip
_SUCCESS, _FAILURE, _OTHER_STATUS = 1, 2, 99
_STATUSES = {
    Status.OK: _SUCCESS, Status.DONE: _SUCCESS, Status.APPROVED: _SUCCESS,
    Status.FAILED: _FAILURE, Status.REFUSED: _FAILURE, Status.REJECTED: _FAILURE,
    Status.EXPIRED: _FAILURE, Status.NOT_DONE: _FAILURE,
    Status.UNKNOWN: _UNKNOWN, Status.PENDING: _OTHER_STATUS,
}  # fmt: skip
_STATUS_NAMES = {_UNKNOWN: "Unknown", _SUCCESS: "Success", _FAILURE: "Failure"}
_INFORMATIONAL, _LOW, _MEDIUM, _HIGH = 1, 2, 3, 4
_SEVERITIES = {_INFORMATIONAL: "Informational", _LOW: "Low", _MEDIUM: "Medium", _HIGH: "High"}
_CEF_SEVERITIES = {_INFORMATIONAL: 2, _LOW: 4, _MEDIUM: 6, _HIGH: 8}
_PRODUCT = "xero-mcp"
_VENDOR = "xero-mcp"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")


def ocsf_line(record: Record) -> str:
    """One event, as one line of JSON, for readers that take other line ends for one too."""
    return json.dumps(ocsf(record), sort_keys=True, separators=(",", ":"))


def ocsf(record: Record) -> dict[str, Json]:
    """The record as an event of API Activity; what has no place there stands in `unmapped`."""
    activity, severity = _activity(record), _severity(record)
    event: dict[str, Json] = {
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity] if activity != _OTHER else record.row.kind,
        "category_uid": _CATEGORY_UID,
        "category_name": "Application Activity",
        "class_uid": _CLASS_UID,
        "class_name": "API Activity",
        "type_uid": _CLASS_UID * 100 + activity,
        "type_name": f"API Activity: {_ACTIVITIES[activity]}",
        "time": _milliseconds(record.row.at),
        "severity_id": severity,
        "severity": _SEVERITIES[severity],
        "message": record.says,
        "metadata": _metadata(record),
        "actor": _actor(record),
        "api": _api(record),
        "src_endpoint": {"name": _source(record)},
        "unmapped": _unmapped(record),
        **_status(record),
    }
    duration = record.body.get("ms")
    if isinstance(duration, int):
        event["duration"] = duration
    resources = list[Json](_resources(record))
    return {**event, "resources": resources} if resources else event


def _metadata(record: Record) -> dict[str, Json]:
    found: dict[str, Json] = {
        "version": OCSF_VERSION,
        "uid": record.id,
        "sequence": record.row.seq,
        "event_code": record.row.kind,
        "log_name": "audit",
        "product": {"name": _PRODUCT, "vendor_name": _VENDOR, "version": __version__},
    }
    call = record.row.intent_id or (record.id if record.row.kind == Kind.INTENT else None)
    if call:
        found["correlation_uid"] = call
    if record.row.organisation_id:
        found["tenant_uid"] = record.row.organisation_id
    return found


def _actor(record: Record) -> dict[str, Json]:
    name = record.text("agent") or record.text("person") or _PRODUCT
    user: dict[str, Json] = {"name": name, "type_id": 99, "type": "Agent"}
    fingerprint = record.text("credential_fingerprint")
    if fingerprint:
        user["uid"] = fingerprint
    actor: dict[str, Json] = {"user": user}
    through = record.text("client", "name")
    if through:
        actor["app_name"] = through
    return actor


def _api(record: Record) -> dict[str, Json]:
    found: dict[str, Json] = {
        "operation": record.row.tool or f"audit.{record.row.kind}",
        "service": {"name": _PRODUCT},
        "request": {"uid": record.row.intent_id or record.id},
    }
    code = record.text("error_code")
    if code:
        found["response"] = {"error": code}
    return found


def _status(record: Record) -> dict[str, Json]:
    if record.row.status is None:
        return {}
    number = _STATUSES.get(Status(record.row.status), _OTHER_STATUS)
    found: dict[str, Json] = {
        "status_id": number,
        "status": _STATUS_NAMES.get(number, record.row.status),
        "status_detail": record.row.status,
    }
    code = record.text("error_code")
    return {**found, "status_code": code} if code else found


def _resources(record: Record) -> list[dict[str, Json]]:
    found: list[dict[str, Json]] = []
    kind = record.text("object", "type")
    if kind:
        one: dict[str, Json] = {"type": kind}
        for name, part in (("uid", "id"), ("name", "number")):
            value = record.text("object", part)
            if value:
                one[name] = value
        found.append(one if len(one) > 1 else {**one, "name": kind})
    if record.row.organisation_id:
        name = record.text("organisation", "name") or record.row.organisation_id
        found.append({"type": "organisation", "uid": record.row.organisation_id, "name": name})
    return found


_UNMAPPED = (
    "access", "money", "contact_id", "decision", "rule", "reason", "policy_file", "policy_hash",
    "approval", "xero_requests", "idempotency_key", "look", "arguments_commitment", "happened_at",
    "transport", "protocol", "on_behalf_of",
)  # fmt: skip


def _unmapped(record: Record) -> dict[str, Json]:
    """All but the arguments: a SIEM is for more eyes than the log is."""
    body = record.body
    found = {name: body[name] for name in _UNMAPPED if name in body}
    return {**found, "hash": record.row.hash}


def _activity(record: Record) -> int:
    if record.row.kind not in {Kind.INTENT, Kind.OUTCOME, Kind.REFUSAL}:
        return _OTHER
    verb = (record.row.tool or "").partition("-")[0]
    if verb in _BY_VERB:
        return _BY_VERB[verb]
    return _READ if (record.text("access") or "").endswith("read") else _UPDATE


def _severity(record: Record) -> int:
    if record.row.status == Status.UNKNOWN:
        return _HIGH
    if record.row.status in {Status.REFUSED, Status.REJECTED}:
        return _MEDIUM
    if record.row.look or record.row.status in {Status.FAILED, Status.PENDING, Status.EXPIRED}:
        return _LOW
    return _INFORMATIONAL


def _source(record: Record) -> str:
    """Whence it came, as far as is known: the agent's program, else the house itself."""
    return record.text("client", "name") or record.text("transport") or _PRODUCT


def cef(record: Record) -> str:
    """One event, as one line."""
    name = f"{record.row.tool or record.row.kind} {record.row.status or ''}".strip()
    severity = str(_CEF_SEVERITIES[_severity(record)])
    signature = f"{record.row.kind}:{record.row.tool}" if record.row.tool else record.row.kind
    head = ("CEF:0", _VENDOR, _PRODUCT, __version__, signature, name, severity)
    pairs = [f"{key}={_value(value)}" for key, value in _extension(record) if value]
    for number, (label, value) in enumerate(_custom(record), start=1):
        if value:
            pairs.append(f"cs{number}Label={label} cs{number}={_value(value)}")
    pairs.append(f"cn1Label=seq cn1={record.row.seq}")
    return "|".join([head[0], *map(_head, head[1:]), " ".join(pairs)])


def _extension(record: Record) -> list[tuple[str, str | None]]:
    text = record.text
    return [
        ("rt", str(_milliseconds(record.row.at))),
        ("externalId", record.id),
        ("suser", text("agent") or text("person")),
        ("sourceServiceName", text("client", "name")),
        ("act", record.row.tool),
        ("outcome", record.row.status),
        ("reason", text("error_code")),
        ("msg", record.says),
    ]


def _custom(record: Record) -> list[tuple[str, str | None]]:
    """What CEF has no key for: fields with a label of ours."""
    text = record.text
    amount = " ".join(filter(None, (text("money", "amount"), text("money", "currency"))))
    return [
        ("organisation", text("organisation", "name")),
        ("decision", record.row.decision),
        ("rule", text("rule")),
        ("amount", amount),
        ("call", record.row.intent_id or record.id),
        ("hash", record.row.hash),
    ]


def _head(text: str) -> str:
    """A field of the head: it has no line ends at all."""
    plain = _CONTROL.sub(" ", re.sub(r"[\r\n\t]+", " ", text))
    return plain.replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    """A value of the extension: a line end in it is written, not made."""
    plain = _CONTROL.sub(" ", text).replace("\\", "\\\\").replace("=", "\\=")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\r")


def _milliseconds(at: str) -> int:
    return round((from_iso(at) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
