"""Does a search find what the log holds? What it goes through is a copy of parts of it.

The records vouch for themselves, also where the copy is wrong: but who looks for an agent's
refusals would not be shown one that the copy lacks, or that it gives to somebody else.
"""

from dataclasses import replace

from xero_mcp.audit.finding import Fault, Finding
from xero_mcp.audit.verify import Verdict
from xero_mcp.store.base import Store, Tables


async def searched(store: Store, verdict: Verdict) -> Verdict:
    """The verdict on the live log, once what its searches go through was compared with it.

    An export has nothing of that kind. A fault of the log itself is told first.
    """
    if verdict.finding is not None:
        return verdict
    finding = await store.read(wrongly_sought)
    if finding is None:
        return verdict
    return replace(verdict, records=min(verdict.records, finding.seq - 1), finding=finding)


def wrongly_sought(tables: Tables) -> Finding | None:
    """The first record of which a search would hear something else than the log says."""
    wrong = tables.audit.mislisted()
    if wrong is None:
        return None
    named = f"Record {wrong.seq}" if wrong.id is None else f"Record {wrong.seq} ({wrong.id})"
    if wrong.id is None:
        said = f"{named} is in what searches go through, and not in the log: it was put in there."
    elif wrong.column:
        said = f"{named} is as it was written, but searches take its {wrong.column} for another."
    else:
        said = f"{named} is as it was written, but searches pass it over: it was taken from them."
    return Finding(seq=wrong.seq, id=wrong.id, fault=Fault.MISLISTED, message=said)
