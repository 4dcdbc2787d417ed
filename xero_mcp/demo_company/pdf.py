"""A small PDF, written by hand: one page, one typeface, as many lines as fit."""

from collections.abc import Sequence
from typing import Final

_PAGE: Final = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
    b"/Resources << /Font << /F1 5 0 R >> >> >>"
)
MAX_LINES: Final = 48
MAX_LINE_CHARACTERS: Final = 95
_TOP: Final = 800
_LEFT: Final = 50
_LEADING: Final = 15
_SIZE: Final = 10


def pdf_of(lines: Sequence[str]) -> bytes:
    """Return a valid PDF 1.4 with these lines; letters that its typeface lacks become '?'."""
    text = b"\n".join(
        b"(" + _escaped(line[:MAX_LINE_CHARACTERS]) + b") Tj T*" for line in lines[:MAX_LINES]
    )
    stream = b"BT /F1 %d Tf %d TL %d %d Td\n%s\nET" % (_SIZE, _LEADING, _LEFT, _TOP, text)
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            _PAGE,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
    )


def _escaped(line: str) -> bytes:
    plain = "".join(letter if letter.isprintable() else " " for letter in line)
    raw = plain.encode("cp1252", errors="replace")
    return raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    """Join the objects, and end with the table that says at which byte each of them begins."""
    file = bytearray(b"%PDF-1.4\n")
    places: list[int] = []
    for number, content in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    file += b"".join(b"%010d 00000 n \n" % place for place in places)
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(file)
