"""One vocabulary: the loader, the schema, the docs and the model say the same words."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS, policy_of, problems_of
from xero_mcp.policy.condition_words import CONDITION
from xero_mcp.policy.load_conditions import CONDITIONS
from xero_mcp.policy.model import Never
from xero_mcp.policy.reference import reference
from xero_mcp.policy.schema import policy_schema, schema_text
from xero_mcp.policy.scopes import REPORT_SCOPES, SCOPES
from xero_mcp.policy.vocabulary import ACCESS, LEVELS, LIMITS, NEVERS
from xero_mcp.policy.word import enforced
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "policies").glob("*.yaml"))
REGENERATE = "run `python docs/generate.py`"


def test_every_area_and_level_has_its_word():
    assert set(ACCESS) == {area.value for area in Area}
    assert set(LEVELS) == set(Access)


def test_every_enforced_condition_has_a_reader_and_every_never_its_sentence():
    assert set(CONDITIONS) == {word.name for word in enforced(CONDITION)}
    assert set(NEVERS) == {never.value for never in Never}


def test_every_scope_of_a_report_is_a_scope():
    assert set(REPORT_SCOPES.values()) <= set(SCOPES)


@pytest.mark.parametrize("limit", [word for word in enforced(LIMITS) if word.example])
def test_the_example_of_a_limit_is_read(limit: object):
    name, example = getattr(limit, "name", ""), getattr(limit, "example", "")
    assert policy_of(f"{BILLS}limits: {{ {name}: {example} }}\n").limits is not None


def test_every_tool_that_ships_can_be_named_and_its_reports_and_scopes_are_known():
    for card in load_cards().values():
        assert set(card.scopes) <= set(SCOPES), card.name
        if card.report_by is not None:
            assert set(card.report_by.values.values()) <= set(REPORT_SCOPES), card.name


def test_the_schema_file_is_up_to_date():
    written = (ROOT / "policies" / "policy.schema.json").read_text(encoding="utf-8")
    assert written == schema_text(load_cards().values()), REGENERATE


def test_the_reference_is_up_to_date():
    written = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    _, _, rest = written.partition("<!-- generated: policy -->\n")
    part, end, _ = rest.partition("\n<!-- end of generated -->")
    assert end
    assert part == reference(load_cards().values()), REGENERATE


def parsed(text: str) -> Mapping[str, Any]:
    yaml: Any = YAML(typ="safe", pure=True)
    # Dates as text, which is how JSON Schema knows them.
    return cast("Mapping[str, Any]", json.loads(json.dumps(yaml.load(text), default=str)))


def fits_schema(text: str, cards: Iterable[ToolCard] = CARDS) -> bool:
    schema = policy_schema(cards)
    Draft202012Validator.check_schema(schema)
    validator: Any = Draft202012Validator(schema)
    return validator.is_valid(parsed(text))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_the_schema_takes_the_shipped_policies(file: Path):
    assert fits_schema(file.read_text(encoding="utf-8"), load_cards().values())


@pytest.mark.parametrize(
    "more",
    [
        "acces: {}\n",
        "mode: watched\n",
        "hide: [contact.name]\n",
        "never: [change-bank-detail]\n",
        "rules: [{ name: a }]\n",
        "rules: [{ name: a, ask_when: {} }]\n",
        "rules: [{ name: a, ask_when: { total_over: 500 } }]\n",
        "tools: { only: [get-invoice], except: [get-invoice] }\n",
        "limits: { xero_calls_per_week: 5 }\n",
        "scopes: [accounting.transactions]\n",
        "examples: [{ call: create-invoice }]\n",
    ],
)
def test_what_the_schema_refuses_the_loader_refuses_too(more: str):
    assert not fits_schema(BILLS + more)
    assert problems_of(BILLS + more)
