"""Resources and prompts: each read is a call of a tool through the gate, told in MCP's words."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

import mcp_types as t
from mcp import MCPError
from mcp.server.context import ServerRequestContext

from xero_mcp.agents import Caller
from xero_mcp.gate import Gate, GateAnswer, UnknownToolError
from xero_mcp.text import TEXT_BY_OTHERS
from xero_mcp.tools.playbook_texts import offered
from xero_mcp.tools.resources import JSON, RESOURCES, address, meant

Context = ServerRequestContext[dict[str, Any]]
Speaking = Callable[[Context], Caller]
"""Who speaks on the connection of a request."""

PLAYBOOK_TOOL = "get-playbook"
PROMPT_ARGUMENTS = (
    ("organisation", "For which organisation."),
    ("about", "Period, contact or account."),
    ("as_at", "The date that it is about, YYYY-MM-DD."),
)


class Measures(Protocol):
    """Whoever counts the calls."""

    def call(self, tool: str) -> AbstractContextManager[list[str]]: ...


def counted(meter: Measures | None, tool: str) -> AbstractContextManager[list[str]]:
    """One call, counted where somebody counts."""
    return meter.call(tool) if meter else nullcontext(list[str]())


class Reading:
    """What a host may read: what the policy of the agent behind it could allow, no more."""

    def __init__(self, gate: Gate, speaking: Speaking, meter: Measures | None = None) -> None:
        self._gate = gate
        self._speaking = speaking
        self._meter = meter

    async def list_templates(
        self, context: Context, params: t.PaginatedRequestParams | None
    ) -> t.ListResourceTemplatesResult:
        del params
        tools = await self._tools(context)
        templates = [
            t.ResourceTemplate(
                uri_template=one.template,
                name=one.path,
                title=one.title,
                description=one.description,
                mime_type=JSON,
            )
            for one in RESOURCES
            if one.tool in tools
        ]
        return t.ListResourceTemplatesResult(resource_templates=templates)

    async def list_resources(
        self, context: Context, params: t.PaginatedRequestParams | None
    ) -> t.ListResourcesResult:
        """What has no gaps to fill in, for each organisation of the agent."""
        del params
        tools = await self._tools(context)
        whole = [one for one in RESOURCES if one.tool in tools and "{" not in one.path]
        organisations: list[list[str]] = []
        if whole:
            organisations = (await self._call(context, "list-organisations", {}))["rows"]
        resources = [
            t.Resource(
                uri=address(name, one.path),
                name=f"{name}: {one.title}",
                title=one.title,
                description=one.description,
                mime_type=JSON,
            )
            for _, name in organisations
            for one in whole
        ]
        return t.ListResourcesResult(resources=resources)

    async def read_resource(
        self, context: Context, params: t.ReadResourceRequestParams
    ) -> t.ReadResourceResult:
        asked = meant(params.uri)
        if asked is None:
            raise MCPError(
                code=t.INVALID_PARAMS,
                message="There is no such resource.",
                data={"uri": params.uri},
            )
        content = await self._call(context, *asked)
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        told = t.TextResourceContents(uri=params.uri, mime_type=JSON, text=text)
        return t.ReadResourceResult(contents=[told])

    async def list_prompts(
        self, context: Context, params: t.PaginatedRequestParams | None
    ) -> t.ListPromptsResult:
        del params
        tools = await self._tools(context)
        books = offered(tools if PLAYBOOK_TOOL in tools else ())
        arguments = [
            t.PromptArgument(name=name, description=said) for name, said in PROMPT_ARGUMENTS
        ]
        prompts = [
            t.Prompt(name=task, title=book.title, description=book.purpose, arguments=arguments)
            for task, book in books.items()
        ]
        return t.ListPromptsResult(prompts=prompts)

    async def get_prompt(
        self, context: Context, params: t.GetPromptRequestParams
    ) -> t.GetPromptResult:
        arguments = {name: value for name, value in (params.arguments or {}).items() if value}
        content = await self._call(context, PLAYBOOK_TOOL, {**arguments, "task": params.name})
        message = t.PromptMessage(role="user", content=t.TextContent(text=content["text"]))
        return t.GetPromptResult(messages=[message])

    async def _tools(self, context: Context) -> frozenset[str]:
        cards = await self._gate.visible(self._speaking(context).agent)
        return frozenset(card.name for card in cards)

    async def _call(
        self, context: Context, tool: str, arguments: Mapping[str, object]
    ) -> Mapping[str, Any]:
        """Through the door like any call; a refusal is the protocol's own error."""
        with counted(self._meter, tool) as outcome:
            try:
                answer = await self._gate.call(self._speaking(context), tool, arguments)
            except UnknownToolError as error:
                raise MCPError(code=t.INVALID_PARAMS, message=str(error)) from error
            outcome.append("error" if answer.is_error else "ok")
        if answer.is_error:
            raise _refused(answer)
        return answer.content


def _refused(answer: GateAnswer) -> MCPError:
    error: Mapping[str, Any] = answer.content["error"]
    message = f"{error['code']}: {error['message']} {error['next_step']}"
    marks = {name: value for name, value in answer.content.items() if name == TEXT_BY_OTHERS}
    return MCPError(code=t.INVALID_PARAMS, message=message, data={**error, **marks})
