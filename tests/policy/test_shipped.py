"""The policies that ship: each good as it is, each doing what its name promises."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from xero_mcp.policy.files import check_file
from xero_mcp.policy.model import Mode, Policy
from xero_mcp.policy.reach import visible
from xero_mcp.tools.index import load_cards

FOLDER = Path(__file__).resolve().parents[2] / "policies"
FILES = sorted(FOLDER.glob("*.yaml"))
FAR = datetime(2099, 1, 1, tzinfo=UTC)


def shipped(name: str) -> Policy:
    loaded = check_file(FOLDER / f"{name}.yaml", cards=load_cards().values())
    assert loaded.policy is not None, "\n".join(map(str, loaded.problems))
    return loaded.policy


def seen(name: str) -> set[str]:
    return {card.name for card in visible(shipped(name), load_cards().values(), at=FAR)}


def test_there_are_five():
    assert [file.stem for file in FILES] == [
        "ap-clerk",
        "auditor",
        "bookkeeper",
        "controller",
        "credit-controller",
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_is_good_has_examples_and_serves_the_demo_company(file: Path):
    policy = shipped(file.stem)
    assert policy.organisations == ("Demo Company (Global)",)
    assert policy.mode is Mode.ENFORCE
    assert policy.expires is None
    assert len(policy.examples) >= 8
    assert policy.owner.endswith("@example.com")
    assert len(policy.never) == 3


def test_the_auditor_sees_everything_and_changes_nothing():
    cards = load_cards()
    assert seen("auditor") == {card.name for card in cards.values() if not card.writes}


def test_the_clerk_has_no_payments_and_no_new_contacts():
    assert "create-invoice" in seen("ap-clerk")
    assert not {"create-payment", "create-contact"} & seen("ap-clerk")


def test_only_the_controller_pays():
    paying = [file.stem for file in FILES if "create-payment" in seen(file.stem)]
    assert paying == ["controller"]
