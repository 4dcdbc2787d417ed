"""The reference of `docs/policy.md`, made of the same words as the loader."""

from collections.abc import Iterable, Iterator, Mapping

from xero_mcp.policy.condition_words import CONDITION, WITH
from xero_mcp.policy.hidden import HIDDEN_FIELDS
from xero_mcp.policy.scopes import REPORT_SCOPES, SCOPES
from xero_mcp.policy.vocabulary import (
    ACCESS,
    EXAMPLE,
    LEVELS,
    LIMITS,
    NEVERS,
    POLICY,
    RATE,
    RULE,
    TOOLS,
)
from xero_mcp.policy.word import Word, enforced
from xero_mcp.tool.card import ToolCard

LISTED = """A rule names a tool by its own name. A name in the last column, in `for`, `only` or
`except`, means every tool that is seen as it, whatever the kind. Only `list-settings` is a tool
of that name too, and means that one."""


def reference(cards: Iterable[ToolCard]) -> str:
    """The generated part, without the marks around it."""
    return "\n".join(_lines(tuple(cards))).strip()


def _lines(cards: tuple[ToolCard, ...]) -> Iterator[str]:
    yield from _table("The file", "", POLICY)
    yield from _levels()
    yield from _table("Areas", "Each takes a level.", ACCESS)
    yield from _table("A rule", "One entry of `rules`.", RULE)
    yield from _table(
        "Conditions",
        "Of `ask_when`, `deny_when` and `allow_when`. All of those given must hold. What a"
        " condition turns on and the server cannot establish counts against the call.",
        CONDITION,
    )
    yield from _pairs("Never", NEVERS)
    hidden = {word: field.means for word, field in HIDDEN_FIELDS.items()}
    yield from _pairs("What can be hidden", hidden)
    yield from _table("Limits", "Per organisation.", LIMITS)
    yield from _table("A rate", "One entry of `rates`.", RATE)
    yield from _table("Tools", "One of the two.", TOOLS)
    yield from _table("An example", "One entry of `examples`.", EXAMPLE)
    yield from _table(
        "What an example can give",
        "Under `with`, beside the tool's own arguments named below. A fact may also be"
        " `unknown`: it applies, but could not be established.",
        WITH,
    )
    yield from _tools(cards)
    yield from _pairs("Reports and their scopes", REPORT_SCOPES)
    yield from ["### Scopes", "", ", ".join(f"`{scope}`" for scope in SCOPES) + ".", ""]
    yield from _later()


def _table(title: str, opening: str, words: Mapping[str, Word]) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    if opening:
        yield opening
        yield ""
    yield "| key | value | meaning |"
    yield "|---|---|---|"
    for word in enforced(words):
        example = f", such as `{word.example}`" if word.example else ""
        needed = " Required." if word.required else ""
        yield f"| `{word.name}` | {word.shape.value}{example} | {word.means}{needed} |"
    yield ""


def _levels() -> Iterator[str]:
    yield from ["### Levels", "", "A level includes those above it.", ""]
    yield from ["| level | lets the agent |", "|---|---|"]
    for level, means in LEVELS.items():
        yield f"| `{level}` | {means} |"
    yield ""


def _pairs(title: str, pairs: Mapping[str, str]) -> Iterator[str]:
    yield from [f"### {title}", "", "| word | |", "|---|---|"]
    for word, means in pairs.items():
        yield f"| `{word}` | {means} |"
    yield ""


def _tools(cards: tuple[ToolCard, ...]) -> Iterator[str]:
    yield from ["### Tools and what they take", "", LISTED, ""]
    yield from ["| tool | area | level | an agent sees it as |", "|---|---|---|---|"]
    for card in sorted(cards, key=lambda each: each.name):
        yield f"| `{card.name}` | {_area(card)} | {_level(card)} | {_listed(card)} |"
    yield ""


def _listed(card: ToolCard) -> str:
    if card.listed_as is None:
        return "itself"
    return f"`{card.listed_as.name}`: {', '.join(card.listed_as.kinds)}"


def _area(card: ToolCard) -> str:
    if card.area_by is not None:
        by = card.area_by.argument.strip("()")
        return ", ".join(f"{area} (`{by}: {value}`)" for value, area in card.area_by.values.items())
    if card.report_by is not None:
        return f"{card.area} (`{card.report_by.argument}`)"
    return card.area.value


def _level(card: ToolCard) -> str:
    if card.access_by is None:
        return card.access.value
    by = card.access_by.argument
    return ", ".join(f"{level} (`{by}: {value}`)" for value, level in card.access_by.values.items())


def _later() -> Iterator[str]:
    later = [
        word.name
        for table in (POLICY, RULE, CONDITION, LIMITS)
        for word in table.values()
        if not word.enforced
    ]
    if not later:
        return
    yield "### Not in this version"
    yield ""
    yield (
        (
            "These words are known but not enforced yet. A file that has one is refused, so that no"
            " file promises what nobody keeps: "
        )
        + ", ".join(f"`{name}`" for name in later)
        + "."
    )
