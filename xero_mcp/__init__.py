"""The MCP server through which AI agents work in Xero accounting."""

__version__ = "0.1.0"
