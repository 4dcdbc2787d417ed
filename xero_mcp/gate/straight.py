"""A read that goes straight on: what is remembered of its agent is looked at again on the way.

Every call needs to know how its agent stands: suspended, tied to another policy, its budget used
up. A look into the store before everything else costs as much as a record. So a read goes by
what this process remembers, and looks in the transaction that makes its intent durable: by then
nobody has been asked for anything. Where it stands otherwise the call begins anew, with a look,
and so does every call that would be refused or has to ask: no refusal rests on a memory.
"""

from xero_mcp.errors import XeroMcpError
from xero_mcp.gate.answers import GateAnswer
from xero_mcp.gate.beginning import Begun, begin
from xero_mcp.gate.deciding import LookFirstError, decide_unlooked, read_call
from xero_mcp.gate.passage import Passage
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.running import Running
from xero_mcp.policy.model import Outcome


async def straight(rooms: Rooms, passage: Passage) -> GateAnswer | None:
    """The answer of a read, written down from beginning to end.

    None where the call has to begin with a look; then there is no trace of it yet.

    Raises:
        StoreUnavailableError: it cannot be written; then nothing is done.
    """
    if passage.known_card().writes:
        return None
    passage.rests_on = rooms.policies.remembered_tie(passage.agent.name)
    if passage.rests_on is None:
        return None
    try:
        await read_call(rooms, passage)
        await decide_unlooked(rooms, passage)
        answer = await _from_memory(rooms, passage)
        begun = await begin(rooms, passage) if answer is None else None
    except (LookFirstError, XeroMcpError):
        answer = begun = None
    if answer is not None:
        return answer
    if isinstance(begun, Begun):
        return await Running(rooms, passage, begun).to_the_end()
    passage.start_over()
    return None


async def _from_memory(rooms: Rooms, passage: Passage) -> GateAnswer | None:
    """The answer of a read that needs nothing of Xero and may be allowed; None for any other.

    What turns on what is used up is decided in the transaction of both records.
    """
    card, decision = passage.known_card(), passage.decision
    is_refused = decision is not None and decision.outcome is not Outcome.ALLOW
    if is_refused or card.tells_of or card.name in rooms.asks_xero:
        return None
    running = Running(rooms, passage)
    if not await running.from_memory():
        return None
    return await rooms.store.brief(running.record_whole)
