"""A call over several organisations: each must be the agent's own, and is written down."""

from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of, world

GLOBAL, NZ, UK = "Demo Company (Global)", "Demo Company (NZ)", "Demo Company (UK)"
POLICY = """\
agent: clerk
purpose: Reads reports.
owner: finance@example.com
organisations: [{own}]
access: {{ reports: [trial-balance] }}
"""
RATES = [{"currency": "NZD", "rate": "0.6"}, {"currency": "GBP", "rate": "1.27"}]


def asked(*names: str, **more: object) -> dict[str, Any]:
    return {"report": "trial-balance", "organisations": list(names), "rates": RATES, **more}


async def over(folder: Path, own: str, arguments: dict[str, Any]) -> tuple[str, World]:
    async with world(folder, policy=POLICY.format(own=own)) as house:
        return code_of(await house.call("consolidate-reports", arguments)), house


async def test_all_of_them_are_read_and_all_requests_are_recorded(tmp_path: Path):
    async with world(tmp_path, policy=POLICY.format(own=f"{GLOBAL}, {NZ}, {UK}")) as house:
        answer = await house.good("consolidate-reports", asked(UK, GLOBAL, NZ, currency="USD"))
        assert [row[0] for row in answer["rates"]] == [UK, GLOBAL, NZ]
        outcome = (await house.records(kind="outcome"))[-1]
        paths = [one["path"] for one in outcome["xero_requests"]]
        assert paths.count("/Reports/TrialBalance") == 3
        assert outcome["organisation"]["name"] == UK
        assert f"{UK}, {GLOBAL}" in outcome["says"]


@pytest.mark.parametrize(
    ("own", "names"),
    [
        (f"{GLOBAL}, {NZ}", (GLOBAL, UK)),
        (f"{GLOBAL}, {NZ}", (UK, GLOBAL)),
        (f"{GLOBAL}, {NZ}", (GLOBAL, NZ, UK)),
        (f"{GLOBAL}, {NZ}", (GLOBAL, "Nobody Ltd")),
    ],
)
async def test_one_that_is_not_the_agents_own_stops_them_all(
    tmp_path: Path, own: str, names: tuple[str, ...]
):
    code, house = await over(tmp_path, own, asked(*names))
    assert code == "ORGANISATION_UNKNOWN"
    assert house.processed("GET /Reports/TrialBalance") == 0


async def test_an_agent_of_one_organisation_is_refused_before_any_is_looked_at(tmp_path: Path):
    code, house = await over(tmp_path, GLOBAL, asked(GLOBAL, UK))
    assert code == "NOT_ALLOWED"
    assert house.processed("GET /Reports/TrialBalance") == 0


async def test_one_by_its_name_and_again_by_its_id_is_told(tmp_path: Path):
    async with world(tmp_path, policy=POLICY.format(own=f"{GLOBAL}, {NZ}")) as house:
        listed = await house.good("list-organisations")
        known = {name: own_id for own_id, name in listed["rows"]}
        answer = await house.call("consolidate-reports", asked(GLOBAL, known[GLOBAL]))
        assert code_of(answer) == "INVALID_ARGUMENTS"
        assert "twice" in str(answer.content)


async def test_the_report_must_be_among_those_of_the_policy(tmp_path: Path):
    own = f"{GLOBAL}, {NZ}"
    code, _ = await over(tmp_path, own, asked(GLOBAL, NZ, report="balance-sheet"))
    assert code == "NOT_ALLOWED"


async def test_what_is_used_up_in_one_of_several_organisations_stops_them_all(tmp_path: Path):
    own = POLICY.format(own=f"{GLOBAL}, {NZ}")
    async with world(tmp_path, policy=f"{own}limits: {{ rows_read_per_day: 500 }}\n") as house:
        together = await house.good("consolidate-reports", asked(GLOBAL, NZ))
        alone = {"report": "trial-balance", "organisation": NZ}
        by_itself = await house.good("run-report", alone)
        # The rows of the first call count in each organisation.
        most = len(together["rows"]) + len(by_itself["rows"])
        house.write_policy(f"{own}limits: {{ rows_read_per_day: {most} }}\n")
        before = house.processed("GET /Reports/TrialBalance")
        for tool, arguments in (
            ("run-report", alone),
            ("consolidate-reports", asked(GLOBAL, NZ)),
        ):
            refused = await house.call(tool, arguments)
            assert f"all {most} are used up" in str(refused.content), refused.content
        assert house.processed("GET /Reports/TrialBalance") == before
        elsewhere = await house.call("run-report", {**alone, "organisation": GLOBAL})
        assert f"{len(by_itself['rows'])} are left" in str(elsewhere.content)


async def test_each_organisation_is_put_to_the_policy(tmp_path: Path):
    async with world(tmp_path, policy=POLICY.format(own=f"{GLOBAL}, {NZ}")) as house:
        await house.good("consolidate-reports", asked(GLOBAL, NZ))
        house.write_policy(POLICY.format(own=f"{GLOBAL}, {UK}"))
        answer = await house.call("consolidate-reports", asked(GLOBAL, NZ))
        assert code_of(answer) == "ORGANISATION_UNKNOWN"
