"""Which tool a call of a front means, and what that tool is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.text import one_line
from xero_mcp.tool.args import NO_ARGUMENT
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.front import Front, front_card, listed_as
from xero_mcp.tool.listed import ListedAs, Settled

MAX_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A call as the tool behind a front is sent it."""

    tool: str
    arguments: Mapping[str, object]
    by: str
    kind: str
    listed_as: ListedAs

    def retold(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """An error answer whose details speak of the arguments as they were sent."""
        error: Mapping[str, Any] = content.get("error", {})
        if not error.get("details"):
            return content
        details = [self._retold(one) for one in error["details"]]
        return {**content, "error": {**error, "details": details}}

    def _retold(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        told = dict(detail)
        if "path" in told:
            told["path"] = self.listed_as.path_shown(str(told["path"]))
        if NO_ARGUMENT in str(told.get("message")):
            told["message"] = f"does not go with {self.by} {self.kind}"
            within = str(detail.get("path", "")).split(".")[:-1]
            told["allowed"] = self._names(within, told.get("allowed", ()))
        return told

    def _names(self, within: Sequence[str], names: Iterable[str]) -> list[str]:
        shown = [
            self.listed_as.path_shown(".".join((*within, name))).rpartition(".")[2]
            for name in names
            if within or name not in self.listed_as.settled
        ]
        return shown if within else [self.by, *shown]


class Fronts:
    """Every front, and the tools behind each."""

    def __init__(self, fronts: Iterable[Front], cards: Iterable[ToolCard]) -> None:
        self._fronts = {front.name: front for front in fronts}
        self._behind = self._grouped(cards)

    def listed(self, cards: Iterable[ToolCard]) -> list[ToolCard]:
        """The tools as an agent is shown them: those behind a front as one."""
        every = list(cards)
        alone = [card for card in every if self._front_of(card) is None]
        fronts = [
            front_card(self._fronts[name], behind) for name, behind in self._grouped(every).items()
        ]
        return sorted((*alone, *fronts), key=lambda card: card.name)

    def card(self, name: str) -> ToolCard | None:
        """The whole card of a front."""
        behind = self._behind.get(name)
        return front_card(self._fronts[name], behind) if behind else None

    def meant(self, name: str, arguments: Mapping[str, object]) -> Meant | None:
        """The tool that a call of a front means; None where the name is no front's.

        Raises:
            XeroMcpError: INVALID_ARGUMENTS: it does not say which, or contradicts itself.
        """
        if name not in self._behind:
            return None
        front = self._fronts[name]
        kinds = {kind: card for card in self._behind[name] for kind in listed_as(card).kinds}
        kind = arguments.get(front.by)
        if not isinstance(kind, str) or kind not in kinds:
            raise _which(front, kind, sorted(kinds))
        card, own = kinds[kind], listed_as(kinds[kind])
        rest = {key: value for key, value in arguments.items() if key != front.by}
        return Meant(
            tool=card.name,
            arguments=_with_settled(own.sent(rest, kind), own.kinds[kind], by=front.by),
            by=front.by,
            kind=kind,
            listed_as=own,
        )

    def _grouped(self, cards: Iterable[ToolCard]) -> dict[str, list[ToolCard]]:
        grouped: dict[str, list[ToolCard]] = {}
        for card in cards:
            name = self._front_of(card)
            if name is not None:
                grouped.setdefault(name, []).append(card)
        return grouped

    def _front_of(self, card: ToolCard) -> str | None:
        name = card.listed_as.name if card.listed_as else None
        return name if name in self._fronts else None


def _which(front: Front, kind: object, kinds: Sequence[str]) -> XeroMcpError:
    said = "is required"
    if kind is not None:
        said = f"{one_line(str(kind), limit=MAX_SHOWN_CHARS)} is none of them"
    return XeroMcpError(
        f"`{front.by}` must say which of its kinds {front.name} is for; nothing was done.",
        code=ErrorCode.INVALID_ARGUMENTS,
        next_step=f"Send `{front.by}` as one of those that `details` allows.",
        details=[Detail(path=front.by, message=said, allowed=tuple(kinds))],
    )


def _with_settled(
    arguments: Mapping[str, object], settled: Settled, *, by: str
) -> Mapping[str, object]:
    for name, value in settled.items():
        if name in arguments and arguments[name] != value:
            raise XeroMcpError(
                f"`{name}` and `{by}` contradict each other; nothing was done.",
                code=ErrorCode.INVALID_ARGUMENTS,
                next_step=f"Leave `{name}` out: `{by}` says it.",
                details=[Detail(path=name, message=f"is said by `{by}`")],
            )
    return {**arguments, **settled}
