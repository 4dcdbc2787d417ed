"""What somebody should look at, found by what people know of it, and signed for."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import XeroMcp
from tests.cli.test_records import Office

JANE = ("--as", "jane@example.com")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("review") / "home")


def listed(run: XeroMcp, *options: str) -> list[dict[str, Any]]:
    ended = run("audit", "list", "--json", *options)
    assert ended.code == 0, ended.err
    return ended.json()


def test_records_are_found_by_what_people_know_of_them(office: Office) -> None:
    drafted = listed(office.run, "--min-amount", "480.00", "--max-amount", "480")
    assert {record["tool"] for record in drafted} == {"create-invoice"}
    assert len(drafted) >= 1
    contact = drafted[0]["contact_id"]
    assert {record["contact_id"] for record in listed(office.run, "--contact", contact)} == {
        contact
    }
    assert {record["tool"] for record in listed(office.run, "--area", "payments")} == {
        "create-payment"
    }
    everything = listed(office.run)
    name = next(
        str(record["organisation"]["name"]) for record in everything if "organisation" in record
    )
    there = listed(office.run, "--organisation", name)
    assert 0 < len(there) < len(everything)
    assert listed(office.run, "--organisation", "Another Ltd") == []
    assert listed(office.run, "--until", "2020-01-01") == []
    assert len(listed(office.run, "--since", "2020-01-01T08:00Z")) == len(everything)


@pytest.mark.parametrize(
    "options", [("--since", "yesterday"), ("--until", "2026-13-01"), ("--min-amount", "1e3")]
)
def test_what_cannot_be_understood_is_said(office: Office, options: tuple[str, str]) -> None:
    ended = office.run("audit", "list", *options)
    assert ended.code == 2
    assert ended.is_one_clear_line


def test_what_needs_a_look_is_listed_until_somebody_signs(office: Office) -> None:
    waiting = listed(office.run, "--needs-a-look")
    refused = next(record for record in waiting if record["look"] == ["refused"])
    assert {word for record in waiting for word in record["look"]} >= {"refused", "asked"}
    shown = office.run("audit", "review")
    assert shown.code == 0
    assert "(refused) ap-clerk was refused" in shown.out
    signed = office.run("audit", "review", refused["id"], *JANE, "--note", "Right so.")
    assert signed.code == 0, signed.err
    assert signed.out.startswith("jane@example.com (not signed in; system user ")
    assert f"reviewed {refused['id']}: Right so." in signed.out
    assert refused["id"] not in office.run("audit", "review", "--json").out.replace(
        f'"intent_id": "{refused["id"]}"', ""
    )
    assert "Right so." in office.run("audit", "show", refused["id"]).out
    assert office.run("audit", "verify").code == 0


def test_to_sign_takes_a_person_a_note_and_a_record(office: Office) -> None:
    for options in ((), JANE, ("--note", "x")):
        ended = office.run("audit", "review", "1", *options)
        assert ended.code == 2
        assert ended.is_one_clear_line
    ended = office.run("audit", "review", "9999", *JANE, "--note", "x")
    assert ended.code == 1
    assert ended.is_one_clear_line


def test_records_are_followed_as_they_are_written(office: Office, tmp_path: Path) -> None:
    del tmp_path
    with office.run.start("audit", "follow", "--seconds", "12", "--json") as following:
        for _ in range(5):  # the first may be written before the other process looks
            office.run("audit", "review", "1", *JANE, "--note", "While somebody follows.")
        out, _ = following.communicate(timeout=30)
    assert following.returncode == 0
    told = [json.loads(line) for line in out.splitlines()]
    assert all(record["kind"] in {"review", "policy"} for record in told)
    assert [record for record in told if record["kind"] == "review"]


def test_a_summary_is_told_as_text_json_and_a_page(office: Office) -> None:
    told = office.run("audit", "summary")
    assert told.code == 0
    assert "ap-clerk" in told.out
    [row] = [
        row for row in office.run("audit", "summary", "--json").json()["by_day"]
        if row["agent"] == "ap-clerk"
    ]  # fmt: skip
    assert row["refused"] >= 1
    assert row["asked"] == 3
    assert row["money"]["USD"] == "480.00"
    page = office.run("audit", "summary", "--days", "7", "--html").out
    assert page.startswith("<!doctype html>")
    assert "<svg" in page
    assert office.run("audit", "summary", "--day", "2020-01-01").code == 0
