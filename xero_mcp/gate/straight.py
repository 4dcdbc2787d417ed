"""A read that goes straight on: what is remembered of its agent is looked at again on the way.

Every call needs to know how its agent stands: suspended, tied to another policy, its budget used
up. A look into the store before everything else costs as much as a record. So a read goes by
what this process remembers, and looks in the transaction that makes its intent durable: by then
nobody has been asked for anything. Where it stands otherwise the call begins anew, with a look,
and so does every call that would be refused or has to ask: no refusal rests on a memory.
"""

from xero_mcp.errors import XeroMcpError
from xero_mcp.gate.beginning import Begun, begin
from xero_mcp.gate.deciding import LookFirstError, decide_unlooked, read_call
from xero_mcp.gate.passage import Passage
from xero_mcp.gate.rooms import Rooms


async def straight(rooms: Rooms, passage: Passage) -> Begun | None:
    """Make the intent of a read durable; None where the call has to begin with a look.

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
        begun = await begin(rooms, passage)
    except (LookFirstError, XeroMcpError):
        begun = None
    if isinstance(begun, Begun):
        return begun
    passage.start_over()
    return None
