"""A policy file that changes under a running server: taken whole, or the last good one holds."""

import json
from pathlib import Path

import pytest

from tests.wire.house import House, Record
from tests.wire.raw_server import RawServer, raw_server
from tests.wire.waiting import until

ACCOUNTS = "organisations: [Demo Company (Global)]\naccess: { accounts: read, contacts: read }\n"
CONTACTS = "organisations: [Demo Company (Global)]\naccess: { contacts: read }\n"
GOOD, NARROW = f"agent: clerk\n{ACCOUNTS}", f"agent: clerk\n{CONTACTS}"


def may_list_accounts(server: RawServer) -> bool:
    found = server.call("list-accounts")
    if "error" in found:
        assert found["error"]["code"] == "NOT_ALLOWED", found
    return "error" not in found


def told(server: RawServer) -> int:
    """How often the client heard that its tools changed."""
    methods = [json.loads(line).get("method") for line in list(server.lines)]
    return methods.count("notifications/tools/list_changed")


def loads(house: House) -> list[Record]:
    return house.records(kind="policy")


@pytest.mark.slow
def test_a_change_is_taken_told_and_recorded_with_its_hash(house: House):
    house.write_policy(NARROW)
    with raw_server(house, "clerk") as server:
        server.ask("tools/list")
        assert not may_list_accounts(server)
        house.write_policy(GOOD)
        until(lambda: may_list_accounts(server))
        until(lambda: told(server) == 1)
        names = [one["name"] for one in server.ask("tools/list")["result"]["tools"]]
        assert "list-accounts" in names
        hashes = [record["policy_hash"] for record in loads(house)]
        assert len(hashes) == len(set(hashes)) == 2


def refused(house: House, server: RawServer) -> int:
    """How many files were refused by now; while that is found out, the last good one holds."""
    assert may_list_accounts(server)
    return sum(record["status"] == "failed" for record in loads(house))


def half(path: Path) -> None:
    path.write_text(GOOD[: len(GOOD) - 25], encoding="utf-8")


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def garbage(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00agent")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


@pytest.mark.slow
def test_what_cannot_be_read_leaves_the_last_good_one_and_is_recorded(house: House):
    file = house.write_policy(GOOD)
    with raw_server(house, "clerk") as server:
        server.ask("tools/list")
        for number, spoil in enumerate((half, emptied, garbage, folder, loop), start=1):
            assert may_list_accounts(server), spoil
            spoil(file)
            until(lambda number=number: refused(house, server) == number)
            if file.is_dir() and not file.is_symlink():
                file.rmdir()
            else:
                file.unlink()
            house.write_policy(GOOD)
        assert told(server) == 0


@pytest.mark.slow
def test_a_link_that_is_turned_to_another_file_and_a_file_that_is_gone(house: House):
    file = house.write_policy(GOOD)
    wide, narrow = house.home / "wide.txt", house.home / "narrow.txt"
    wide.write_text(GOOD, encoding="utf-8")
    narrow.write_text(NARROW, encoding="utf-8")
    file.unlink()
    file.symlink_to(wide)
    with raw_server(house, "clerk") as server:
        server.ask("tools/list")
        assert may_list_accounts(server)
        turned = file.with_suffix(".new")
        turned.symlink_to(narrow)
        turned.replace(file)
        until(lambda: not may_list_accounts(server))
        until(lambda: told(server) == 1)
        file.unlink()
        assert not may_list_accounts(server)
        until(lambda: told(server) == 2)
        assert server.ask("tools/list")["result"]["tools"] == []
        assert "the file is gone" in loads(house)[-1]["reason"]
