"""The end of the tour: what the log says of it, and how a real host is connected."""

import json
import shlex

from xero_mcp.app import Office
from xero_mcp.audit.entry import Kind, Status
from xero_mcp.audit.record import Record
from xero_mcp.cli.audit_story import mark_of
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.own_command import own_command
from xero_mcp.cli.tour.agent import AGENT
from xero_mcp.cli.tour.narrator import Narrator

MAX_RECORDS = 200
HASH_SHOWN = 16
TOLD = frozenset({Kind.OUTCOME.value, Kind.REFUSAL.value, Kind.APPROVAL.value})
"""An intent is told by its outcome; starting and stopping are nobody's deeds."""


async def what_the_log_says(tell: Narrator, office: Office) -> None:
    await tell.scene("What the log says")
    tell.says("Every call stands in the audit log, before anything happened and after:")
    tell.screen.line()
    records = await office.audit.records(is_live=office.instances.is_live, limit=MAX_RECORDS)
    for record in reversed(records):
        if record.row.kind in TOLD and not _is_question(record):
            tell.screen.marked(mark_of(record), record.says)
    verdict = await office.audit.verify()
    if verdict.finding is not None:
        raise CommandError(f"The log of the tour is not as it was written: {verdict.finding}")
    tell.screen.line()
    tell.screen.marked(
        "ok",
        f"Verified: {verdict.records} records, none changed, none missing. Each carries the "
        f"fingerprint of the one before it; the last is {verdict.head_hash[:HASH_SHOWN]}…",
    )


def _is_question(record: Record) -> bool:
    """The question to a person; that the agent was told to wait says the same."""
    return record.row.kind == Kind.APPROVAL and record.row.status == Status.PENDING


async def now_yours(tell: Narrator) -> None:
    await tell.scene("Now yours")
    command = own_command()
    arguments = ["serve", "--agent", AGENT, "--demo"]
    tell.says("Claude Code, on the demo company:")
    tell.screen.line()
    tell.screen.as_it_is(f"  claude mcp add xero -- {shlex.join([*command, *arguments])}")
    tell.screen.line()
    tell.says("Claude Desktop, in claude_desktop_config.json:")
    tell.screen.line()
    tell.screen.as_it_is('  {"mcpServers": {"xero": {')
    tell.screen.as_it_is(f'    "command": {json.dumps(command[0])},')
    tell.screen.as_it_is(f'    "args": {json.dumps([*command[1:], *arguments])}')
    tell.screen.as_it_is("  }}}")
    tell.screen.line()
    tell.says(
        "Your own Xero: leave out --demo, set XERO_CLIENT_ID and XERO_CLIENT_SECRET of a Custom "
        "Connection, put your organisation's name into the policy, and run `xero-mcp doctor`."
    )
