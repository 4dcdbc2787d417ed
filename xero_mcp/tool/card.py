"""What the house knows of a tool without importing it: plain data, kept as JSON.

The server answers `tools/list` and decides policy from cards alone, so that starting
costs the same with ten tools as with a hundred.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from types import MappingProxyType
from typing import Any, cast

from xero_mcp.tool.access import Access, Area, Need, Reach
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.phrase import Words

AREAS = "areas"
"""The argument by which a call of a tool that tells of changes asks for some areas alone."""
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
    words: Words = field(default_factory=_nothing)
    area: Area
    access: Access
    area_by: Varies | None = None
    access_by: Varies | None = None
    report_by: Varies | None = None
    reaches: tuple[Reach, ...] = ()
    also: tuple[Reach, ...] = ()
    """What it reads besides, for which another tool stands in the table of operations."""
    also_areas: tuple[Area, ...] = ()
    """Areas that every call of it reads besides its own."""
    also_by: Varies | None = None
    """The area that a call reads besides, where an argument decides which."""
    asks: tuple[Reach, ...] = ()
    """What the server may read beforehand, where a policy needs facts of the call."""
    tells_of: tuple[Area, ...] = ()
    """Areas whose changes it tells of: each agent hears of those that it may read, and must be
    able to read one."""
    scopes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    annotations: Mapping[str, Any] = field(default_factory=_nothing)
    input_schema: JsonSchema = field(default_factory=_nothing)
    output_schema: JsonSchema = field(default_factory=_nothing)
    listed_as: ListedAs | None = None
    """The front under which an agent sees it; None where it is listed by its own name."""
    stands_for: Mapping[str, str] = field(default_factory=_nothing)
    """Of a front: kind -> the tool that is meant, by which policies and records know it."""

    @property
    def listed_name(self) -> str:
        """The name under which an agent sees it."""
        return self.listed_as.name if self.listed_as else self.name

    @property
    def writes(self) -> bool:
        return self.access is not Access.READ

    @property
    def asks_xero(self) -> bool:
        """Whether a call of it sends requests to Xero."""
        return bool(self.reaches or self.also)

    def needs(self, arguments: Mapping[str, object]) -> tuple[Need, ...]:
        """Everything that a policy must grant for a call with these arguments.

        An empty tuple means that no granted level could ever cover the call.
        """
        areas = self.area_by.of(arguments) if self.area_by else (self.area.value,)
        levels = self.access_by.of(arguments) if self.access_by else (self.access.value,)
        reports = self.report_by.of(arguments) if self.report_by else (None,)
        varying = tuple(
            Need(area=Area(area), access=Access(level), report=report)
            for area, level, report in product(areas, levels, reports)
        )
        also = self._also(self.also_by.of(arguments)) if self.also_by else ()
        if self.also_by and not also:
            return ()
        named = self._also(self._named_areas(arguments))
        return (*varying, *also, *named, *self.constant_needs()) if varying else ()

    def constant_needs(self) -> tuple[Need, ...]:
        """What every call needs, whatever its arguments."""
        return tuple(Need(area=area, access=Access.READ) for area in self.also_areas)

    def companions(self) -> tuple[tuple[Need, ...], ...]:
        """What calls need by `also_by`: one of these, and nothing where there is none."""
        if self.also_by is None:
            return ((),)
        return tuple((need,) for need in self._also(self.also_by.values.values()))

    def _named_areas(self, arguments: Mapping[str, object]) -> Iterator[str]:
        """Those of what it tells of that a call asks for by name."""
        named = arguments.get(AREAS) if self.tells_of else None
        for area in cast("list[object]", named) if isinstance(named, list) else ():
            if area in self.tells_of:
                yield str(area)

    @staticmethod
    def _also(areas: Iterable[str]) -> tuple[Need, ...]:
        return tuple(Need(area=Area(area), access=Access.READ) for area in dict.fromkeys(areas))

    def possible_needs(self) -> tuple[Need, ...]:
        """Each need that some call of this tool has, besides the constant ones."""
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
        return {**shown, **self._rarer()}

    def _rarer(self) -> dict[str, Any]:
        """What not every tool has; left out where it has not."""
        rarer: dict[str, Any] = {
            "also": [str(reach) for reach in self.also],
            "also_areas": [area.value for area in self.also_areas],
            "asks": [str(reach) for reach in self.asks],
            "tells_of": [area.value for area in self.tells_of],
            "words": {name: dict(spoken) for name, spoken in self.words.items()},
            "listed_as": self.listed_as.as_json() if self.listed_as else None,
            "stands_for": dict(self.stands_for),
        }
        for key in ("area_by", "access_by", "report_by", "also_by"):
            varies: Varies | None = getattr(self, key)
            if varies is not None:
                rarer[key] = {
                    "argument": varies.argument,
                    "values": dict(varies.values),
                    "default": varies.default,
                }
        return {key: value for key, value in rarer.items() if value}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "ToolCard":
        """Read what `as_json` wrote."""
        return cls(
            name=row["name"],
            title=row["title"],
            description=row["description"],
            says=row["says"],
            words=row.get("words", {}),
            area=Area(row["area"]),
            access=Access(row["access"]),
            area_by=_varies(row.get("area_by")),
            access_by=_varies(row.get("access_by")),
            report_by=_varies(row.get("report_by")),
            also_by=_varies(row.get("also_by")),
            reaches=tuple(_reaches(row["reaches"])),
            also=tuple(_reaches(row.get("also", []))),
            also_areas=tuple(Area(area) for area in row.get("also_areas", [])),
            asks=tuple(_reaches(row.get("asks", []))),
            tells_of=tuple(Area(area) for area in row.get("tells_of", [])),
            scopes=tuple(row["scopes"]),
            aliases=tuple(row["aliases"]),
            annotations=row["annotations"],
            input_schema=row["input_schema"],
            output_schema=row["output_schema"],
            listed_as=ListedAs.from_json(row["listed_as"]) if "listed_as" in row else None,
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
