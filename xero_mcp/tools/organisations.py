"""Where an agent is and what it may do: answered from its policy, without a call to Xero."""

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, ListAnswer
from xero_mcp.tool.args import Args
from xero_mcp.tool.declare import tool
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column
from xero_mcp.tool.view import AgentView, KnownOrganisation
from xero_mcp.tools.paging import list_answer


class NoArguments(Args):
    """This tool takes none."""


class Right(Answer):
    """A level in an area."""

    area: str
    level: str
    only: list[str] | None = None


class Rights(Answer):
    """What the policy gives this agent."""

    agent: str
    purpose: str | None = None
    organisations: list[str]
    not_connected: list[str] | None = None
    may: list[Right]
    rules: list[str]
    limits: list[str]
    tools: list[str]
    mode: str
    expires: str | None = None
    policy_file: str
    who_decides: str


COLUMNS = (
    Column[KnownOrganisation](name="organisation_id", read=lambda one: one.id),
    Column[KnownOrganisation](name="name", read=lambda one: one.name),
)


@tool(
    area=Area.ORGANISATION,
    access=Access.READ,
    listed_as=ListedAs(name="list-settings", kinds={"organisations": {}}),
    says="list the organisations that it may work in",
    aliases=("list-organisation-details",),
)
async def list_organisations(args: NoArguments, me: AgentView) -> ListAnswer:
    """List the organisations that this agent may work in, with their ids.

    Use a name or an id from here as `organisation` where there is more than one.
    """
    del args
    return list_answer(me.organisations, COLUMNS)


@tool(area=Area.ORGANISATION, access=Access.READ, says="ask what it may do")
async def what_can_i_do(args: NoArguments, me: AgentView) -> Rights:
    """Say what this agent may do: areas and levels, amounts, limits, organisations, tools.

    Call it first. Levels: read sees; draft prepares; post changes the ledger; full undoes.
    """
    del args
    return Rights(
        agent=me.agent,
        purpose=me.purpose or None,
        organisations=[one.name for one in me.organisations],
        not_connected=list(me.not_connected) or None,
        may=[
            Right(area=one.area, level=one.level, only=list(one.only) or None) for one in me.granted
        ],
        rules=list(me.rules),
        limits=list(me.limits),
        tools=list(me.tools),
        mode=me.mode,
        expires=me.expires,
        policy_file=me.policy_file,
        who_decides=me.who_decides,
    )
