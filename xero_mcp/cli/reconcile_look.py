"""`xero-mcp audit reconcile`: what Xero itself says of writes whose outcome is unknown."""

import typer

from xero_mcp.app import Office, check_connection, reconciler_of
from xero_mcp.app.xero import build_client
from xero_mcp.cli.console import Screen, working
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office_if_any, no_database
from xero_mcp.gate.reconciling import Looked
from xero_mcp.settings import load_settings
from xero_mcp.text import one_line

MARKS = {True: "done", False: "not done", None: "unknown"}


def look_in_xero(screen: Screen, record_id: str | None, *, as_json: bool) -> None:
    """Look for one write, or for each that waits; exit with 1 where one is still unknown."""
    with working("Looking in Xero"):
        looked = in_office_if_any(lambda office: _look(office, record_id))
    found = looked or []
    if looked is None:
        screen.note(no_database(load_settings()))
    if as_json:
        screen.json([_as_json(one) for one in found])
    else:
        for one in found:
            screen.record(one.row.intent_id, MARKS[one.ruling.done], _said(one))
        if looked == []:
            screen.note("No write waits: the outcome of each is known.")
    if any(one.ruling.done is None for one in found) or (looked is None and record_id):
        raise typer.Exit(ExitCode.REFUSED)


async def _look(office: Office, record_id: str | None) -> list[Looked]:
    await office.audit.recover(office.instances.is_live)
    rows = await office.store.read(lambda tables: tables.writes.list_unknown())
    wanted = [row for row in rows if record_id in {None, row.intent_id}]
    if record_id is not None and not wanted:
        raise CommandError(
            f"There is no write {one_line(record_id, limit=40)} whose outcome is unknown. "
            "`xero-mcp audit reconcile` lists those that wait."
        )
    if not wanted:
        return []
    await check_connection(office)
    presence = office.instances.enter()
    try:
        xero = build_client(office, demo=False, instance=presence.instance)
        try:
            reconciler = reconciler_of(office, xero)
            return [await reconciler.look(row) for row in wanted]
        finally:
            await xero.close()
    finally:
        presence.leave()


def _said(one: Looked) -> str:
    says = one.settled.says if one.settled else f"{one.ruling.evidence}."
    if one.settled is None and one.intent is not None:
        return f"{local(one.row.first_sent_at)}: {one.intent.says} {says}"
    return says


def _as_json(one: Looked) -> dict[str, object]:
    return {
        "id": one.row.intent_id,
        "agent": one.row.agent,
        "tool": one.row.tool,
        "outcome": MARKS[one.ruling.done],
        "evidence": one.ruling.evidence,
        "xero_id": one.ruling.ids[0] if one.ruling.ids else None,
        "xero_ids": list(one.ruling.ids),
        "number": one.ruling.number or None,
        "settled_by": one.settled.id if one.settled else None,
    }
