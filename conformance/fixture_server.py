"""The suite's fixtures mounted into the product's own server: what is not theirs goes on to it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import mcp_types as t
from mcp.server.context import ServerRequestContext
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

from conformance import fixture_reading as reading
from conformance.fixture_questions import QUESTIONS
from conformance.fixture_tools import ARGUMENTS, RICH_SCHEMA, SCHEMA_2020_12, TOOLS, said, text
from xero_mcp.transport.server import XeroServer

Context = ServerRequestContext[dict[str, Any]]
TTL_MS: Final = 300_000
CHANGING: Final = frozenset({"test_trigger_tool_change", "test_trigger_prompt_change"})
"""What an agent may call decides its prompts too."""


def mount(server: XeroServer, *, change_tools: Callable[[], Awaitable[None]]) -> None:
    """Add the fixtures; `change_tools` really changes which tools the agent sees."""
    fixtures = _Fixtures(server, change_tools)
    server.add_request_handler("tools/list", t.PaginatedRequestParams, fixtures.list_tools)
    server.add_request_handler("tools/call", t.CallToolRequestParams, fixtures.call_tool)
    server.add_request_handler("resources/list", t.PaginatedRequestParams, fixtures.list_resources)
    server.add_request_handler(
        "resources/templates/list", t.PaginatedRequestParams, fixtures.list_templates
    )
    server.add_request_handler("resources/read", t.ReadResourceRequestParams, fixtures.read)
    server.add_request_handler("resources/subscribe", t.SubscribeRequestParams, _nothing)
    server.add_request_handler("resources/unsubscribe", t.UnsubscribeRequestParams, _nothing)
    server.add_request_handler("prompts/list", t.PaginatedRequestParams, fixtures.list_prompts)
    server.add_request_handler("prompts/get", t.GetPromptRequestParams, fixtures.get_prompt)
    server.add_request_handler("logging/setLevel", t.SetLevelRequestParams, _nothing)
    server.add_request_handler("completion/complete", t.CompleteRequestParams, _complete)
    sealed = RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience="fixtures")
    server.middleware.append(sealed)
    server.plain = None  # it knows the product's own tools alone


class _Fixtures:
    def __init__(self, server: XeroServer, change_tools: Callable[[], Awaitable[None]]) -> None:
        self._change_tools = change_tools
        self._behind = {
            method: entry.handler
            for method in (
                "tools/list",
                "tools/call",
                "resources/list",
                "resources/templates/list",
                "resources/read",
                "prompts/list",
                "prompts/get",
            )
            if (entry := server.get_request_handler(method)) is not None
        }

    async def _ask(self, method: str, context: Context, params: Any) -> Any:  # noqa: ANN401
        return await self._behind[method](context, params)

    async def list_tools(
        self, context: Context, params: t.PaginatedRequestParams
    ) -> t.ListToolsResult:
        own = await self._ask("tools/list", context, params)
        names = sorted([*TOOLS, *QUESTIONS, *CHANGING, RICH_SCHEMA])
        return own.model_copy(update={"tools": [*own.tools, *(_tool(name) for name in names)]})

    async def call_tool(
        self, context: Context, params: t.CallToolRequestParams
    ) -> t.CallToolResult | t.InputRequiredResult:
        if params.name in CHANGING:
            await self._change_tools()
            return said(text("The lists have changed."))
        if params.name in QUESTIONS:
            answers = params.input_responses or {}
            return QUESTIONS[params.name](context, answers, params.request_state)
        if params.name in TOOLS:
            return await TOOLS[params.name](context, params)
        return await self._ask("tools/call", context, params)

    async def list_resources(
        self, context: Context, params: t.PaginatedRequestParams
    ) -> t.ListResourcesResult:
        own = await self._ask("resources/list", context, params)
        return own.model_copy(update={"resources": [*own.resources, *reading.RESOURCES]})

    async def list_templates(
        self, context: Context, params: t.PaginatedRequestParams
    ) -> t.ListResourceTemplatesResult:
        own = await self._ask("resources/templates/list", context, params)
        every = [*own.resource_templates, *reading.TEMPLATES]
        return own.model_copy(update={"resource_templates": every})

    async def read(
        self, context: Context, params: t.ReadResourceRequestParams
    ) -> t.ReadResourceResult:
        contents = reading.contents_of(params.uri)
        if not contents:
            return await self._ask("resources/read", context, params)
        return t.ReadResourceResult(contents=contents)

    async def list_prompts(
        self, context: Context, params: t.PaginatedRequestParams
    ) -> t.ListPromptsResult:
        own = await self._ask("prompts/list", context, params)
        return own.model_copy(update={"prompts": [*own.prompts, *reading.PROMPTS]})

    async def get_prompt(
        self, context: Context, params: t.GetPromptRequestParams
    ) -> t.GetPromptResult | t.InputRequiredResult:
        found = reading.prompt_of(params)
        return found or await self._ask("prompts/get", context, params)


async def _nothing(context: Context, params: object) -> t.EmptyResult:
    """Taken note of; there is nothing to do."""
    del context, params
    return t.EmptyResult()


async def _complete(context: Context, params: t.CompleteRequestParams) -> t.CompleteResult:
    del context, params
    return t.CompleteResult(completion=t.Completion(values=[], total=0, has_more=False))


def _tool(name: str) -> t.Tool:
    if name == RICH_SCHEMA:
        return t.Tool(name=name, description="Never called.", input_schema=SCHEMA_2020_12)
    argument = ARGUMENTS.get(name)
    properties = {argument: {"type": "string"}} if argument else {}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return t.Tool(name=name, description=name.replace("_", " "), input_schema=schema)
