"""The one door: nothing runs a tool but `Gate.call`."""

from xero_mcp.gate.answers import GateAnswer, UnknownToolError
from xero_mcp.gate.door import Gate
from xero_mcp.gate.rooms import Rooms

__all__ = ["Gate", "GateAnswer", "Rooms", "UnknownToolError"]
