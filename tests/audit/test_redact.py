import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xero_mcp.audit.canonical import TOO_DEEP, Json, canonical, plain
from xero_mcp.audit.redact import (
    LEFT_OUT,
    MASKED_BANK,
    MASKED_SECRET,
    MAX_TOTAL,
    masked_throughout,
    redacted,
    without_secrets,
)

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl-x_y"
LONG_WORD = "wJ0Zk3vQ9-Xy7LmN2pR5tB8cD1fG4hK6jS_aUeWiOqE"


@pytest.mark.parametrize(
    "name",
    [
        "password", "client_secret", "clientSecret", "access_token", "refreshToken", "apiKey",
        "api-key", "Authorization", "cookie", "passphrase", "code_verifier", "webhook_key",
    ],
)  # fmt: skip
def test_a_secret_is_known_by_the_name_of_its_field(name: str):
    assert redacted({name: "hunter2"}) == {name: MASKED_SECRET}
    assert redacted({"a": [{name: {"deep": ["hunter2", 5]}}]}) == {
        "a": [{name: {"deep": [MASKED_SECRET, MASKED_SECRET]}}]
    }


@pytest.mark.parametrize(
    "name",
    ["bank_account", "BankAccountDetails", "bank_account_number", "account_number", "iban",
     "sortCode", "bsb", "routing_number", "card_number"],
)  # fmt: skip
def test_a_bank_number_is_known_by_the_name_of_its_field(name: str):
    assert redacted({name: "12345678"}) == {name: MASKED_BANK}


@pytest.mark.parametrize(
    "name",
    ["account_code", "account_id", "bank_account_id", "idempotency_key", "tax_number", "number",
     "contact_id", "bank_account_code"],
)  # fmt: skip
def test_other_names_are_left_alone(name: str):
    assert redacted({name: "12345678"}) == {name: "12345678"}


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        f"Bearer {LONG_WORD}",
        "bearer abcdef1234567",
        LONG_WORD,
        "4f2a9c8e7d6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f",
        "sk-abcdefghijklmnop1234",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n",
    ],
)
def test_a_secret_is_known_by_its_look_wherever_it_hides(secret: str):
    shown = canonical(redacted({"description": f"see {secret} ok", secret: 1, "l": [secret]}))
    assert MASKED_SECRET in shown
    for part in secret.split():
        assert part not in shown or len(part) < 8


@pytest.mark.parametrize(
    "number",
    ["GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819", "gb29nwbk60161331926819",
     "DE89 3704 0044 0532 0130 00", "NO93 8601 1117 947", "12-3456-7890123-00", "12-34-56 12345678",
     "062-000 12345678", "4111 1111 1111 1111", "4111111111111111"],
)  # fmt: skip
def test_a_bank_number_is_known_by_its_look_wherever_it_hides(number: str):
    assert redacted(f"pay {number} now") == f"pay {MASKED_BANK} now" or number not in str(
        redacted(f"pay {number} now")
    )
    assert MASKED_BANK in without_secrets(f"pay {number} now")


def test_a_bank_number_given_as_a_number_is_masked_too():
    assert redacted({"reference": 4111111111111111}) == {"reference": MASKED_BANK}


@pytest.mark.parametrize(
    "text",
    ["6d42f03b-181f-43e3-93fb-2025c012de92", "INV-0088", "2026-03-02", "499.99", "PO 2026-00012",
     "monthly-retainer-for-the-month-of-march-2026-and-april", "Bolt Ltd, 12 High Street"],
)  # fmt: skip
def test_what_is_neither_stays_as_it_is(text: str):
    assert redacted({"reference": text}) == {"reference": text}


def test_a_record_stays_small_whatever_an_agent_sends():
    flood: Json = {
        "lines": [{"description": "y" * 10_000} for _ in range(5_000)],
        **{f"key {number}": "z" * 100 for number in range(5_000)},
    }
    shown = canonical(redacted(flood))
    assert len(shown) < 2 * MAX_TOTAL
    assert LEFT_OUT in shown


def test_arguments_of_any_depth_are_taken():
    deep: object = "end"
    for _ in range(500):
        deep = [deep]
    assert TOO_DEEP in canonical(redacted(plain(deep)))


def test_numbers_that_json_readers_disagree_about_are_kept_as_text():
    assert plain({"a": Decimal("1.10"), "b": 2**60, "c": 5, "d": True, "e": None}) == {
        "a": "1.10", "b": "1152921504606846976", "c": 5, "d": True, "e": None,
    }  # fmt: skip


def test_half_a_surrogate_pair_does_no_harm():
    assert plain({"\ud800": "a\udfff"}) == {"?": "a?"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_anything_that_json_can_say_can_be_recorded(value: object):
    written = canonical(redacted(plain(value)))
    assert canonical(json.loads(written)) == written


@pytest.mark.parametrize(
    "secret",
    [
        "eyJabcdefgh.abcdefghij", "Bearer abcdefghijkl", "bASIC abcdefghijkl",
        "sk-abcdefghijklmnop", "pk_abcdefghijklmnop", "ghp_abcdefghijklmnop",
        "gho-abcdefghijklmnop", "xoxb-abcdefghijklmnop", "-----BEGIN RSA KEY-----abc",
    ],
)  # fmt: skip
def test_a_secret_without_a_digit_is_known_by_its_look(secret: str):
    assert without_secrets(f"see {secret}") == f"see {MASKED_SECRET}"


PIECES = [
    "eyJ",
    JWT,
    "Bearer ",
    "bearer\u00a0",
    "BASIC ",
    "ba\u017fic ",
    "sk-",
    "sk_",
    "pk_",
    "ghp_",
    "gho-",
    "xoxb-",
    "-----BEGIN ",
    "RSA KEY-----",
    "abcdefghijklmnopqrstuvwxyzabcdef",
    "Z" * 40,
    LONG_WORD,
    "GB82 WEST 1234 5698 7654 32",
    "DE89370400440532013000",
    "12-3456-7890123-00",
    "12-34-56 12345678",
    "123-456 12345",
    "123-45612345",
    "4111 1111 1111 1111",
    "4111",
    "6d42f03b-181f-43e3-93fb-2025c012de92",
    "0123456789abcdef",
    "-",
    "_",
    " ",
    ".",
    "1",
    "\u0661",
    "\u00e9",
    "allowed by",
    "create a draft bill",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join))
@example("123-456 12345")
@example("ba\u017fic abcdefghijkl")
@example("6d42f03b-181f-43e3-93fb-2025c012de92")
def test_the_quick_look_lets_nothing_pass_that_the_whole_look_masks(text: str):
    assert without_secrets(text) == masked_throughout(text)
