"""Spans for an OpenTelemetry collector, where an endpoint is set.

mcp itself makes a span of each message, by the conventions of MCP and GenAI. What leaves this
process is held to a list here: no arguments, no answers, nothing that an agent made up.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING

from anyio import to_thread

from xero_mcp import __version__

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

SEND_SECONDS = 2
"""In a thread of its own: no call ever waits for it."""
GOODBYE_SECONDS = 1.0
"""As long may the last spans take when the server stops."""
MAX_WAITING = 2048
"""Spans that wait for a collector; more are dropped."""
NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
OTHER = "other"
_METHODS = frozenset(
    {
        "initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/read",
        "resources/templates/list", "prompts/list", "prompts/get", "logging/setLevel",
        "completion/complete", "notifications/initialized", "notifications/cancelled",
        "server/discover",
    }
)  # fmt: skip
_TOOL_ERROR = "tool_error"
_MAX_CODE = 10


def what_is_missing(endpoint: str) -> str:
    """Why no span can be sent to this endpoint, and what to do; empty where nothing is missing."""
    if not endpoint or all(_is_there(name) for name in NEEDED):
        return ""
    return (
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the package that sends spans is not installed: "
        "pip install 'xero-mcp[otel]', or take the setting away."
    )


@asynccontextmanager
async def traced(endpoint: str, *, tools: Collection[str]) -> AsyncGenerator[None]:
    """Send spans while this lasts; without an endpoint, or what it takes, do nothing."""
    if not endpoint or what_is_missing(endpoint):
        yield
        return
    from opentelemetry import trace  # noqa: PLC0415 - only where spans are wanted
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    target = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_SECONDS)
    resource = Resource({"service.name": "xero-mcp", "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(
        BatchSpanProcessor(modest(target, tools=tools), max_queue_size=MAX_WAITING)
    )
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        # A thread that nobody waits for: a dead collector must not hold the server up.
        ending = Thread(target=provider.shutdown, daemon=True)
        ending.start()
        await to_thread.run_sync(ending.join, GOODBYE_SECONDS)


def modest(target: "SpanExporter", *, tools: Collection[str]) -> "SpanExporter":
    """The same exporter, for spans that say no more than they may."""
    from opentelemetry.sdk.trace.export import SpanExporter  # noqa: PLC0415

    class Modest(SpanExporter):
        def export(self, spans: "Sequence[ReadableSpan]") -> "SpanExportResult":
            return target.export([cleaned(span, tools=tools) for span in spans])

        def shutdown(self) -> None:
            target.shutdown()

        def force_flush(self, timeout_millis: int = 1000) -> bool:
            return target.force_flush(timeout_millis)

    return Modest()


def cleaned(span: "ReadableSpan", *, tools: Collection[str]) -> "ReadableSpan":
    """What may leave of a span: when, which method and known tool, and whether it failed."""
    from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415
    from opentelemetry.trace import Status  # noqa: PLC0415

    attributes = attributes_of(span.attributes or {}, tools=tools)
    named = (attributes["mcp.method.name"], attributes.get("gen_ai.tool.name"))
    return ReadableSpan(
        name=" ".join(part for part in named if part),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def attributes_of(given: Mapping[str, object], *, tools: Collection[str]) -> dict[str, str]:
    """The attributes of the conventions whose values are ours, or of a form that holds nothing."""
    method = str(given.get("mcp.method.name", ""))
    found = {"mcp.method.name": method if method in _METHODS else OTHER}
    if found["mcp.method.name"] == "tools/call":
        tool = str(given.get("gen_ai.tool.name", ""))
        found["gen_ai.operation.name"] = "execute_tool"
        found["gen_ai.tool.name"] = tool if tool in tools else OTHER
    error = str(given.get("error.type", ""))
    if error:
        is_code = error.lstrip("-").isdecimal() and len(error) <= _MAX_CODE
        found["error.type"] = error if is_code or error == _TOOL_ERROR else OTHER
        if is_code:
            found["rpc.response.status_code"] = error
    return found


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
