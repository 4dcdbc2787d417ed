"""What `doctor` says of sign-ins that it finds in the store."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from xero_mcp.cli.checks import Check, State
from xero_mcp.cli.checks_sign_ins import SignedIn, check_sign_ins
from xero_mcp.cli.connections_shown import (
    CUT_OFF,
    LIVE,
    OVER,
    show_connected,
    show_list,
    state_of,
)
from xero_mcp.cli.terminal import Terminal
from xero_mcp.clock import SystemClock
from xero_mcp.settings import Settings, load_settings
from xero_mcp.store.tables.sign_ins import OrganisationRow, SignInRow
from xero_mcp.xero.models.connection import Connection

DAY = timedelta(days=1)
GRANULAR = {"accounting.reports.tenninetynine.read", "accounting.contacts", "offline_access"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        environment={"XERO_MCP_HOME": str(tmp_path)}, env_file=tmp_path / "no-such-file"
    )


@pytest.fixture
def now() -> datetime:
    return SystemClock().now()


def sign_in(now: datetime, **more: object) -> SignInRow:
    row = SignInRow(
        id="s1",
        host="h",
        client_id="my-app",
        auth_event_id="e",
        scopes="accounting.invoices.read offline_access",
        signed_in_at=now,
        signed_in_by="root",
        xero_person="dana@example.com",
        sealed="",
        generation=1,
        refreshed_at=now,
        refresh_by=now + 60 * DAY,
    )
    return row._replace(**more)


def organisation(now: datetime, **more: object) -> OrganisationRow:
    row = OrganisationRow(
        organisation_id="o1",
        sign_in_id="s1",
        connection_id="c1",
        name="Bolt\x1b[31m Ltd",
        tenant_type="ORGANISATION",
        connected_at=now,
    )
    return row._replace(**more)


def checks(settings: Settings, row: SignInRow, one: OrganisationRow) -> list[Check]:
    found = SignedIn(rows={row.id: row}, organisations=[one])
    return list(check_sign_ins(settings, found, [], []))


def test_one_that_works_is_ok(settings: Settings, now: datetime):
    (check,) = checks(settings, sign_in(now), organisation(now))
    assert check.state is State.OK
    assert "my-app" in check.says
    assert "\x1b" not in check.says


def test_one_that_has_ended_is_to_mend_with_the_command(settings: Settings, now: datetime):
    over = sign_in(now, over_at=now, over_why="Xero no longer takes it")
    (check,) = checks(settings, over, organisation(now))
    assert check.state is State.MEND
    assert "Xero no longer takes it" in check.says
    assert check.fix == "xero-mcp connect"


def test_one_that_nobody_used_for_sixty_days_is_to_mend(settings: Settings, now: datetime):
    (check,) = checks(settings, sign_in(now, refresh_by=now - DAY), organisation(now))
    assert check.state is State.MEND
    assert "60 days" in check.says


def test_one_that_ends_within_a_week_is_warned_about(settings: Settings, now: datetime):
    (check,) = checks(settings, sign_in(now, refresh_by=now + 6 * DAY), organisation(now))
    assert check.state is State.WARN
    assert check.fix == "xero-mcp connections refresh"
    (check,) = checks(settings, sign_in(now, refresh_by=now + 8 * DAY), organisation(now))
    assert check.state is State.OK


def test_one_that_was_cut_off_is_to_mend(settings: Settings, now: datetime):
    (check,) = checks(settings, sign_in(now), organisation(now, cut_off_at=now))
    assert check.state is State.MEND
    assert "disconnected in Xero" in check.says


def test_a_terminal_of_80_columns_shows_connections_without_a_broken_word(now: datetime):
    row = sign_in(now, client_id="0123456789ABCDEF" * 2, scopes=" ".join(sorted(GRANULAR)))
    one = organisation(now, name="Sutherland & Daughters (Bakery, Mills) Limited Partnership")
    written = StringIO()
    screen = Terminal(Console(file=written, width=80, highlight=False))
    show_list(screen, [row], [one], now=now, as_json=False)
    shown = written.getvalue()
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= 80
    whole = {row.client_id, "Partnership", row.xero_person, "reports.tenninetynine.read", "ok"}
    assert whole <= set(shown.split())


def test_a_name_from_xero_does_not_repaint_the_terminal(now: datetime):
    written = StringIO()
    screen = Terminal(Console(file=written, width=80, highlight=False))
    show_list(screen, [sign_in(now)], [organisation(now)], now=now, as_json=False)
    named = Connection.model_construct(tenant_id="o1", tenant_name="Bolt\x1b[31m Ltd")
    show_connected(screen, sign_in(now), [named], as_json=False)
    assert "\x1b" not in written.getvalue()
    assert "Ltd is connected." in written.getvalue()


@pytest.mark.parametrize(
    ("scopes", "warned"),
    [
        ("accounting.transactions.read", True),
        ("accounting.reports.read", True),
        ("accounting.reports.aged.read accounting.contacts", False),
    ],
)
def test_broad_scopes_are_warned_about_with_their_end(
    settings: Settings, now: datetime, scopes: str, *, warned: bool
):
    found = checks(settings, sign_in(now, scopes=scopes), organisation(now))
    said = [check for check in found if check.state is State.WARN]
    assert bool(said) is warned
    assert all("13 September 2027" in check.says for check in said)


def test_only_what_works_counts_as_connected(now: datetime):
    row, ended = sign_in(now), sign_in(now, id="s2", over_at=now)
    rows = [
        organisation(now, organisation_id="a", name="A"),
        organisation(now, organisation_id="b", name="B", cut_off_at=now),
        organisation(now, organisation_id="c", name="C", sign_in_id="s2"),
    ]
    found = SignedIn(rows={row.id: row, ended.id: ended}, organisations=rows)
    assert [one.name for one in found.live(now)] == ["A"]
    states = [state_of(found.rows[one.sign_in_id], one, now) for one in rows]
    assert states == [LIVE, CUT_OFF, OVER]
