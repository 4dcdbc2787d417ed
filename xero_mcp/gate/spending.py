"""What an agent has used up of its budgets, counted from the ledger of writes."""

from datetime import timedelta

from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.rooms import Rooms
from xero_mcp.policy.limits import day_start
from xero_mcp.policy.usage import Usage
from xero_mcp.store.base import Tables

HOUR = timedelta(hours=1)


def usage_of(tables: Tables, rooms: Rooms, passage: Passage) -> Usage:
    """Writes of the last hour and money of today, calls in flight and unknown ones counted in."""
    policy = passage.known_policy()
    organisation_id = known(passage.organisation, "organisation").id
    now = rooms.clock.now()
    agent = passage.agent.name
    return Usage(
        writes_last_hour=tables.writes.count_since(agent, organisation_id, since=now - HOUR),
        money_today=tables.writes.money_since(agent, organisation_id, since=day_start(policy, now)),
    )
