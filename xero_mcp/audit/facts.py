"""What stays of a record once its content is forgotten: evidence without a person in it.

Who acted, with which tool, in which organisation, for how much, by whose leave, how it ended
and what Xero said stays. Whatever may name or describe whom it was about goes.
"""

import re

from xero_mcp.audit.canonical import Json

CONTENT = frozenset({"says", "arguments", "action", "reason", "contact_id", "salt"})
"""Free text, the agent's arguments, and the salt without which the hash gives nothing away."""
_OF_APPROVAL = frozenset({"note", "digest"})
"""The digest has no salt: whoever guesses the arguments could tell by it."""
_CONTACT_PATH = re.compile(r"(/Contacts)/[^/]+")
_OBJECT_IDS = frozenset({"id", "number"})


def facts_of(body: dict[str, Json]) -> dict[str, Json]:
    """The body without its content."""
    facts = {name: value for name, value in body.items() if name not in CONTENT}
    approval, requests = body.get("approval"), body.get("xero_requests")
    if isinstance(approval, dict):
        facts["approval"] = _without(approval, _OF_APPROVAL)
    if isinstance(requests, list):
        facts["xero_requests"] = [_without_contact(each) for each in requests]
    if _is_about_contacts(body):
        named = body.get("object")
        if isinstance(named, dict):
            facts["object"] = _without(named, _OBJECT_IDS)
        result = body.get("result")
        if isinstance(result, dict):
            facts["result"] = _without(result, frozenset({"ids"}))
    return facts


def _is_about_contacts(body: dict[str, Json]) -> bool:
    named = body.get("object")
    kind = named.get("type") if isinstance(named, dict) else None
    return "contact" in f"{body.get('tool')} {kind}"


def _without_contact(request: Json) -> Json:
    path = request.get("path") if isinstance(request, dict) else None
    if not isinstance(request, dict) or not isinstance(path, str):
        return request
    return {**request, "path": _CONTACT_PATH.sub(r"\1/{id}", path)}


def _without(part: dict[str, Json], names: frozenset[str]) -> dict[str, Json]:
    return {name: value for name, value in part.items() if name not in names}
