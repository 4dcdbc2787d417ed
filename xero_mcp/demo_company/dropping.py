"""How a connection is lost: really over a socket, as the client's own error in process."""

import anyio.lowlevel
import httpx2

from xero_mcp.demo_company.wire.request import Send

_TURNS = 20


async def drop_connection(send: Send) -> None:
    """Cut the connection that `send` writes to, with no farewell.

    uvicorn's `send` is a method of an object that has the socket's transport. In process there is
    no socket, and what an app raises is what httpx2.ASGITransport's client sees: so it sees the
    error that a lost connection gives.

    Raises:
        RemoteProtocolError: in process only.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    abort = getattr(transport, "abort", None)
    if abort is None:
        raise httpx2.RemoteProtocolError("Server disconnected without sending a response.")
    abort()
    # The server hears of the loss on a later turn of the loop; before, it would answer 500.
    for _ in range(_TURNS):
        await anyio.lowlevel.checkpoint()
