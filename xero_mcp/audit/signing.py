"""The key that signs checkpoints: Ed25519, in the state folder, for its owner alone."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self

from xero_mcp.store.private_file import read_or_make

if TYPE_CHECKING:  # cryptography is loaded with the first signature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

KEY_FILE = "checkpoint.key"
PURPOSE = b"xero-mcp: the key that signs checkpoints"
"""What sets it apart from other keys that follow from the same secret."""


class KeyFormError(ValueError):
    """A file does not hold the key that it should."""


class PublicKey:
    """What an auditor holds: it says whether a text was signed here."""

    def __init__(self, key: "Ed25519PublicKey") -> None:
        self._key = key
        self.fingerprint = sha256(key.public_bytes_raw()).hexdigest()
        """SHA-256 over the 32 bytes of the key: checkpoints name their key by it."""

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read what `audit public-key` prints.

        Raises:
            KeyFormError: it is no Ed25519 public key.
        """
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_public_key,
        )

        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyFormError("it is no public key in PEM form") from error
        if not isinstance(key, Ed25519PublicKey):
            raise KeyFormError("it is a key of another kind than Ed25519")
        return cls(key)

    def pem(self) -> str:
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            Encoding,
            PublicFormat,
        )

        shown = self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return shown.decode("ascii")

    def has_signed(self, text: str, signature: str) -> bool:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

        try:
            self._key.verify(bytes.fromhex(signature), text.encode("utf-8"))
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """The private half. Whoever has it can make checkpoints that pass for ours."""

    def __init__(self, key: "Ed25519PrivateKey") -> None:
        self._key = key
        self.public = PublicKey(key.public_key())

    @classmethod
    def in_folder(cls, home: Path) -> Self:
        """The key of this state folder, made at its first use.

        Raises:
            OSError: the file can neither be read nor made.
            KeyFormError: it holds no Ed25519 key.
        """
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
        )

        pem = read_or_make(home / KEY_FILE, _new_pem)
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyFormError(f"{home / KEY_FILE} holds no private key") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFormError(f"{KEY_FILE} holds a key of another kind than Ed25519")
        return cls(key)

    @classmethod
    def from_secret(cls, secret: bytes) -> Self:
        """The key that follows from a secret: the same for all replicas that share it."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret)
        return cls(Ed25519PrivateKey.from_private_bytes(derived))

    def sign(self, text: str) -> str:
        return self._key.sign(text.encode("utf-8")).hex()


def _new_pem() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
