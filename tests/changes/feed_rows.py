"""Puts changes into the feed of a state folder, sealed as the server seals them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xero_mcp.app import open_office, sealer
from xero_mcp.audit.entry import Entry, Kind, OrganisationRef, ResultRef, Status
from xero_mcp.changes.sealed import Box, Told
from xero_mcp.settings import Settings, load_settings
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.changes import ChangeRow
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import ChangeKind

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ORGANISATION = "aef86862-2015-4b6b-88bc-d89032cecc50"
NAME = "Demo Company (Global)"


@dataclass(frozen=True, kw_only=True)
class Put:
    """One change to put there."""

    mark: str
    now: Mapping[str, str]
    before: Mapping[str, str] | None = None
    kind: ChangeKind = ChangeKind.UPDATED
    area: Area = Area.BILLS
    organisation_id: str = ORGANISATION
    audit_id: str | None = None
    at: datetime = AT

    @property
    def resource(self) -> str:
        return "invoices" if self.area in {Area.BILLS, Area.INVOICES} else self.area.value

    def row(self, box: Box) -> ChangeRow:
        bare = ChangeRow(
            seq=0,
            organisation_id=self.organisation_id,
            resource=self.resource,
            resource_id=f"id-of-{self.mark}",
            mark=self.mark,
            area=self.area.value,
            contact_id=None,
            kind=self.kind.value,
            source="webhook",
            changed_at=self.at,
            noticed_at=self.at,
            audit_id=self.audit_id,
            events=1,
            sealed="",
        )
        return box.close_change(bare, Told(before=self.before, now=self.now))


def bill(mark: str, total: str = "1500.00", **more: str) -> Put:
    """A bill that is new."""
    now = {
        "type": "bill",
        "number": f"INV-{mark}",
        "contact": "Bolt Ltd",
        "currency": "GBP",
        "status": "draft",
        "total": total,
        **more,
    }
    return Put(mark=mark, now=now, kind=ChangeKind.CREATED)


def settings_of(home: Path, url: str = "") -> Settings:
    """`url`: of a database elsewhere."""
    given = {"XERO_MCP_HOME": str(home), "XERO_MCP_DATABASE_URL": url}
    return load_settings(environment=given, env_file=home / "no.env")


async def put(home: Path, changes: Iterable[Put], url: str = "") -> None:
    """Add them at the end of the feed."""
    settings = settings_of(home, url)
    box = Box(sealer(settings))
    rows = [one.row(box) for one in changes]

    def write(tables: Tables) -> None:
        for row in rows:
            assert tables.changes.add(row)

    async with open_office(settings) as office:
        await office.store.write(write)


async def put_finding(home: Path) -> None:
    """Record what a cross-check found."""
    async with open_office(settings_of(home)) as office:
        await office.audit.record(
            Entry(
                kind=Kind.CROSSCHECK,
                person="system user jane",
                organisation=OrganisationRef(id=ORGANISATION, name=NAME),
                reason="1 changes by Xero MCP: 1 without a record",
                status=Status.FAILED,
                result=ResultRef(ids=("id-1",), rows=1),
                marks=("unaccounted for",),
            )
        )


async def position(home: Path, place: str) -> int | None:
    """How far a watch has told."""
    async with open_office(settings_of(home)) as office:
        return await office.store.read(lambda tables: tables.changes.watched(place))
