from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel
from xero_mcp.xero.text import XeroText


class Attachment(XeroModel):
    """A file at a document, without its content."""

    attachment_id: str = ""
    file_name: XeroText = ""
    mime_type: XeroText | None = None
    content_length: int | None = None
    include_online: bool | None = None


class Attachments(XeroModel):
    attachments: Annotated[tuple[Attachment, ...], Listed] = ()
