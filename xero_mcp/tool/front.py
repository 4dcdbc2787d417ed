"""One listed tool that stands for several: its card, made of the cards behind it.

The tools behind a front stay what they are: policies, approvals and records know them by their
own names. Only the list of tools is shorter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.card import ToolCard, Varies
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.merged_schema import Node, common_answer, either, in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """A listed tool; which ones stand behind it, their cards say (`listed_as`)."""

    name: str
    description: str
    by: str = "kind"
    """The argument that tells which of the tools is meant."""
    asks: str = "Which"
    """What that argument is."""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path of an argument -> its description, where the tools behind say different things."""
    tells_when_needed: frozenset[str] = frozenset()
    """Arguments that are taken and not shown: a refusal names each when it is of use."""


def listed_as(card: ToolCard) -> ListedAs:
    """What a card behind a front says of it."""
    return cast("ListedAs", card.listed_as)


def front_card(front: Front, behind: Sequence[ToolCard]) -> ToolCard:
    """The card of a front over these tools, each as an agent is shown it."""
    areas = {kind: area for card in behind for kind, area in _areas(card)}
    names = sorted({name for card in behind for name in (card.name, *card.aliases)})
    reaches = dict.fromkeys(reach for card in behind for reach in card.reaches)
    also = dict.fromkeys(reach for card in behind for reach in card.also)
    return ToolCard(
        name=front.name,
        title=front.name.replace("-", " ").capitalize(),
        description=front.description,
        says="; ".join(card.says for card in behind),
        area=Area(next(iter(areas.values()), behind[0].area)),
        area_by=Varies(argument=front.by, values=areas),
        access=behind[0].access,
        access_by=_levels(behind),
        reaches=tuple(reaches),
        also=tuple(reach for reach in also if reach not in reaches),
        also_areas=tuple(dict.fromkeys(area for card in behind for area in card.also_areas)),
        asks=tuple(dict.fromkeys(reach for card in behind for reach in card.asks)),
        scopes=tuple(sorted({scope for card in behind for scope in card.scopes})),
        aliases=tuple(name for name in names if name != front.name),
        annotations=_annotations(behind),
        input_schema=_input_schema(front, behind, kinds=sorted(areas)),
        output_schema=common_answer([card.output_schema for card in behind]),
        stands_for={kind: card.name for card in behind for kind, _ in _areas(card)},
    )


def _areas(card: ToolCard) -> Iterator[tuple[str, str]]:
    """The kinds that the card, as it is shown, still offers, and the area that each is in."""
    properties: Mapping[str, Node] = card.input_schema["properties"]
    for kind, settled in listed_as(card).kinds.items():
        offered = all(
            value in properties.get(name, {}).get("enum", (value,))
            for name, value in settled.items()
        )
        if offered:
            yield kind, card.needs(settled)[0].area.value


def _levels(behind: Sequence[ToolCard]) -> Varies | None:
    """By what the level varies, where it varies alike; a test holds the fronts to that."""
    varying = [card.access_by for card in behind if card.access_by is not None]
    if not varying:
        return None
    values = {word: level for varies in varying for word, level in varies.values.items()}
    return replace(varying[0], values=values)


def _input_schema(
    front: Front, behind: Iterable[ToolCard], *, kinds: Sequence[str]
) -> dict[str, Any]:
    properties: dict[str, Node] = {}
    needed: set[str] | None = None
    for card in behind:
        schema = listed_as(card).shown(card.input_schema)
        properties = either(properties, schema["properties"])
        own: set[str] = set(schema["required"])
        needed = own if needed is None else needed & own
    shown = {name: node for name, node in properties.items() if name not in front.tells_when_needed}
    which = {"description": front.asks, "enum": list(kinds), "type": "string"}
    return {
        "properties": {front.by: which, **in_words(shown, front.words)},
        "required": [front.by, *sorted(needed or ())],
        "type": "object",
    }


def _annotations(behind: Sequence[ToolCard]) -> dict[str, bool]:
    """The careful word of each: it reads if all only read, it destroys if one of them does."""
    return {
        "readOnlyHint": all(card.access is Access.READ for card in behind),
        "destructiveHint": any(card.annotations["destructiveHint"] for card in behind),
        "idempotentHint": all(card.annotations["idempotentHint"] for card in behind),
        "openWorldHint": any(card.annotations["openWorldHint"] for card in behind),
    }
