"""What an agent used up: counted by the gate, handed to a decision."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple


class Usage(NamedTuple):
    """What this agent used up in this organisation, calls in flight counted in."""

    writes_last_hour: int = 0
    money_today: Mapping[str, Decimal] = MappingProxyType({})
    """Currency of the limit -> what was counted since `limits.day_start`."""
    money_of_contact: Mapping[str, Decimal] = MappingProxyType({})
    """The same for the call's contact alone; of several, for the one that got most."""
    xero_calls_last_minute: int = 0
    xero_calls_today: int = 0
    """In the last 24 hours, as Xero counts its own limit."""
    rows_read_today: int = 0
