"""What YAML can do to a reader, and what this reader lets it do."""

import pytest

from tests.policy.scenes import BILLS, HEAD, load, policy_of, problems_of
from xero_mcp.policy.document import MAX_BYTES, MAX_DEPTH


@pytest.mark.parametrize(
    ("trap", "told"),
    [
        ("purpose: a\npurpose: b\n", "5:1: `purpose` is written twice: first on line 4"),
        ("purpose: &name text\n", "an anchor"),
        ("purpose: *name\n", "an alias"),
        ("<<: { purpose: a }\n", "a merge key"),
        ("purpose: !!str text\n", "a tag"),
        ("purpose: !secret text\n", "a tag"),
        ("---\nagent: other\n", "a second document"),
        ("access:\n\tbills: draft\n", "5:1: a tab"),
        ("purpose:\ttext\n", "4:9: a tab"),
        ("? [a, b]\n: c\n", "a list or mapping as a key"),
        ("purpose: a: b\n", "put a text with a colon into quotes"),
        ("access: [a, b\nowner: c\n", "is not closed with `]`"),
        ("access: {a: b\nowner: c\n", "is not closed with `}`"),
        ('purpose: "never closed\n', "a quoted text is not closed"),
        ("access:\n  bills: draft\n contacts: read\n", "indented differently"),
        ("purpose: @home\n", "put it into quotes"),
        ("purpose\n", "a key without its `:`"),
        ("purpose: \x07\n", "a character that no text file has"),
        ('purpose: "\\U99999999"\n', "not YAML"),
        ('purpose: "\\xZZ"\n', "not YAML"),
        (f"purpose: {'x' * 2_001}\n", "more than 2,000 characters"),
    ],
)
def test_a_trap_is_refused_with_file_line_and_column(trap: str, told: str):
    found = problems_of(HEAD + "\n" + trap)
    assert any(told in line for line in found), found
    assert all(line.startswith("ap-clerk.yaml:") for line in found)


@pytest.mark.parametrize("directive", ["%YAML 1.1", "%TAG ! tag:example.com,2000:"])
def test_directives_are_refused(directive: str):
    assert "plain YAML 1.2" in problems_of(f"{directive}\n---\n{BILLS}")[0]


def test_the_yaml_1_2_directive_and_a_leading_marker_say_nothing_new():
    assert load(f"%YAML 1.2\n---\n{BILLS}").policy is not None


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "---\n...\n"])
def test_an_empty_file_is_told_how_a_policy_starts(text: str):
    assert "starts with `agent: its-name`" in problems_of(text)[0]


@pytest.mark.parametrize("text", ["just text", "- a\n- list\n", "[]"])
def test_a_file_that_is_no_mapping_is_no_policy(text: str):
    assert "this is not a policy" in problems_of(text)[0]


@pytest.mark.parametrize("value", ["NO", "off", "8:30", "0777", "1e3", "null", "~", "2026-01-01"])
def test_a_scalar_is_the_text_that_it_shows(value: str):
    assert policy_of(BILLS + f"purpose: {value}\n").purpose == value


def test_values_that_other_readers_would_change_are_read_as_they_stand():
    text = """agent: on
organisations: [NO, "8:30", 0777, 1e3, 0x1F, 1_000, .inf, Yes]
owner: owner@example.com
access: { bills: off, contacts: read }
rules:
  - name: 1e3
    for: [create-invoice]
    ask_when: { account_code_in: [0777, 0o17, 1e3], currency: [NOK], item: [NO, 8:30, ~, true] }
"""
    policy = policy_of(text)
    assert policy.agent == "on"
    assert policy.organisations == ("NO", "8:30", "0777", "1e3", "0x1F", "1_000", ".inf", "Yes")
    (rule,) = policy.rules
    assert rule.name == "1e3"
    assert "0777, 0o17 or 1e3" in rule.clauses[0].text
    assert "NO, 8:30, ~ or true" in rule.clauses[0].text


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("writes_per_hour: 1e3", "5:28"),
        ("writes_per_hour: 0777", "5:28"),
        ("writes_per_hour: 0o17", "5:28"),
        ("writes_per_hour: 4.0", "5:28"),
        ("writes_per_hour: NO", "5:28"),
        ("money_per_day: 2000", "5:26"),
        ("money_per_day: 1e3 USD", "5:26"),
        ("money_per_day: 2,000.00 USD", "5:"),
        ('hours: "8:30"', "5:18"),
    ],
)
def test_a_number_that_could_mean_two_things_is_refused_with_its_place(limit: str, told: str):
    found = problems_of(f"{BILLS}limits: {{ {limit} }}\n")
    assert all(line.startswith(f"ap-clerk.yaml:{told}") for line in found), found


def test_a_billion_laughs_end_at_the_first():
    laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))
    (found,) = problems_of(f"{BILLS}l0: &l0 [lol]\n{laughs}")
    assert found.startswith("ap-clerk.yaml:5:5: an anchor")


@pytest.mark.parametrize("at", [0, len(BILLS) // 2, len(BILLS)])
def test_a_nul_is_refused_where_it_stands(at: int):
    (found,) = problems_of(f"{BILLS[:at]}\0{BILLS[at:]}".encode())
    line = BILLS[:at].count("\n") + 1
    assert found.startswith(f"ap-clerk.yaml:{line}:")
    assert "a character that no text file has" in found


def test_bytes_that_are_not_utf_8_are_named_with_their_place():
    assert problems_of(b"agent: ok\npurpose: caf\xe9\n") == [
        "ap-clerk.yaml:2:13: the file is not UTF-8 text: save it as UTF-8"
    ]


def test_utf_16_is_named():
    assert "UTF-16" in problems_of(BILLS.encode("utf-16"))[0]


def test_a_byte_order_mark_before_utf_8_does_no_harm():
    assert load(BILLS.encode("utf-8-sig")).policy is not None


def test_windows_line_ends_do_no_harm_and_lines_still_count():
    text = BILLS.replace("\n", "\r\n")
    assert policy_of(text).access == policy_of(BILLS).access
    assert problems_of(text + "acces: {}\r\n")[0].startswith("ap-clerk.yaml:5:1: `acces` is not")


def test_a_file_above_the_bound_is_refused():
    assert "at most 1,000,000" in problems_of(b"#" * (MAX_BYTES + 1))[0]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[\n", "{a:\n "])
def test_a_megabyte_of_nesting_is_refused_at_once(opening: str):
    data = (opening * MAX_BYTES)[:MAX_BYTES]
    found = problems_of(data.encode())
    assert len(found) == 1
    assert f"more than {MAX_DEPTH} deep" in found[0] or "more than 2,000 characters" in found[0]


def test_a_megabyte_of_values_is_not_read_to_its_end():
    text = "".join(f"k{number}: 1\n" for number in range(90_000))
    assert any("more than 5,000 values" in line for line in problems_of(text))


def test_a_letter_that_only_looks_like_another_is_laid_bare():
    found = problems_of(BILLS + "l\u0456mits: { writes_per_hour: 1 }\n")
    assert found == [
        "ap-clerk.yaml:5:1: `l\\u0456mits` is not a key of a policy: did you mean `limits`?"
    ]


def test_text_that_cannot_be_seen_is_refused():
    assert "cannot be seen" in problems_of(BILLS + 'purpose: "a\\u202eb"\n')[0]
