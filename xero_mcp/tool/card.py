"""What the house knows of a tool without importing it: plain data, kept as JSON.

The server answers `tools/list` and decides policy from cards alone, so that starting
costs the same with ten tools as with a hundred.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import Any, cast

from xero_mcp.tool.access import Access, Area, Need, Reach

JsonSchema = Mapping[str, Any]
"""JSON Schema is the one free-form mapping that leaves its room: MCP takes it as it is."""


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Varies:
    """A value that follows an argument: `type: bill` means the area bills."""

    argument: str
    values: Mapping[str, str]
    default: str | None = None
    """The argument's own default; None where leaving it out means every value at once."""

    def of(self, arguments: Mapping[str, object]) -> tuple[str, ...]:
        """The values that these arguments mean; every one where the argument is not given."""
        given = arguments.get(self.argument) or self.default
        if given is None:
            return tuple(dict.fromkeys(self.values.values()))
        found = self.values.get(str(given))
        return () if found is None else (found,)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCard:
    """A tool as a policy, a list and a reader see it."""

    name: str
    title: str
    description: str
    says: str
    area: Area
    access: Access
    area_by: Varies | None = None
    access_by: Varies | None = None
    report_by: Varies | None = None
    reaches: tuple[Reach, ...] = ()
    scopes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    annotations: Mapping[str, Any] = field(default_factory=_nothing)
    input_schema: JsonSchema = field(default_factory=_nothing)
    output_schema: JsonSchema = field(default_factory=_nothing)

    @property
    def writes(self) -> bool:
        return self.access is not Access.READ

    def needs(self, arguments: Mapping[str, object]) -> tuple[Need, ...]:
        """Everything that a policy must grant for a call with these arguments.

        An empty tuple means that no granted level could ever cover the call.
        """
        areas = self.area_by.of(arguments) if self.area_by else (self.area.value,)
        levels = self.access_by.of(arguments) if self.access_by else (self.access.value,)
        reports = self.report_by.of(arguments) if self.report_by else (None,)
        return tuple(
            Need(area=Area(area), access=Access(level), report=report)
            for area, level, report in product(areas, levels, reports)
        )

    def possible_needs(self) -> tuple[Need, ...]:
        """Each need that some call of this tool has."""
        areas = dict.fromkeys(self.area_by.values.values()) if self.area_by else [self.area.value]
        levels = (
            dict.fromkeys(self.access_by.values.values()) if self.access_by else [self.access.value]
        )
        reports = dict.fromkeys(self.report_by.values.values()) if self.report_by else [None]
        return tuple(
            Need(area=Area(area), access=Access(level), report=report)
            for area, level, report in product(areas, levels, reports)
        )

    def as_json(self) -> dict[str, Any]:
        """The row of `xero-mcp tools --json` and of the shipped index."""
        shown: dict[str, Any] = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "area": self.area.value,
            "access": self.access.value,
            "scopes": list(self.scopes),
            "reaches": [str(reach) for reach in self.reaches],
            "aliases": list(self.aliases),
            "annotations": dict(self.annotations),
            "input_schema": self.input_schema,
            "output_schema": self.output_schema,
            "says": self.says,
        }
        for key in ("area_by", "access_by", "report_by"):
            varies: Varies | None = getattr(self, key)
            if varies is not None:
                shown[key] = {
                    "argument": varies.argument,
                    "values": dict(varies.values),
                    "default": varies.default,
                }
        return shown

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "ToolCard":
        """Read what `as_json` wrote."""
        return cls(
            name=row["name"],
            title=row["title"],
            description=row["description"],
            says=row["says"],
            area=Area(row["area"]),
            access=Access(row["access"]),
            area_by=_varies(row.get("area_by")),
            access_by=_varies(row.get("access_by")),
            report_by=_varies(row.get("report_by")),
            reaches=tuple(_reaches(row["reaches"])),
            scopes=tuple(row["scopes"]),
            aliases=tuple(row["aliases"]),
            annotations=row["annotations"],
            input_schema=row["input_schema"],
            output_schema=row["output_schema"],
        )


def _varies(row: object) -> Varies | None:
    if row is None:
        return None
    read = cast("dict[str, Any]", row)
    return Varies(argument=read["argument"], values=read["values"], default=read["default"])


def _reaches(rows: list[str]) -> Iterator[Reach]:
    for row in rows:
        method, _, path = row.partition(" ")
        yield Reach(method=method, path=path)
