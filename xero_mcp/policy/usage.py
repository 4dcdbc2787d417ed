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
