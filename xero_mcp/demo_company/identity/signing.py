"""Signed tokens: RS256 JWTs and the key set that proves them."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

_KEY_BITS: Final = 2048
_EXPONENT: Final = 65537


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def s256(verifier: str) -> str:
    """Return the PKCE challenge that belongs to a verifier."""
    return base64url(sha256(verifier.encode("ascii", "replace")).digest())


class Signer:
    """Makes its key when the first token is asked for: that takes longer than all of start-up."""

    def __init__(self) -> None:
        self._made: rsa.RSAPrivateKey | None = None

    def sign(self, claims: Mapping[str, Any], *, typ: str = "JWT") -> str:
        header = {"alg": "RS256", "kid": self._key_id(), "x5t": self._key_id(), "typ": typ}
        signed = f"{_part(header)}.{_part(claims)}"
        signature = self._key().sign(signed.encode("ascii"), PKCS1v15(), SHA256())
        return f"{signed}.{base64url(signature)}"

    def key_set(self) -> dict[str, Any]:
        numbers = self._key().public_key().public_numbers()
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "alg": "RS256",
                    "kid": self._key_id(),
                    "n": _integer(numbers.n),
                    "e": _integer(numbers.e),
                }
            ]
        }

    def _key_id(self) -> str:
        modulus = self._key().public_key().public_numbers().n
        return sha256(_integer(modulus).encode("ascii")).hexdigest()[:40].upper()

    def _key(self) -> rsa.RSAPrivateKey:
        if self._made is None:
            self._made = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_KEY_BITS)
        return self._made


def _part(value: Mapping[str, Any]) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def _integer(value: int) -> str:
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
