"""What each server makes of Xero's bad moments: what the agent hears, and what is in the books."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.sides import Side, begin_anew, result_of, says_error, text_of
from tests.wire.demo_process import DemoProcess
from tests.wire.raw_server import RawServer

ROUTE = {"method": "PUT", "path": "/Invoices"}
FAULTS: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    ("429, try again after a second", "rate_limited", {"retry_after_seconds": 1}),
    ("503, nothing done", "unavailable", {}),
    ("503, yet done", "unavailable", {"after_processing": True}),
    ("500, yet done", "server_error", {"after_processing": True}),
    ("connection dropped, nothing done", "drop_before", {}),
    ("connection dropped, yet done", "drop_after", {}),
    ("token expired", "token_expired", {}),
    ("answer cut short, yet done", "truncated_json", {}),
    ("answer after 5 seconds", "latency", {"seconds": 5}),
)
HEARD = 110
"""Letters of what is heard that go into the table."""


@dataclass(frozen=True, kw_only=True)
class Met:
    """How one fault went with one server."""

    heard: str
    made_first: int
    made_after_repeat: int

    def row(self) -> str:
        return f"{self.heard} | {self.made_first} | {self.made_after_repeat}"


def met(demo: DemoProcess, side: Side, server: RawServer, place: int) -> Met:
    """Make a bill while the fault strikes; then, as agents do, send the same call again."""
    _, kind, where = FAULTS[place]
    number = f"BESIDE-{place}-{'A' if side.name == 'xero-mcp' else 'B'}"
    call = side.new_bill(demo.some_contact(), number)
    demo.fault(kind, **ROUTE, **where)
    first = result_of(server, call)
    demo.clear_faults()
    made = len(demo.invoices(number))
    result_of(server, call)
    again = len(demo.invoices(number))
    flag = "error" if says_error(first) else "no error"
    said = " ".join(text_of(first).split())
    return Met(
        heard=f"*{flag}*: {said[:HEARD].replace('|', '/')}",
        made_first=made,
        made_after_repeat=again,
    )


def fault_table(demo: DemoProcess, sides: Callable[[], tuple[Side, Side]]) -> list[str]:
    """Both servers through all faults, for each of which both begin anew."""
    lines = [
        "| Xero's bad moment, while a bill is made | server | the agent hears | bills | repeated |",
        "|---|---|---|---|---|",
    ]
    for place, (name, _, _) in enumerate(FAULTS):
        for side in sides():
            begin_anew(demo)
            with side.running() as server:
                server.shake_hands()
                result_of(server, side.invoices(10)[0])
                lines.append(f"| {name} | {side.name} | {met(demo, side, server, place).row()} |")
    return lines
