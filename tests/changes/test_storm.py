"""Thousands of deliveries, repeated, mixed and forged, through restarts and an hour's gap."""

from pathlib import Path

import pytest

from tests.changes.storm_scene import blow, check, scene
from tests.store.postgres_server import Server

MANY_MS = 3_000
"""Far above the target of 100 ms, for a machine that is busy with others; Xero gives up at 5 s."""
INVOICES, WAVES = 100, 4


@pytest.mark.slow
async def test_a_storm_of_deliveries_leaves_every_change_in_the_feed_once(tmp_path: Path):
    async with scene(tmp_path) as opened, opened.office() as office:
        await opened.begun(office)
        changes = await blow(opened, office, invoices=INVOICES, waves=WAVES)
        assert check(opened, changes, invoices=INVOICES, waves=WAVES).p99_ms < MANY_MS


@pytest.mark.slow
async def test_two_replicas_that_receive_at_once_leave_the_same(tmp_path: Path, postgres: Server):
    url = postgres.url(postgres.new_house())
    shared = {"XERO_MCP_DATABASE_URL": url, "XERO_MCP_SECRET_KEY": "the same for both of them"}
    async with scene(tmp_path, replicas=2, more=shared) as opened, opened.office() as office:
        await opened.begun(office)
        changes = await blow(opened, office, invoices=INVOICES, waves=WAVES)
        assert check(opened, changes, invoices=INVOICES, waves=WAVES).p99_ms < MANY_MS
