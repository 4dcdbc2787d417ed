"""`@tool`: the one declaration from which everything that the house knows of a tool is derived."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import cleandoc
from typing import Any, Generic, TypeVar, get_type_hints

from xero_mcp.tool.access import Access, Area, Need, Reach
from xero_mcp.tool.answer import Answer
from xero_mcp.tool.args import Args
from xero_mcp.tool.card import ToolCard, Varies
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.feed_view import FeedView
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.phrase import Words, slots
from xero_mcp.tool.schema import input_schema, output_schema
from xero_mcp.tool.trace import Trace
from xero_mcp.tool.view import AgentView
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.scopes import scopes_for

A = TypeVar("A", bound=Args)
R = TypeVar("R", bound=Answer)

Run = Callable[[A, Any], Awaitable[R]]
"""The second parameter is a ScopedXero; an AgentView where the tool is about the agent; a FeedView
where it tells of changes."""
FactsOf = Callable[[Any, ScopedXero, frozenset[str]], Awaitable[Facts]]
"""Arguments, a client that also reaches `asks`, and the names of the facts that are wanted."""
ChecksOf = Callable[[Any, ScopedXero], Awaitable[None]]
"""Arguments, and a client that can only read: an error from it refuses the call."""
NeedsOf = Callable[[Any], tuple[Need, ...]]


def GET(path: str) -> Reach:  # noqa: N802 - reads as the request that it stands for
    return Reach(method="GET", path=path)


def POST(path: str) -> Reach:  # noqa: N802
    return Reach(method="POST", path=path)


def PUT(path: str) -> Reach:  # noqa: N802
    return Reach(method="PUT", path=path)


def DELETE(path: str) -> Reach:  # noqa: N802
    return Reach(method="DELETE", path=path)


@dataclass(frozen=True, kw_only=True)
class Tool(Generic[A, R]):
    """A declared tool: the function, its types, and what the declaration says of it."""

    declared: "Declaration"
    name: str
    description: str
    args: type[A]
    result: type[R]
    run: Run[A, R]

    @cached_property
    def card(self) -> ToolCard:
        """The tool as plain data: what lists, policies and documents read."""
        said = self.declared
        return ToolCard(
            name=self.name,
            title=said.title or self.name.replace("-", " ").capitalize(),
            description=self.description,
            says=said.says,
            words=said.words,
            area=said.area,
            access=said.access,
            area_by=said.area_by,
            access_by=said.access_by,
            report_by=said.report_by,
            reaches=said.reaches,
            also=said.also,
            also_areas=said.also_areas,
            also_by=said.also_by,
            asks=said.asks,
            tells_of=said.tells_of,
            scopes=tuple(
                sorted(scopes_for((r.method, r.path) for r in (*said.reaches, *said.also)))
            ),
            aliases=said.aliases,
            listed_as=said.listed_as,
            annotations=_annotations(said),
            input_schema=input_schema(self.args),
            output_schema=output_schema(self.result),
        )

    async def facts(self, args: Args, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
        """Work out what a policy asks about this call; only the gate calls it."""
        if self.declared.facts is None:
            return Facts()
        return await self.declared.facts(args, xero, wanted)

    async def check(self, args: Args, xero: ScopedXero) -> None:
        """Refuse what Xero would refuse, or what is there already; only the gate calls it.

        Raises:
            XeroMcpError: the call comes to nothing; nobody needs to be asked about it.
        """
        if self.declared.checks is not None:
            await self.declared.checks(args, xero)

    def reveals(self, answer: Answer) -> tuple[Need, ...]:
        """What an agent must be granted to see this answer, known only now that it is here."""
        return () if self.declared.reveals is None else self.declared.reveals(answer)

    async def __call__(self, args: A, given: ScopedXero | AgentView | FeedView) -> R:
        return await self.run(args, given)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What `@tool(…)` takes; applied to a function it makes the Tool."""

    area: Area
    access: Access
    reaches: tuple[Reach, ...] = ()
    also: tuple[Reach, ...] = ()
    also_areas: tuple[Area, ...] = ()
    also_by: Varies | None = None
    asks: tuple[Reach, ...] = ()
    tells_of: tuple[Area, ...] = ()
    says: str
    words: Words = field(default_factory=dict[str, Mapping[str, str]])
    title: str = ""
    area_by: Varies | None = None
    access_by: Varies | None = None
    report_by: Varies | None = None
    aliases: tuple[str, ...] = ()
    listed_as: ListedAs | None = None
    """The front under which agents see it, where that is not its own name."""
    facts: FactsOf | None = None
    checks: ChecksOf | None = None
    """Run before a person is asked, and before an approval, a limit or a write is used up."""
    reveals: NeedsOf | None = None
    trace: Trace | None = None
    """How a write is found again in Xero where nobody heard the answer; every write has one."""

    def __call__(self, run: Run[A, R]) -> Tool[A, R]:
        hints = get_type_hints(run)
        args: type[A] = hints["args"]
        unknown = slots(self.says) - set(args.model_fields)
        if unknown:
            raise TypeError(f"{run.__name__}: says names unknown arguments {sorted(unknown)}")
        if self.access is not Access.READ and self.trace is None:
            raise TypeError(f"{run.__name__} writes: its trace must say how that is found again")
        return Tool(
            declared=self,
            name=run.__name__.replace("_", "-"),
            description=cleandoc(run.__doc__ or ""),
            args=args,
            result=hints["return"],
            run=run,
        )


tool = Declaration


def _annotations(said: Declaration) -> dict[str, bool]:
    reads = said.access is Access.READ
    levels = said.access_by.values.values() if said.access_by else (said.access.value,)
    return {
        "readOnlyHint": reads,
        "destructiveHint": Access.FULL.value in levels,
        "idempotentHint": True,
        "openWorldHint": bool(said.reaches or said.also),
    }
