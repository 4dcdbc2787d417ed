"""What a file is by its first bytes: its name is only what the sender says of it."""

from collections.abc import Mapping
from types import MappingProxyType

HEAD_BYTES = 1_024
"""A PDF may begin this late."""
_PDF = b"%PDF-"
PROGRAM = "application/x-program"
ZIP = "application/zip"
_STARTS: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF8": "image/gif",
        b"PK\x03\x04": ZIP,
        b"MZ": PROGRAM,
        b"\x7fELF": PROGRAM,
        b"#!": PROGRAM,
    }
)
_MARKED = frozenset({"application/pdf", *_STARTS.values()})
"""Types that no file is without their mark."""
_ZIPPED = ("application/vnd.openxmlformats", "application/vnd.oasis")
"""Documents of an office, which are archives inside."""


def fits(media_type: str, content: bytes) -> bool:
    """Whether the content can be of the type that the file's name says."""
    shown = _looks_like(content)
    if shown == ZIP and media_type.startswith(_ZIPPED):
        return True
    return shown == media_type or (shown is None and media_type not in _MARKED)


def _looks_like(content: bytes) -> str | None:
    """The type that the content shows; None where it shows none."""
    for start, media_type in _STARTS.items():
        if content.startswith(start):
            return media_type
    return "application/pdf" if _PDF in content[:HEAD_BYTES] else None
