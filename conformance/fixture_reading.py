"""The resources and prompts that the conformance suite asks for."""

import json
import re
from typing import Final

import mcp_types as t

from conformance.fixture_questions import ASKING_PROMPT, prompt_that_asks
from conformance.fixture_tools import PIXEL, text

TEMPLATE: Final = "test://template/{id}/data"
_OF_TEMPLATE = re.compile(r"test://template/([^/]+)/data")

RESOURCES: Final = (
    t.Resource(
        uri="test://static-text",
        name="static-text",
        description="A text.",
        mime_type="text/plain",
    ),
    t.Resource(
        uri="test://static-binary",
        name="static-binary",
        description="An image.",
        mime_type="image/png",
    ),
    t.Resource(
        uri="test://watched-resource",
        name="watched-resource",
        description="To be subscribed to.",
        mime_type="text/plain",
    ),
)
TEMPLATES: Final = (
    t.ResourceTemplate(
        uri_template=TEMPLATE,
        name="template",
        description="A record by its id.",
        mime_type="application/json",
    ),
)
TEXTS: Final = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "Watched resource content",
}


def contents_of(uri: str) -> list[t.TextResourceContents | t.BlobResourceContents]:
    """What stands at one of these addresses; nothing where it is not one of them."""
    if uri == "test://static-binary":
        return [t.BlobResourceContents(uri=uri, mime_type="image/png", blob=PIXEL)]
    words = TEXTS.get(uri)
    if words is not None:
        return [t.TextResourceContents(uri=uri, mime_type="text/plain", text=words)]
    found = _OF_TEMPLATE.fullmatch(uri)
    if not found:
        return []
    record = {"id": found[1], "templateTest": True, "data": f"Data for ID: {found[1]}"}
    return [t.TextResourceContents(uri=uri, mime_type="application/json", text=json.dumps(record))]


def _prompt(name: str, *arguments: str) -> t.Prompt:
    listed = [t.PromptArgument(name=one, description=one, required=True) for one in arguments]
    return t.Prompt(name=name, description=name.replace("_", " "), arguments=listed or None)


PROMPTS: Final = (
    _prompt("test_simple_prompt"),
    _prompt("test_prompt_with_arguments", "arg1", "arg2"),
    _prompt("test_prompt_with_embedded_resource", "resourceUri"),
    _prompt("test_prompt_with_image"),
    _prompt(ASKING_PROMPT),
)


def prompt_of(
    params: t.GetPromptRequestParams,
) -> t.GetPromptResult | t.InputRequiredResult | None:
    """One of these prompts; None where it is another's."""
    given = params.arguments or {}
    if params.name == ASKING_PROMPT:
        return prompt_that_asks(params)
    if params.name == "test_simple_prompt":
        return _of(text("This is a simple prompt for testing."))
    if params.name == "test_prompt_with_arguments":
        first, second = given.get("arg1", ""), given.get("arg2", "")
        return _of(text(f"Prompt with arguments: arg1='{first}', arg2='{second}'"))
    if params.name == "test_prompt_with_embedded_resource":
        held = t.TextResourceContents(
            uri=given.get("resourceUri", ""),
            mime_type="text/plain",
            text="Embedded resource content for testing.",
        )
        resource = t.EmbeddedResource(type="resource", resource=held)
        return _of(resource, text("Please process the embedded resource above."))
    if params.name == "test_prompt_with_image":
        image = t.ImageContent(type="image", data=PIXEL, mime_type="image/png")
        return _of(image, text("Please analyze the image above."))
    return None


def _of(*content: t.ContentBlock) -> t.GetPromptResult:
    return t.GetPromptResult(
        messages=[t.PromptMessage(role="user", content=one) for one in content]
    )
