"""How a PUT or POST of one or many elements is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from xero_mcp.demo_company.kernel import (
    ZERO_ID,
    Answer,
    Call,
    ElementRefusedError,
    Event,
    Json,
    RefusedError,
    ValidationRefusedError,
)

MAX_ELEMENTS: Final = 50
"""What Xero recommends; beyond it the demo company refuses, so that nobody relies on luck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of one element: how the answer shows it, what webhooks hear, Xero's warnings."""

    shown: Json
    events: tuple[Event, ...] = ()
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How one noun's writes look: its envelope, its key, and the flag that refused ones carry."""

    plural: str
    key: str
    error_flag: str | None = "HasErrors"
    max_elements: int = MAX_ELEMENTS


def write_each(
    call: Call, writing: Writing, save: Callable[[Call, Json], Saved], elements: list[Json]
) -> Answer:
    """Save each element on its own; one that is refused changes nothing.

    With summarizeErrors (the default) any refusal makes the call a 400 that saves nothing; with
    summarizeErrors=false the answer is 200 and each element tells how it fared.
    """
    _check_size(writing, elements)
    good: list[Saved] = []
    shown: list[Json] = []
    refused: list[Json] = []
    for element in elements:
        try:
            with call.company.all_or_nothing():
                saved = save(call, element)
        except ElementRefusedError as problem:
            refused.append(_echo(writing, element, problem))
            shown.append(_marked(refused[-1], writing, "ERROR"))
            continue
        good.append(saved)
        shown.append(_accepted(saved, per_element=not call.summarize_errors))
    if refused and call.summarize_errors:
        raise ValidationRefusedError(refused)
    events = tuple(event for saved in good for event in saved.events)
    return Answer(body={writing.plural: shown}, events=events)


def write_one(
    call: Call, writing: Writing, save: Callable[[Call, Json], Saved], element: Json
) -> Answer:
    """Save the one element of a POST to /{plural}/{id}; a refusal is always a 400."""
    try:
        saved = save(call, element)
    except ElementRefusedError as problem:
        raise ValidationRefusedError([_echo(writing, element, problem)]) from problem
    return Answer(body={writing.plural: [_accepted(saved, per_element=False)]}, events=saved.events)


def single_element(call: Call, plural: str) -> Json:
    """The one element of a call that takes just one; the first, as Xero does, where more came."""
    elements = call.elements(plural)
    if not elements:
        raise no_elements()
    return elements[0]


def no_elements() -> RefusedError:
    """Nothing that could be read as an element was sent."""
    return RefusedError(
        400,
        {
            "ErrorNumber": 17,
            "Type": "PostDataInvalidException",
            "Message": "JSON for post data was invalid",
        },
    )


def _check_size(writing: Writing, elements: list[Json]) -> None:
    if not elements:
        raise no_elements()
    if len(elements) > writing.max_elements:
        raise RefusedError(
            400,
            {
                "ErrorNumber": 17,
                "Type": "PostDataInvalidException",
                "Message": f"At most {writing.max_elements} {writing.plural} can be sent in one "
                f"request; {len(elements)} were sent",
            },
        )


def _echo(writing: Writing, element: Json, problem: ElementRefusedError) -> Json:
    base = problem.echo if problem.echo is not None else element
    return {
        writing.key: ZERO_ID,
        **base,
        "ValidationErrors": [{"Message": message} for message in problem.messages],
    }


def _accepted(saved: Saved, *, per_element: bool) -> Json:
    shown = saved.shown
    if saved.warnings:
        warnings = [{"Message": message} for message in saved.warnings]
        return {**shown, "StatusAttributeString": "WARNING", "Warnings": warnings}
    return {**shown, "StatusAttributeString": "OK"} if per_element else shown


def _marked(echo: Json, writing: Writing, status: str) -> Json:
    flag = {writing.error_flag: True} if writing.error_flag else {}
    return {**echo, "StatusAttributeString": status, **flag}
