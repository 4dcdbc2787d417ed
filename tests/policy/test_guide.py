"""What docs/policy.md shows to a bookkeeper is read by the server as it stands there."""

import re
from pathlib import Path

import pytest

from xero_mcp.policy.load import load_policy
from xero_mcp.policy.selftest import checked
from xero_mcp.tools.index import load_cards

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
WRITTEN = GUIDE.partition("<!-- generated: policy -->")[0]
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", WRITTEN, re.DOTALL | re.MULTILINE)
HEAD = {
    "agent": "guide",
    "owner": "finance@example.com",
    "organisations": "[Acme Ltd]",
    "access": "{ bills: draft, contacts: draft, payments: post }",
}
RULE = (
    "rules:\n  - name: as above\n    for: [create-invoice]\n    ask_when: { new_contact: true }\n"
)
OWN_EXAMPLES = [block for block in BLOCKS if "examples:" in block and "limits:" in block]


def whole(block: str) -> bytes:
    """The block as a policy: with what every file has, and inside of a rule where it is of one."""
    before = RULE if block.startswith("    ") else "rules:\n" if block.startswith("  - ") else ""
    text = before + block
    missing = [f"{key}: {value}\n" for key, value in HEAD.items() if f"{key}:" not in text]
    return "".join((*missing, text)).encode()


@pytest.mark.parametrize("block", BLOCKS)
def test_every_piece_of_a_policy_in_the_guide_is_one(block: str):
    loaded = load_policy(whole(block), file="guide.yaml", cards=load_cards().values())
    assert loaded.policy is not None, "\n".join(map(str, loaded.problems))


def test_the_guide_shows_pieces_and_examples_of_hours():
    assert len(BLOCKS) > 8
    assert len(OWN_EXAMPLES) == 1
    assert "hours:" in OWN_EXAMPLES[0]


@pytest.mark.parametrize("block", OWN_EXAMPLES)
def test_what_the_guide_says_of_its_own_limits_is_so(block: str):
    loaded = checked(whole(block), file="guide.yaml", cards=load_cards().values())
    assert loaded.policy is not None, "\n".join(map(str, loaded.problems))
    assert len(loaded.policy.examples) == 5
