"""What can be read by its address: each stands for a call of a tool, and goes the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlsplit

SCHEME = "xero"
JSON = "application/json"
MAX_URI = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of address, and the tool that answers it."""

    path: str
    title: str
    description: str
    tool: str
    arguments: Mapping[str, str]
    """Argument of the tool -> what it is: a text, or `{name}` out of the path."""

    @property
    def template(self) -> str:
        return f"{SCHEME}://{{organisation}}/{self.path}"


RESOURCES: tuple[Resource, ...] = (
    Resource(
        path="accounts",
        title="Chart of accounts",
        description="Codes, names, types and default tax of every account.",
        tool="list-accounts",
        arguments={},
    ),
    Resource(
        path="organisation",
        title="Organisation",
        description="Base currency, financial year, lock dates, tax.",
        tool="get-organisation",
        arguments={},
    ),
    Resource(
        path="report/{name}",
        title="Report",
        description="A report of run-report by name; its arguments as a query: ?date=2026-03-31.",
        tool="run-report",
        arguments={"report": "{name}"},
    ),
)


def address(organisation: str, path: str) -> str:
    """The address of something in an organisation, by its name or id."""
    return f"{SCHEME}://{quote(organisation, safe='')}/{path}"


def meant(uri: str) -> tuple[str, dict[str, object]] | None:
    """The tool and arguments that an address stands for; None where it is none of ours.

    A query adds arguments of the tool; it cannot name another organisation or report.
    """
    if len(uri) > MAX_URI:
        return None
    parts = _split(uri)
    if parts is None:
        return None
    organisation, steps, query = parts
    for resource in RESOURCES:
        found = _matched(resource.path.split("/"), steps)
        if found is not None:
            named = {name: found.get(what, what) for name, what in resource.arguments.items()}
            return resource.tool, {**query, **named, "organisation": organisation}
    return None


def _split(uri: str) -> tuple[str, list[str], dict[str, object]] | None:
    try:
        split = urlsplit(uri)
    except ValueError:
        return None
    if split.scheme != SCHEME or not split.netloc or split.fragment:
        return None
    steps = [unquote(step) for step in split.path.strip("/").split("/")]
    query: dict[str, object] = dict(parse_qsl(split.query, keep_blank_values=True))
    return unquote(split.netloc), steps, query


def _matched(pattern: list[str], steps: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(steps):
        return None
    found: dict[str, str] = {}
    for wanted, step in zip(pattern, steps, strict=True):
        if wanted.startswith("{"):
            found[wanted] = step
        elif wanted != step:
            return None
    return found
