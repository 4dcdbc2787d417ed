"""The playbooks as a tool, for hosts that do not show prompts."""

from pydantic import Field

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer
from xero_mcp.tool.args import Args, Day, ShortText
from xero_mcp.tool.declare import tool
from xero_mcp.tool.view import AgentView
from xero_mcp.tools.playbook_texts import Task, offered, playbook_text


class GetPlaybook(Args):
    """Arguments of get-playbook."""

    task: Task | None = Field(default=None, description="Left out: a list of them.")
    organisation: ShortText | None = Field(default=None, description="For which.")
    about: ShortText | None = Field(default=None, description="Period, contact or account.")
    as_at: Day | None = Field(default=None, description="The date that it is about.")


class Book(Answer):
    """A playbook, or the names of all."""

    task: str | None = None
    text: str


@tool(area=Area.ORGANISATION, access=Access.READ, says="read the playbook{ for: task}")
async def get_playbook(args: GetPlaybook, me: AgentView) -> Book:
    """Get the steps and rules of a recurring task, such as a month-end review."""
    if args.task is None:
        books = offered(me.tools).items()
        return Book(text="\n".join(f"{name}: {book.purpose}" for name, book in books))
    only = me.organisations[0].name if len(me.organisations) == 1 else ""
    about = ", ".join(
        part for part in (args.about, args.as_at.isoformat() if args.as_at else None) if part
    )
    text = playbook_text(args.task, organisation=args.organisation or only, about=about)
    return Book(task=args.task, text=text)
