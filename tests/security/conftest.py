"""The same house behind a port as in tests/http, and the identity provider of tests/agents."""

from tests.agents.conftest import provider
from tests.http.conftest import house, served

__all__ = ["house", "provider", "served"]
