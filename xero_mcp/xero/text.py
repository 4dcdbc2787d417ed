"""Text that people wrote in Xero, made safe to show: it is data, never instruction."""

from typing import Annotated, Final

from pydantic import AfterValidator

from xero_mcp.text import BY_OTHERS, clean, one_line

MAX_QUOTED_CHARS: Final = 500
"""How much of one of Xero's messages travels in an error's details."""

MAX_CODE_CHARS: Final = 100
"""How much of a header's or a code's text is kept."""


def quoted(text: str, *, max_chars: int = MAX_QUOTED_CHARS) -> str:
    """One line of somebody else's text, cleaned and cut to a length."""
    return one_line(text[: max_chars * 4], limit=max_chars)


XeroText = Annotated[str, AfterValidator(clean), BY_OTHERS]
"""A string out of Xero, cleaned where it is parsed."""
