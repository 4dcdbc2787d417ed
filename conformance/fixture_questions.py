"""The tools and the prompt that answer with questions of their own (modern protocol)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import mcp_types as t
from mcp import MCPError
from mcp.server.context import ServerRequestContext

from conformance.fixture_tools import said, text

Context = ServerRequestContext[dict[str, Any]]
Answers = Mapping[str, Any]
Ask = t.InputRequiredResult | t.CallToolResult


def _form(message: str, name: str, kind: str = "string") -> t.ElicitRequest:
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return t.ElicitRequest(
        params=t.ElicitRequestFormParams(message=message, requested_schema=schema)
    )


def _sampling(words: str, max_tokens: int) -> t.CreateMessageRequest:
    message = t.SamplingMessage(role="user", content=text(words))
    return t.CreateMessageRequest(
        params=t.CreateMessageRequestParams(messages=[message], max_tokens=max_tokens)
    )


def _asked(
    requests: Mapping[str, t.ElicitRequest | t.CreateMessageRequest | t.ListRootsRequest],
    state: str | None = None,
) -> t.InputRequiredResult:
    return t.InputRequiredResult(input_requests=dict(requests), request_state=state)


def _content(answers: Answers, key: str, name: str) -> object:
    """What a person put into a form; None where there is no such answer."""
    answer = answers.get(key)
    if not isinstance(answer, t.ElicitResult) or answer.action != "accept":
        return None
    return (answer.content or {}).get(name)


def _elicitation(context: Context, answers: Answers, state: str | None) -> Ask:
    del context, state
    name = _content(answers, "user_name", "name")
    if not isinstance(name, str):
        return _asked({"user_name": _form("What is your name?", "name")})
    return said(text(f"Hello, {name}!"))


def _sampling_tool(context: Context, answers: Answers, state: str | None) -> Ask:
    del context, state
    answer = answers.get("capital_question")
    if not isinstance(answer, t.CreateMessageResult):
        return _asked({"capital_question": _sampling("What is the capital of France?", 100)})
    content = answer.content
    return said(text(content.text if isinstance(content, t.TextContent) else "No text."))


def _roots(context: Context, answers: Answers, state: str | None) -> Ask:
    del context, state
    answer = answers.get("client_roots")
    if not isinstance(answer, t.ListRootsResult):
        return _asked({"client_roots": t.ListRootsRequest()})
    return said(text(f"Roots: {', '.join(str(root.uri) for root in answer.roots)}"))


def _with_state(context: Context, answers: Answers, state: str | None) -> Ask:
    del context
    if state != "confirming" or _content(answers, "confirm", "ok") is None:
        return _asked({"confirm": _form("Please confirm", "ok", "boolean")}, "confirming")
    return said(text("state-ok"))


def _several(context: Context, answers: Answers, state: str | None) -> Ask:
    del context
    requests = {
        "user_name": _form("What is your name?", "name"),
        "greeting": _sampling("Generate a greeting", 50),
        "client_roots": t.ListRootsRequest(),
    }
    if state != "several" or not requests.keys() <= answers.keys():
        return _asked(requests, "several")
    return said(text("All three are answered."))


def _two_rounds(context: Context, answers: Answers, state: str | None) -> Ask:
    del context
    if state == "second" and _content(answers, "step2", "color") is not None:
        return said(text("Both rounds are answered."))
    if state == "first" and _content(answers, "step1", "name") is not None:
        return _asked({"step2": _form("Step 2: What is your favorite color?", "color")}, "second")
    return _asked({"step1": _form("Step 1: What is your name?", "name")}, "first")


def _by_capability(context: Context, answers: Answers, state: str | None) -> Ask:
    del state
    if answers:
        return said(text("Answered."))
    declared = context.session.client_capabilities
    requests: dict[str, t.ElicitRequest | t.CreateMessageRequest | t.ListRootsRequest] = {}
    if declared and declared.sampling is not None:
        requests["sampled"] = _sampling("Say something", 50)
    if declared and declared.elicitation is not None:
        requests["elicited"] = _form("Say something", "words")
    return _asked(requests) if requests else said(text("The client can answer nothing."))


QUESTIONS: Final[dict[str, Callable[[Context, Answers, str | None], Ask]]] = {
    "test_input_required_result_elicitation": _elicitation,
    "test_streaming_elicitation": _elicitation,
    "test_input_required_result_sampling": _sampling_tool,
    "test_input_required_result_list_roots": _roots,
    "test_input_required_result_request_state": _with_state,
    "test_input_required_result_tampered_state": _with_state,
    "test_input_required_result_multiple_inputs": _several,
    "test_input_required_result_multi_round": _two_rounds,
    "test_input_required_result_capabilities": _by_capability,
}
ASKING_PROMPT: Final = "test_input_required_result_prompt"


def prompt_that_asks(
    params: t.GetPromptRequestParams,
) -> t.GetPromptResult | t.InputRequiredResult:
    """The one prompt that needs an answer first."""
    context = _content(params.input_responses or {}, "user_context", "context")
    if not isinstance(context, str):
        return _asked({"user_context": _form("What context should the prompt use?", "context")})
    message = t.PromptMessage(role="user", content=text(f"Use this context: {context}"))
    return t.GetPromptResult(messages=[message])


def not_found(uri: str) -> MCPError:
    return MCPError(code=t.INVALID_PARAMS, message="Resource not found", data={"uri": uri})
