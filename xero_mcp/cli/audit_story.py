"""Records of the audit log as people read them: a mark, a sentence, and the whole story."""

from collections.abc import Iterator, Sequence
from typing import cast

from xero_mcp.app import Office
from xero_mcp.approvals import normal_id
from xero_mcp.audit.canonical import Json
from xero_mcp.audit.entry import Kind, Status
from xero_mcp.audit.record import UNDER_WAY, Record
from xero_mcp.cli.console import Screen
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.moments import local
from xero_mcp.text import one_line

HASH_SHOWN = 12
MAX_SEQ_DIGITS = 18

_MARKS = {
    Kind.POLICY.value: "policy",
    Kind.STARTED.value: "started",
    Kind.STOPPED.value: "stopped",
}


def mark_of(record: Record) -> str:
    """One word: how this ended, as far as the record knows."""
    status = record.row.status
    if record.row.kind == Kind.INTENT:
        return {"unknown": "unknown", UNDER_WAY: "running"}.get(record.state, "begun")
    if record.text("error_code") == "REPEATED":
        return "repeat"
    if status == Status.PENDING:
        return "asked"
    if record.row.kind == Kind.POLICY and status == Status.FAILED:
        return "refused"
    return _MARKS.get(record.row.kind) or status or record.row.kind


async def story_of(office: Office, asked: str) -> list[Record]:
    """The story of a call or an approval, by an id or by a record's number.

    Raises:
        CommandError: there is no such record.
    """
    wanted = asked.strip()
    if wanted.isdecimal() and len(wanted) <= MAX_SEQ_DIGITS:
        after = int(wanted) - 1
        rows = await office.store.read(lambda tables: tables.audit.scan(after, limit=1))
        wanted = rows[0].id if rows and rows[0].seq == after + 1 else ""
    elif wanted.lower().startswith("ap-"):
        wanted = normal_id(wanted)
    story = await office.audit.show(wanted, is_live=office.instances.is_live) if wanted else []
    if not story:
        what = one_line(asked, limit=40) or "without a number"
        raise CommandError(
            f"There is no record {what}. `xero-mcp audit list` shows the numbers of those there "
            "are."
        )
    return story


def as_json(record: Record) -> dict[str, Json]:
    """The record as it is hashed, its hash, and how the call stands today."""
    return {**record.body, "hash": record.row.hash, "state": record.state}


def tell_story(screen: Screen, story: Sequence[Record]) -> None:
    """Everything about one call, oldest first."""
    main = _main(story)
    screen.heading(f"{main.id}  {main.row.tool or main.row.kind}  {_ending(story)}")
    screen.line()
    screen.pairs(_facts(main, story))
    arguments = _part(main, "arguments")
    if arguments:
        tell_arguments(screen, "Arguments", arguments)
    screen.line()
    screen.heading("What happened")
    for record in story:
        screen.record(f"{record.row.seq:>6}  {local(record.row.at)}", mark_of(record), record.says)
    requests = list(_requests(story))
    if requests:
        screen.line()
        screen.heading("Requests to Xero")
        screen.table(("record", "answer", "took", "request, and its id at Xero"), requests)


def tell_arguments(screen: Screen, heading: str, arguments: Json) -> None:
    """One line for each value."""
    screen.line()
    screen.heading(heading)
    screen.pairs(_flat(arguments))


def _main(story: Sequence[Record]) -> Record:
    """The record that says most: how the call ended, else that it began, else the first."""
    for kind in (Kind.INTENT, Kind.REFUSAL, Kind.APPROVAL):
        for record in reversed(story):
            if record.row.kind == kind:
                return record
    return story[0]


def _ending(story: Sequence[Record]) -> str:
    ended = [
        record for record in story if record.row.kind in (Kind.OUTCOME, Kind.UNKNOWN, Kind.SETTLED)
    ]
    return mark_of(ended[-1] if ended else _main(story))


def _facts(main: Record, story: Sequence[Record]) -> Iterator[tuple[str, str]]:
    text = main.text
    yield "agent", text("agent") or ""
    yield "on behalf of", text("on_behalf_of") or ""
    over = text("transport")
    client = _joined(text("client", "name"), text("client", "version"))
    yield "through", _joined(client, f"over {over}" if over else None)
    yield "organisation", text("organisation", "name") or ""
    yield "needs", text("access") or ""
    yield "amount", _joined(text("money", "amount"), text("money", "currency"))
    yield "decision", _joined(text("decision"), _by(main))
    yield "limits before", text("limits", "before") or ""
    yield "limits after", text("limits", "after") or ""
    yield "to look at", ", ".join(_looks(story))
    for label, name in (("policy", "policy_file"), ("error", "error_code")):
        found = [record.text(name) for record in story if record.text(name)]
        yield label, str(found[-1]) if found else ""
    yield "policy hash", (text("policy_hash") or "")[:HASH_SHOWN]
    yield "idempotency key", text("idempotency_key") or ""
    yield "in Xero", ", ".join(_ids(story))


def _looks(story: Sequence[Record]) -> Iterator[str]:
    """Every reason why somebody should look at it, each once."""
    words = [word for record in story for word in (record.row.look or "").split(",") if word]
    yield from dict.fromkeys(words)


def _by(main: Record) -> str:
    rule = main.text("rule")
    return f"by {rule}" if rule else ""


def _ids(story: Sequence[Record]) -> Iterator[str]:
    for record in story:
        ids = _part(record, "result").get("ids")
        number = record.text("object", "number") if record.row.kind == Kind.OUTCOME else None
        if isinstance(ids, list):
            yield from (_joined(number, str(each)) for each in ids)


def _requests(story: Sequence[Record]) -> Iterator[tuple[str, str, str, str]]:
    for record in story:
        listed = record.body.get("xero_requests")
        for each in listed if isinstance(listed, list) else []:
            if isinstance(each, dict):
                yield (
                    str(record.row.seq),
                    str(each.get("status") or "none"),
                    f"{each.get('ms')} ms",
                    # In one column, so that at 80 columns an id stays whole and can be copied.
                    f"{each.get('method')} {each.get('path')} {each.get('request_id') or ''}",
                )


def _part(record: Record, name: str) -> dict[str, Json]:
    found = record.body.get(name)
    return found if isinstance(found, dict) else {}


def _flat(value: Json, name: str = "") -> Iterator[tuple[str, str]]:
    """`lines.1.quantity  2`: one line for each value, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[Json]", value), start=1):
            yield from _flat(inner, f"{name}.{number}")
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    else:
        yield name, str(value)


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
