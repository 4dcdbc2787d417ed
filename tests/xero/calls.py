"""Calls that tests make again and again, and what they hear."""

from decimal import Decimal

import httpx2
import pytest

from tests.xero.world import INVOICE_ID, Reply, World
from xero_mcp.errors import XeroMcpError
from xero_mcp.xero.models.contact import ContactRef
from xero_mcp.xero.models.invoice import Invoices, InvoicesWrite, InvoiceType, InvoiceWrite
from xero_mcp.xero.models.line_item import LineItemWrite
from xero_mcp.xero.scoped import ScopedXero

BILL = InvoicesWrite(
    invoices=(
        InvoiceWrite(
            type=InvoiceType.ACCPAY,
            contact=ContactRef(contact_id=INVOICE_ID),
            line_items=(LineItemWrite(description="Bolts", unit_amount=Decimal("12.50")),),
        ),
    )
)
CREATED = {"Invoices": [{"InvoiceID": INVOICE_ID, "HasErrors": False}]}


async def read(xero: ScopedXero) -> Invoices:
    return await xero.get("/Invoices", Invoices)


async def write(xero: ScopedXero) -> Invoices:
    return await xero.put("/Invoices", Invoices, BILL)


async def error_of_read(world: World, *script: Reply) -> XeroMcpError:
    world.upstream.api.extend(script)
    with pytest.raises(XeroMcpError) as raised:
        await read(world.scoped())
    return raised.value


async def error_of_write(world: World, *script: Reply) -> XeroMcpError:
    world.upstream.api.extend(script)
    with pytest.raises(XeroMcpError) as raised:
        await write(world.scoped())
    return raised.value


def lost() -> httpx2.ReadError:
    return httpx2.ReadError("gone")


def unreachable() -> httpx2.ConnectError:
    return httpx2.ConnectError("refused")
