from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText


class Currency(XeroModel):
    code: str
    description: XeroText = ""


class Currencies(XeroModel):
    currencies: Annotated[tuple[Currency, ...], Listed] = ()


class CurrencyWrite(XeroWrite):
    code: str
