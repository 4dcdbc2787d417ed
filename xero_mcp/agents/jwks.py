"""The public keys of an identity provider, and whether one of them signed something."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

MAX_KEYS: Final = 100
MIN_RSA_BITS: Final = 2048
KINDS: Final = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""Every algorithm that is taken, and the one kind of key that goes with it.

None of them is symmetric: a public key is never a secret.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key that may verify, and only by its own algorithms."""

    kid: str | None
    algorithms: frozenset[str]
    key: Any
    """joserfc's own, whose types are loaded only where there is an identity provider."""

    def verifies(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        from joserfc.jws import JWSRegistry  # noqa: PLC0415 - only with an identity provider

        if algorithm not in self.algorithms:
            return False
        try:
            return JWSRegistry.algorithms[algorithm].verify(signed, signature, self.key)
        except ValueError:  # a signature of a form that cannot be one
            return False


def read_keys(body: bytes) -> tuple[PublicKey, ...]:
    """The keys of a JWKS that are fit for verifying; others are passed over.

    Raises:
        ValueError: it is no JWKS.
    """
    try:
        document: object = json.loads(body)
    except RecursionError as error:
        raise ValueError("it nests too deep") from error
    listed: object = None
    if isinstance(document, dict):
        listed = cast("Mapping[str, object]", document).get("keys")
    if not isinstance(listed, list):
        raise ValueError("it has no list of keys")  # noqa: TRY004 - what is wrong is the document
    found = [_read(one) for one in cast("list[object]", listed)[:MAX_KEYS]]
    return tuple(key for key in found if key is not None)


def fitting(keys: Iterable[PublicKey], kid: str | None, algorithm: str) -> list[PublicKey]:
    """The keys of that name; where a token names none, all that could have made it."""
    return [key for key in keys if algorithm in key.algorithms and (kid is None or key.kid == kid)]


def _read(entry: object) -> PublicKey | None:
    if not isinstance(entry, dict):
        return None
    fields = cast("Mapping[str, object]", entry)
    algorithms = _algorithms(fields)
    if not algorithms or not _is_to_verify(fields):
        return None
    key = _imported(fields)
    if key is None:
        return None
    kid = fields.get("kid")
    return PublicKey(kid=kid if isinstance(kid, str) else None, algorithms=algorithms, key=key)


def _algorithms(fields: Mapping[str, object]) -> frozenset[str]:
    kind = (fields.get("kty"), fields.get("crv"))
    able = {name for name, wanted in KINDS.items() if wanted == kind}
    stated = fields.get("alg")
    return frozenset(able if stated is None else able & {str(stated)})


def _is_to_verify(fields: Mapping[str, object]) -> bool:
    operations = fields.get("key_ops")
    may = operations is None or (isinstance(operations, list) and "verify" in operations)
    return may and fields.get("use", "sig") in ("sig", None)  # a list has no place in a set


def _imported(fields: Mapping[str, object]) -> object | None:
    """The key of joserfc, of the public part alone; None where it is none, or too weak."""
    from joserfc.errors import JoseError  # noqa: PLC0415 - only with an identity provider
    from joserfc.jwk import import_key  # noqa: PLC0415

    public = {
        name: value
        for name in ("kty", "crv", "n", "e", "x", "y")
        if isinstance(value := fields.get(name), str)
    }
    try:
        if public["kty"] == "RSA" and _bits(public["n"]) < MIN_RSA_BITS:
            return None
        return import_key(cast("dict[str, str | list[str]]", public))
    except (JoseError, ValueError, KeyError, TypeError):
        return None


def _bits(number: str) -> int:
    raw = urlsafe_b64decode(number + "=" * (-len(number) % 4))
    return int.from_bytes(raw, "big").bit_length()
