"""Whose token a call goes out with: of the sign-in that holds its organisation, or the app's own.

The app's own is a Custom Connection's, or a bearer token that was handed in.
"""

from xero_mcp.xero import errors
from xero_mcp.xero.call import Call
from xero_mcp.xero.sign_ins import SignIns
from xero_mcp.xero.tokens import Token, Tokens


class TokenChoice:
    """The tokens of one client."""

    def __init__(self, own: Tokens | None, sign_ins: SignIns | None) -> None:
        self._own = own
        self._sign_ins = sign_ins

    async def token(self, call: Call, *, instead_of: Token | None = None) -> Token:
        """The token for this call; `instead_of` is one that Xero did not take.

        Raises:
            XeroMcpError: SCOPE_MISSING, NOT_CONNECTED or XERO_UNAVAILABLE.
        """
        at = call.organisation_id
        if self._sign_ins is not None and at is not None and await self._sign_ins.holds(at):
            return await self._sign_ins.token(call, instead_of=instead_of)
        if self._own is None:
            raise errors.sign_in_over("Nobody has connected this organisation here.")
        return await self._own.token(call.scopes, instead_of=instead_of)
