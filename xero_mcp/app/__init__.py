"""The composition root: settings in, a running server out; it alone knows every other room.

What loads much is not named here: the client of Xero (`app.xero`), the port (`app.http`) and who
knocks there (`app.identity`).
"""

from xero_mcp.app.feed import feed_of, is_feed_kept
from xero_mcp.app.house import RECOVER_SECONDS, House, open_house, reconciler_of
from xero_mcp.app.office import (
    Office,
    open_office,
    policy_book,
    policy_folders,
    signing_key,
)
from xero_mcp.app.port import Port, PortTakenError
from xero_mcp.app.sealing_key import KEY_FILE, secret_key
from xero_mcp.app.stdio import chosen_agent, serve_on_stdio
from xero_mcp.app.xero_access import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_URL,
    check_connection,
    credentials_of,
    hosts_of,
    own_credentials,
    sealer,
)

__all__ = [
    "DEMO_CLIENT_ID",
    "DEMO_CLIENT_SECRET",
    "DEMO_URL",
    "KEY_FILE",
    "RECOVER_SECONDS",
    "House",
    "Office",
    "Port",
    "PortTakenError",
    "check_connection",
    "chosen_agent",
    "credentials_of",
    "feed_of",
    "hosts_of",
    "is_feed_kept",
    "open_house",
    "open_office",
    "own_credentials",
    "policy_book",
    "policy_folders",
    "reconciler_of",
    "sealer",
    "secret_key",
    "serve_on_stdio",
    "signing_key",
]
