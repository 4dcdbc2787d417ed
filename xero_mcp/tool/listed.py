"""Under which front a tool is listed, and how the front's words become its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

Settled = Mapping[str, object]
"""Arguments that the kind itself says: `type: bill` where the kind is bill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAs:
    """A tool behind a front: it keeps its name, and is not listed by it."""

    name: str
    kinds: Mapping[str, Settled]
    """Kind -> what it settles; every kind with which the front means this tool."""
    unsaid: Settled = field(default_factory=dict[str, object])
    """What the front means where it does not say, though the tool itself must be told."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """The front's path of an argument, `documents.document_id` -> the tool's own name of it."""

    names_of_kind: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict[str, Mapping[str, str]]
    )
    """Kind -> such names, where the kinds of one tool call the same thing differently."""

    @property
    def settled(self) -> frozenset[str]:
        """Every argument that some kind settles."""
        return frozenset(name for settled in self.kinds.values() for name in settled)

    def shown(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The tool's schema in the front's words, without what the kind settles."""
        properties = {
            name: node for name, node in schema["properties"].items() if name not in self.settled
        }
        known = {*self.settled, *self.unsaid}
        required = [name for name in schema.get("required", ()) if name not in known]
        return {
            "properties": self._properties_shown(properties, ""),
            "required": [self._name_shown(name, "") for name in required],
        }

    def path_shown(self, path: str) -> str:
        """A path of the tool's own, as `quotes.0.quote_id`, in the front's words."""
        within = ""
        shown: list[str] = []
        for part in path.split("."):
            if part.isdigit():
                shown.append(part)
                continue
            name = self._name_shown(part, within)
            shown.append(name)
            within = f"{within}{name}."
        return ".".join(shown)

    def sent(self, arguments: Mapping[str, object], kind: str) -> dict[str, object]:
        """What the front was sent, under the tool's own names.

        A name that would then be there twice stays as it came, so that the tool refuses it.
        """
        names = {**self.names, **self.names_of_kind.get(kind, {})}
        return {**self.unsaid, **_sent(arguments, names, within="")}

    def _properties_shown(self, properties: Mapping[str, Any], within: str) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for own, node in properties.items():
            name = self._name_shown(own, within)
            inner: Mapping[str, Any] = node.get("items", {})
            shown[name] = node
            if "properties" in inner:
                named = self._properties_shown(inner["properties"], f"{within}{name}.")
                shown[name] = {**node, "items": {**inner, "properties": named}}
        return shown

    def _name_shown(self, own: str, within: str) -> str:
        every = (self.names, *self.names_of_kind.values())
        for path, name in (pair for names in every for pair in names.items()):
            before, _, last = path.rpartition(".")
            if name == own and before == within.rstrip("."):
                return last
        return own

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kinds": {kind: dict(settled) for kind, settled in self.kinds.items()},
            "unsaid": dict(self.unsaid),
            "names": dict(self.names),
            "names_of_kind": {kind: dict(names) for kind, names in self.names_of_kind.items()},
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "ListedAs":
        """Read what `as_json` wrote."""
        return cls(
            name=row["name"],
            kinds=row["kinds"],
            unsaid=row["unsaid"],
            names=row["names"],
            names_of_kind=row["names_of_kind"],
        )


def _sent(
    arguments: Mapping[str, object], names: Mapping[str, str], *, within: str
) -> dict[str, object]:
    sent: dict[str, object] = {}
    for name, value in arguments.items():
        path = f"{within}{name}"
        own = names.get(path, name)
        sent[name if own in arguments else own] = _value(value, names, within=f"{path}.")
    return sent


def _value(value: object, names: Mapping[str, str], *, within: str) -> object:
    if not isinstance(value, list) or not any(path.startswith(within) for path in names):
        return cast("object", value)
    return [
        _sent(cast("dict[str, object]", one), names, within=within)
        if isinstance(one, dict)
        else one
        for one in cast("list[object]", value)
    ]
