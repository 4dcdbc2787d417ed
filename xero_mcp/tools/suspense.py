"""Which accounts are a waiting room: what stands on them was not decided yet."""

import re
from collections.abc import Iterable, Sequence

from xero_mcp.xero.models.account import Account

_NAMES = re.compile(
    r"\b(suspense|clearing|uncategori[sz]ed|unallocated|unknown|to be (allocated|coded)|"
    r"ask (my )?accountant|historical adjustment|miscoded)\b",
    re.IGNORECASE,
)


def suspense_accounts(chart: Iterable[Account]) -> Sequence[Account]:
    """By their names alone, since Xero marks none: an answer must say which it took."""
    return [one for one in chart if _NAMES.search(one.name) and one.status != "DELETED"]
