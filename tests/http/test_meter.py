"""What Prometheus reads: calls by how they ended, how long they took, answers by route."""

import re
from collections.abc import Iterator

import pytest

from tests.http.on_a_port import JSON_HEADERS, Served, answer_of, request, status_of
from xero_mcp.transport.http.meter import Meter


def metered(*seconds: float) -> Meter:
    """A meter after calls that took so long."""

    def clock() -> Iterator[float]:
        now = 0.0
        for length in seconds:
            yield now
            yield (now := now + length)

    meter = Meter(tools=["list-accounts"], monotonic=clock().__next__)
    for _ in seconds:
        with meter.call("list-accounts") as outcome:
            outcome.append("ok")
    return meter


def figures(text: str, name: str) -> dict[str, float]:
    """By their labels, as they stand in the text."""
    found = re.findall(rf"(?m)^{name}(?:{{(.*)}})? (\S+)$", text)
    return {labels: float(number) for labels, number in found}


def test_a_call_is_in_every_bucket_that_it_fits_in():
    text = metered(0.0, 0.005, 0.00501, 30.0, 30.5).text()
    buckets = figures(text, "xero_mcp_call_seconds_bucket")
    assert list(buckets) == [
        f'le="{bound}"'
        for bound in (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, "+Inf")
    ]
    assert list(buckets.values()) == [2, *[3] * 10, 4, 5]
    assert figures(text, "xero_mcp_call_seconds_count") == {"": 5}


def test_a_call_is_counted_by_its_tool_and_its_end():
    meter = Meter(tools=["list-accounts"], monotonic=lambda: 0.0)
    with meter.call("list-accounts") as outcome:
        assert meter.under_way == 1
        outcome.append("ok")
    with meter.call("made-up") as outcome:
        outcome.append("NOT_ALLOWED")
    with pytest.raises(ZeroDivisionError), meter.call("list-accounts"):
        raise ZeroDivisionError
    assert figures(meter.text(), "xero_mcp_calls_total") == {
        'tool="list-accounts",outcome="ok"': 1,
        'tool="list-accounts",outcome="broken"': 1,
        'tool="other",outcome="NOT_ALLOWED"': 1,
    }
    assert meter.under_way == 0


async def test_every_answer_is_counted_under_its_route(served: Served):
    key = f"Bearer {await served.key()}"
    lines = {**JSON_HEADERS, "authorization": key, "content-length": "100"}
    async with served.socket() as stream:
        await stream.send(request("/mcp", method="POST", headers=lines) + b"{")
        assert status_of(await answer_of(stream)) == 408
    async with served.http("wrong") as http:
        await http.post("/mcp", json={}, headers=JSON_HEADERS)
        await http.post("/messages/", json={}, headers=JSON_HEADERS)
        await http.get("/made/up")
    found = figures(served.front.meter.text(), "xero_mcp_http_requests_total")
    del found['route="/healthz",status="200"']  # the fixture waited for it
    assert found == {
        'route="/mcp",status="401"': 1,
        'route="/mcp",status="408"': 1,
        'route="/messages",status="401"': 1,
        'route="other",status="404"': 1,
    }
