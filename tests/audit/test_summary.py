from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser

from tests.audit.entries import INTENT, OUTCOME, REFUSAL
from tests.audit.evidence import sealed
from tests.fakes import START
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.record import Record
from xero_mcp.audit.summary import Summary, summary_of
from xero_mcp.audit.summary_page import page_of
from xero_mcp.money import Money

SINCE = START.replace(hour=0, minute=0)
HOSTILE = '<script>alert("x")</script>'
ENTRIES: list[Entry] = [
    INTENT,
    replace(OUTCOME, access="draft"),
    replace(OUTCOME, access="draft", money=Money(Decimal("0.01"), "USD")),
    replace(OUTCOME, access="draft", money=Money(Decimal("7.00"), "EUR"), agent="payroll"),
    replace(OUTCOME, access="read"),
    replace(OUTCOME, status=Status.FAILED),
    replace(OUTCOME, kind=Kind.UNKNOWN, status=Status.UNKNOWN),
    REFUSAL,
    replace(REFUSAL, error_code="REPEATED"),
    replace(REFUSAL, decision="ask", status=Status.PENDING, reason=HOSTILE),
]


def made(*, days: int = 1) -> Summary:
    records = [Record.of(row) for row in sealed(ENTRIES)]
    return summary_of(records, since=SINCE, until=SINCE + timedelta(days=days))


def test_calls_endings_refusals_and_money_are_counted_by_agent_and_day():
    clerk = made().by_day[("2026-03-02", "ap-clerk")]
    assert (clerk.calls, clerk.done, clerk.failed, clerk.unknown) == (1, 3, 1, 1)
    assert (clerk.refused, clerk.asked) == (1, 1)
    assert clerk.money == {"USD": Decimal("500.00")}, "what was only read is no money moved"
    assert made().agents()["payroll"].money_text() == "7.00 EUR"
    assert len(made().to_look_at) == 3


def test_what_lies_outside_of_the_period_does_not_count():
    records = [Record.of(row) for row in sealed(ENTRIES)]
    later = SINCE + timedelta(days=1)
    assert summary_of(records, since=later, until=later + timedelta(days=1)).by_day == {}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links.extend(name for name, _ in attrs if name in {"src", "href"})


def test_the_page_is_self_contained_and_holds_nobody_s_script():
    tags = _Tags()
    tags.feed(page_of(made()))
    assert {"svg", "rect", "table"} <= set(tags.tags)
    assert "script" not in tags.tags
    assert tags.links == []
    assert "&lt;script&gt;" in page_of(made())


def test_an_empty_period_has_a_page_too():
    page = page_of(summary_of([], since=SINCE, until=SINCE + timedelta(days=1)))
    assert "Nothing." in page
