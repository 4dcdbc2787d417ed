"""The tools that the conformance suite asks for: each shows one form of answer."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio
import mcp_types as t
from mcp import MCPError
from mcp.server.context import ServerRequestContext

Context = ServerRequestContext[dict[str, Any]]
Tool = Callable[[Context, t.CallToolRequestParams], Awaitable[t.CallToolResult]]

PIXEL: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
)
SILENCE: Final = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
STEP_SECONDS: Final = 0.05
ANSWER_SECONDS: Final = 10.0


def said(*content: t.ContentBlock, is_error: bool = False) -> t.CallToolResult:
    return t.CallToolResult(content=list(content), is_error=is_error)


def text(words: str) -> t.TextContent:
    return t.TextContent(type="text", text=words)


def needs(**capabilities: Any) -> MCPError:  # noqa: ANN401 - one of the models of mcp
    """What a client is told that has not declared what a tool asks of it."""
    missing = t.ClientCapabilities(**capabilities)
    data = t.MissingRequiredClientCapabilityErrorData(required_capabilities=missing)
    return MCPError(
        code=t.MISSING_REQUIRED_CLIENT_CAPABILITY,
        message="The client has not declared what this tool needs.",
        data=data.model_dump(by_alias=True, mode="json", exclude_none=True),
    )


def _embedded(uri: str, mime_type: str, words: str) -> t.EmbeddedResource:
    held = t.TextResourceContents(uri=uri, mime_type=mime_type, text=words)
    return t.EmbeddedResource(type="resource", resource=held)


def _image() -> t.ImageContent:
    return t.ImageContent(type="image", data=PIXEL, mime_type="image/png")


async def _simple_text(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del context, params
    return said(text("This is a simple text response for testing."))


async def _image_content(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del context, params
    return said(_image())


async def _audio(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del context, params
    return said(t.AudioContent(type="audio", data=SILENCE, mime_type="audio/wav"))


async def _resource(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del context, params
    words = "This is an embedded resource content."
    return said(_embedded("test://embedded-resource", "text/plain", words))


async def _mixed(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del context, params
    held = json.dumps({"test": "data", "value": 123})
    return said(
        text("Multiple content types test:"),
        _image(),
        _embedded("test://mixed-content-resource", "application/json", held),
    )


async def _error(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del context, params
    return said(text("This tool intentionally returns an error for testing"), is_error=True)


async def _log(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del params
    for words in ("started", "processing data", "completed"):
        await context.session.send_log_message(  # pyright: ignore[reportDeprecated] - the suite asks for it
            "info", f"Tool {words}", related_request_id=context.request_id
        )
        await anyio.sleep(STEP_SECONDS)
    return said(text("Tool with logging executed successfully"))


async def _progress(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del params
    for done in (0, 50, 100):
        await context.session.report_progress(done, 100, f"Completed step {done} of 100")
        await anyio.sleep(STEP_SECONDS)
    return said(text("Tool with progress executed successfully"))


async def _sample(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    asked = str((params.arguments or {}).get("prompt", ""))
    message = t.SamplingMessage(role="user", content=text(asked))
    with anyio.fail_after(ANSWER_SECONDS):
        answer = await context.session.create_message(  # pyright: ignore[reportDeprecated] - as above
            [message], max_tokens=100, related_request_id=context.request_id
        )
    content = answer.content
    words = content.text if isinstance(content, t.TextContent) else "No response"
    return said(text(f"LLM response: {words}"))


async def _elicited(context: Context, message: str, schema: dict[str, Any]) -> t.CallToolResult:
    with anyio.fail_after(ANSWER_SECONDS):
        answer = await context.session.elicit_form(message, schema, context.request_id)
    content = json.dumps(answer.content or {})
    return said(text(f"Elicitation completed: action={answer.action}, content={content}"))


async def _elicit(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    properties = {
        "username": {"type": "string", "description": "User's response"},
        "email": {"type": "string", "description": "User's email address"},
    }
    schema = {"type": "object", "properties": properties, "required": ["username", "email"]}
    return await _elicited(context, str((params.arguments or {}).get("message", "")), schema)


async def _elicit_defaults(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del params
    states = ["active", "inactive", "pending"]
    properties = {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": states, "default": "active"},
        "verified": {"type": "boolean", "default": True},
    }
    schema = {"type": "object", "properties": properties}
    return await _elicited(context, "Please provide user information", schema)


async def _elicit_enums(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del params
    plain = {"type": "string", "enum": ["option1", "option2", "option3"]}
    titled = [{"const": f"value{number}", "title": f"Choice {number}"} for number in (1, 2, 3)]
    properties = {
        "untitledSingle": plain,
        "titledSingle": {"type": "string", "oneOf": titled},
        "legacyEnum": {
            "type": "string",
            "enum": ["opt1", "opt2", "opt3"],
            "enumNames": ["Option One", "Option Two", "Option Three"],
        },
        "untitledMulti": {"type": "array", "items": plain},
        "titledMulti": {"type": "array", "items": {"anyOf": titled}},
    }
    schema = {"type": "object", "properties": properties}
    return await _elicited(context, "Please select values", schema)


async def _missing(context: Context, params: t.CallToolRequestParams) -> t.CallToolResult:
    del params
    declared = context.session.client_capabilities
    if declared is None or declared.sampling is None:
        raise needs(sampling=t.SamplingCapability())
    return said(text("The client declared sampling."))


TOOLS: Final[dict[str, Tool]] = {
    "test_simple_text": _simple_text,
    "test_image_content": _image_content,
    "test_audio_content": _audio,
    "test_embedded_resource": _resource,
    "test_multiple_content_types": _mixed,
    "test_error_handling": _error,
    "test_tool_with_logging": _log,
    "test_logging_tool": _log,
    "test_tool_with_progress": _progress,
    "test_sampling": _sample,
    "test_elicitation": _elicit,
    "test_elicitation_sep1034_defaults": _elicit_defaults,
    "test_elicitation_sep1330_enums": _elicit_enums,
    "test_missing_capability": _missing,
}
ARGUMENTS: Final = {"test_sampling": "prompt", "test_elicitation": "message"}
RICH_SCHEMA: Final = "json_schema_2020_12_tool"
SCHEMA_2020_12: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "way": {"enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"way": {"const": "phone"}}, "required": ["way"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
"""Every keyword of it has to reach the client."""
