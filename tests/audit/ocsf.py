"""A reader of OCSF events that knows the released schema, and nothing of how ours are made."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

TABLE: dict[str, Any] = json.loads(
    (Path(__file__).parent / "ocsf_api_activity.json").read_text(encoding="utf-8")
)
CLASS, OBJECTS = TABLE["class"], TABLE["objects"]
MAX_STRING = 65_535
MAX_LONG = 2**63 - 1
OTHER = 99
"""Of this value the schema says that the source spells it out in its own words."""
TEXTS = frozenset({"string_t", "username_t", "hostname_t", "url_t", "email_t", "ip_t", "mac_t"})
WHOLE = frozenset({"integer_t", "long_t", "timestamp_t", "port_t"})
FREE = frozenset({"object", "json_t"})
SECONDS_LOOK_LIKE = 100_000_000_000
"""A time below is one in seconds: in milliseconds it would be of 1973."""


def problems_of(event: Mapping[str, Any]) -> list[str]:
    """Everything that the schema does not have so."""
    return [*_object("api_activity", event, "event"), *_of_the_class(event)]


def _of_the_class(event: Mapping[str, Any]) -> Iterator[str]:
    activity = event.get("activity_id")
    expected = {
        "class_uid": CLASS["uid"],
        "class_name": CLASS["name"],
        "category_uid": CLASS["category_uid"],
        "category_name": CLASS["category_name"],
        "type_uid": CLASS["uid"] * 100 + activity if isinstance(activity, int) else None,
        "type_name": f"{CLASS['name']}: {_activity_said(event)}",
    }
    for name, value in expected.items():
        if name in event and event[name] != value:
            yield f"{name} is {event[name]!r}, not {value!r}"
    if event.get("metadata", {}).get("version") != TABLE["version"]:
        yield f"metadata.version is not {TABLE['version']}"
    if event.get("time", 0) < SECONDS_LOOK_LIKE:
        yield "time is not in milliseconds"


def _activity_said(event: Mapping[str, Any]) -> str:
    values = OBJECTS["api_activity"]["attributes"]["activity_id"]["values"]
    return values.get(str(event.get("activity_id")), "?")


def _object(kind: str, value: object, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} is no object"
        return
    found = cast("dict[str, Any]", value)
    attributes = OBJECTS[kind]["attributes"]
    for name, known in attributes.items():
        if known["requirement"] == "required" and name not in found:
            yield f"{place}.{name} is required"
    one_of = OBJECTS[kind]["at_least_one"]
    if one_of and not set(one_of) & found.keys():
        yield f"{place} needs one of {', '.join(one_of)}"
    for name, each in found.items():
        known = attributes.get(name)
        if known is None:
            yield f"{place}.{name} is no attribute"
            continue
        if "deprecated" in known:
            yield f"{place}.{name} is deprecated since {known['deprecated']}"
        yield from _attribute(known, each, f"{place}.{name}")
        yield from _spelt_out(known, each, found, f"{place}.{name}")


def _attribute(known: Mapping[str, Any], value: object, place: str) -> Iterator[str]:
    if not known.get("is_list"):
        yield from _value(known["type"], value, place)
    elif not isinstance(value, list) or not value:
        yield f"{place} is no list with something in it"
    else:
        for number, each in enumerate(cast("list[object]", value)):
            yield from _value(known["type"], each, f"{place}[{number}]")


def _value(kind: str, value: object, place: str) -> Iterator[str]:
    if kind in TEXTS:
        if not isinstance(value, str) or not 0 < len(value) <= MAX_STRING:
            yield f"{place} is no text of 1 to {MAX_STRING:,} characters"
    elif kind in WHOLE:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_LONG:
            yield f"{place} is no whole number"
    elif kind in FREE:
        if not isinstance(value, dict):
            yield f"{place} is no object"
    elif kind in OBJECTS:
        yield from _object(kind, value, place)
    else:
        yield f"{place}: nothing is known here of {kind}"


def _spelt_out(
    known: Mapping[str, Any], value: object, beside: Mapping[str, Any], place: str
) -> Iterator[str]:
    values, said_in = known.get("values"), str(known.get("spelt_out_in"))
    if values is None:
        return
    if str(value) not in values:
        yield f"{place} is {value!r}, which is none of its values"
    elif value != OTHER and beside.get(said_in, values[str(value)]) != values[str(value)]:
        yield f"{said_in} is {beside[said_in]!r} where {place} says {values[str(value)]!r}"
    elif value == OTHER and said_in not in beside:
        yield f"{place} is other, and {said_in} does not say what"
