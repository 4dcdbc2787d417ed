"""Pages of a list: clamped, never refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from xero_mcp.demo_company.kernel import Json

DEFAULT_PAGE_SIZE: Final = 100
MAX_PAGE_SIZE: Final = 1000
MAX_PAGE: Final = 1_000_000_000

_INTEGER: Final = re.compile(r"[+-]?\d{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page that was asked for, from 1."""

    number: int
    size: int

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size

    def shown(self, total: int) -> Json:
        """Return the `pagination` that Xero puts beside the list."""
        return {
            "page": self.number,
            "pageSize": self.size,
            "pageCount": -(-total // self.size),
            "itemCount": total,
        }


def asked_page(query: Mapping[str, str], *, always: bool = False) -> Page | None:
    """Read `page` and `pageSize`; None where the caller does not page.

    `always` is for lists that page whether asked or not.
    """
    if not always and "page" not in query and "pagesize" not in query:
        return None
    return Page(
        number=_clamped(query.get("page"), default=1, highest=MAX_PAGE),
        size=_clamped(query.get("pagesize"), default=DEFAULT_PAGE_SIZE, highest=MAX_PAGE_SIZE),
    )


def _clamped(text: str | None, *, default: int, highest: int) -> int:
    if text is None or not _INTEGER.fullmatch(text.strip()):
        return default
    return min(max(int(text), 1), highest)
