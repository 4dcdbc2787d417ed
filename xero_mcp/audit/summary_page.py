"""The summary as one page of HTML that can be mailed: no script, nothing loaded from elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from html import escape

from xero_mcp.audit.summary import Summary
from xero_mcp.money import to_text

BAR_WIDTH = 320
BAR_HEIGHT = 18
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;color:#1b1b1f}"
    "table{border-collapse:collapse;margin:1rem 0}th,td{padding:.3rem .8rem;text-align:right}"
    "th:first-child,td:first-child{text-align:left}thead{border-bottom:2px solid #888}"
    "tbody tr{border-bottom:1px solid #ddd}svg text{font:12px system-ui,sans-serif}"
)
COLOURS = {"let through": "#2f6fb2", "refused": "#b3372f", "asked": "#c78a12"}

Bar = tuple[str, Decimal, str]
"""A label, how long it is, and what is written beside it."""


def page_of(summary: Summary) -> str:
    """The whole page."""
    title = f"What agents did, {span_of(summary)}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _table(summary),
        *_charts(summary),
        "<h2>To look at</h2>",
        _list(summary.to_look_at),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body>{''.join(parts)}</body></html>"
    )


def span_of(summary: Summary) -> str:
    """The first and the last day."""
    last = summary.until - timedelta(days=1)
    days = f"{summary.since:%Y-%m-%d}", f"{last:%Y-%m-%d}"
    return days[0] if days[0] == days[1] else " to ".join(days)


def _table(summary: Summary) -> str:
    heads = ("agent", "let through", "done", "failed", "unknown", "refused", "asked", "money")
    head = "".join(f"<th>{name}</th>" for name in heads)
    rows: list[str] = []
    for agent, tally in summary.agents().items():
        cells = (
            agent, tally.calls, tally.done, tally.failed, tally.unknown, tally.refused,
            tally.asked, tally.money_text(),
        )  # fmt: skip
        rows.append("".join(f"<td>{escape(str(cell))}</td>" for cell in cells))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _charts(summary: Summary) -> Iterable[str]:
    counts = {
        "let through": {agent: tally.calls for agent, tally in summary.agents().items()},
        "refused": {agent: tally.refused for agent, tally in summary.agents().items()},
        "asked": {agent: tally.asked for agent, tally in summary.agents().items()},
    }
    for name, by_agent in counts.items():
        bars = [(agent, Decimal(count), str(count)) for agent, count in by_agent.items() if count]
        if bars:
            yield f"<h2>Calls {name}, by agent</h2>{_bars(bars, colour=COLOURS[name])}"
    for currency in sorted({code for one in summary.by_day.values() for code in one.money}):
        bars = _money_by_day(summary, currency)
        yield f"<h2>Money by agent and day, {escape(currency)}</h2>{_bars(bars, colour='#3a8a4d')}"


def _money_by_day(summary: Summary, currency: str) -> list[Bar]:
    return [
        (f"{day} {agent}", tally.money[currency], to_text(tally.money[currency]))
        for (day, agent), tally in sorted(summary.by_day.items())
        if currency in tally.money
    ]


def _bars(bars: Sequence[Bar], *, colour: str) -> str:
    most = max((abs(size) for _, size, _ in bars), default=Decimal(0)) or Decimal(1)
    shown: list[str] = []
    for place, (label, size, beside) in enumerate(bars):
        y = place * (BAR_HEIGHT + 6)
        width = max(1, round(abs(size) / most * BAR_WIDTH))
        shown.append(
            f'<text x="0" y="{y + 13}">{escape(label)}</text>'
            f'<rect x="200" y="{y}" width="{width}" height="{BAR_HEIGHT}" fill="{colour}"/>'
            f'<text x="{206 + width}" y="{y + 13}">{escape(beside)}</text>'
        )
    height = len(bars) * (BAR_HEIGHT + 6)
    return f'<svg width="680" height="{height}" role="img">{"".join(shown)}</svg>'


def _list(sentences: Sequence[str]) -> str:
    if not sentences:
        return "<p>Nothing.</p>"
    return "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in sentences) + "</ul>"
