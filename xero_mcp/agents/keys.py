"""What an agent's key looks like, and what is kept of it.

`xmcp_<id>_<secret>`: the id finds it, the secret proves it. The secret has 256 bits of chance,
so a plain digest is as good as a slow one: there is nothing to guess through.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Final, NamedTuple

from xero_mcp.settings import Secret

PREFIX: Final = "xmcp_"
"""By this a scanner for secrets knows one that was left lying about."""
ID_BYTES: Final = 8
SECRET_BYTES: Final = 32
NOBODYS_ID: Final = ""
"""Looked up where a credential is no key at all, so that this costs the same."""
NOBODYS_DIGEST: Final = "0" * 64
"""Compared with where there is no such key, so that this costs the same. Of no key's form."""
_FORM = re.compile(r"xmcp_([0-9a-f]{16})_[A-Za-z0-9_-]{43}")


class MadeKey(NamedTuple):
    """A key at the one moment at which it is known."""

    id: str
    text: Secret


def make_key(randomness: Callable[[int], bytes]) -> MadeKey:
    key_id = randomness(ID_BYTES).hex()
    secret = urlsafe_b64encode(randomness(SECRET_BYTES)).decode().rstrip("=")
    return MadeKey(id=key_id, text=Secret(f"{PREFIX}{key_id}_{secret}"))


def id_of(token: str) -> str:
    """The id in a key; `NOBODYS_ID` where it is of another form."""
    found = _FORM.fullmatch(token)
    return found[1] if found else NOBODYS_ID


def digest_of(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


def fingerprint_of(key_id: str) -> str:
    """How records and lists name a key."""
    return f"{PREFIX}{key_id}"


def id_in(fingerprint: str | None) -> str | None:
    """The id of the key with this fingerprint; None where it is another credential's, or none."""
    is_of_a_key = fingerprint is not None and fingerprint.startswith(PREFIX)
    return fingerprint.removeprefix(PREFIX) if fingerprint and is_of_a_key else None
