"""The composition root: settings in, a running server out; it alone knows every other room."""

from xero_mcp.app.feed import feed_of, is_feed_kept
from xero_mcp.app.house import RECOVER_SECONDS, House, open_house, reconciler_of
from xero_mcp.app.http import Port, PortTakenError, serve_on_http
from xero_mcp.app.identity import issuer_of
from xero_mcp.app.office import (
    Office,
    open_office,
    policy_book,
    policy_folders,
    signing_key,
)
from xero_mcp.app.sealing_key import KEY_FILE, secret_key
from xero_mcp.app.stdio import chosen_agent, serve_on_stdio
from xero_mcp.app.xero import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_URL,
    build_client,
    check_connection,
    credentials_of,
    hosts_of,
    open_sign_ins,
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
    "build_client",
    "check_connection",
    "chosen_agent",
    "credentials_of",
    "feed_of",
    "hosts_of",
    "is_feed_kept",
    "issuer_of",
    "open_house",
    "open_office",
    "open_sign_ins",
    "own_credentials",
    "policy_book",
    "policy_folders",
    "reconciler_of",
    "sealer",
    "secret_key",
    "serve_on_http",
    "serve_on_stdio",
    "signing_key",
]
