"""searchTerm: a text somewhere in a few fields, without case and accents."""

from collections.abc import Callable

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.query.operands import fold, read_field


def matches_search(term: str, fields: tuple[str, ...]) -> Callable[[Json], bool]:
    """Return the test whether any of the (dotted) fields contains the term."""
    wanted = fold(term)
    readers = [read_field(tuple(name.split("."))) for name in fields]

    def found(document: Json) -> bool:
        for read in readers:
            text = read(document)
            if isinstance(text, str) and wanted in fold(text):
                return True
        return False

    return found
