"""Files of watch rules: read strictly, and every problem told with its place."""

from pathlib import Path

import pytest

from xero_mcp.changes.condition_reading import parse_condition
from xero_mcp.changes.things import FIELD_WORDS, STATUS_WORDS, THING_WORDS
from xero_mcp.changes.watch_rule import Mail, Post, Print
from xero_mcp.changes.watch_rules import MAX_FILE_BYTES, load_rules, parse_post_url

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "watches.md"
GOOD = """\
# Who is told of what.
rules:
  - name: big-bills
    when: bill over 1000 GBP and not by us
    organisation: Demo Company (Global)
    then: print
  - name: bank-details
    when: [bank details changed, 'contact "Smith and Sons"']
    then: { mail: [Controller@example.com, cfo@example.com] }
  - name: paid
    when: invoice paid
    then:
      post: https://hooks.example.com/xero?a=1
      key_env: WATCH_KEY
  - name: in-house
    when: outside the log
    then:
      post: http://localhost:8080/
      key_file: watch.key
      allow_private: true
"""


def problems(text: str) -> list[str]:
    loaded = load_rules(text.encode(), file="w.yaml")
    assert loaded.rules == ()
    return [str(problem) for problem in loaded.problems]


def rule(text: str) -> str:
    return f"rules:\n  - name: one\n{text}"


def test_a_file_of_rules_means_what_it_says() -> None:
    loaded = load_rules(GOOD.encode(), file="w.yaml")
    assert loaded.problems == ()
    big, bank, paid, house = loaded.rules
    assert big.then == Print()
    assert big.organisation == "Demo Company (Global)"
    assert bank.then == Mail(addresses=("controller@example.com", "cfo@example.com"))
    assert [one.contact for one in bank.conditions] == [None, "Smith and Sons"]
    assert paid.then == Post(url="https://hooks.example.com/xero?a=1", key_env="WATCH_KEY")
    assert house.then == Post(
        url="http://localhost:8080/", key_file="watch.key", allow_private=True
    )
    assert [one.reads_the_log for one in loaded.rules] == [False, False, False, True]
    assert paid.says == (
        "paid: when an invoice becomes PAID, it posts it to https://hooks.example.com/xero?a=1"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "w.yaml:1:1: the file is empty: a file of watch rules starts with `rules:`"),
        ("- a", "w.yaml:1:1: this is not a file of watch rules: it starts with `rules:`"),
        ("rules: []", "w.yaml:1:8: `rules` is empty: leave it out"),
        ("rule: x", "`rule` is not a key of a file of watch rules: did you mean `rules`?"),
        (rule("    when: bill\n    then: prnt"), "w.yaml:4:11: `prnt` is not what `then` can be"),
        (rule("    when: invoce paid\n    then: print"), "did you mean `invoice paid`?"),
        (rule("    then: print"), "a rule has no `when`"),
        (rule("    when: bill"), "a rule has no `then`, such as `then: print`"),
        (rule("    when: bill\n    then: print\n    colour: red"), "w.yaml:5:5: `colour` is not"),
        (rule("    when: bill\n    when: contact\n    then: print"), "is written twice"),
        (rule("    when: []\n    then: print"), "`when` is empty"),
        (rule("    when: [bill, outside the log]\n    then: print"), "`outside the log` stands"),
        (rule("    when: bill\n    then: {mail: nobody}"), "is not an email address"),
        (rule("    when: bill\n    then: {mail: a@example.com, key_env: K}"), "belongs to `post`"),
        (
            rule("    when: bill\n    then: {mail: a@example.com, post: 'https://a.example'}"),
            "one of them",
        ),
        (rule("    when: bill\n    then: {post: 'https://a.example'}"), "`post` needs its key"),
        (
            rule("    when: bill\n    then: {post: 'https://a.example', key: secret}"),
            "`key` is not a key of `then`",
        ),
        (
            rule(
                "    when: bill\n"
                "    then: {post: 'https://a.example', key_env: K, allow_private: yes}"
            ),
            "neither true nor false",
        ),
        (rule("    when: bill\n    then: &a print"), "an anchor"),
        ("rules:\n  - {name: a b, when: bill, then: print}", "is not a name"),
        (
            "rules:" + 2 * "\n  - {name: a, when: bill, then: print}",
            "w.yaml:3:5: a rule named `a` is there already: first on line 2",
        ),
        (
            "rules:\n"
            + "".join(f"  - {{name: a{n}, when: bill, then: print}}\n" for n in range(101)),
            "w.yaml:102:5: more than 100 rules",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, problem: str) -> None:
    found = problems(text)
    assert any(problem in each for each in found), found


@pytest.mark.parametrize(
    ("url", "more", "problem"),
    [
        ("https://10.0.0.1/", "", "say `allow_private: true`"),
        ("https://[::ffff:10.0.0.1]/", "", "say `allow_private: true`"),
        ("https://169.254.169.254/", ", allow_private: true", "nothing is posted there"),
        ("https://127.0.0.2/", "", "this machine: say `allow_private: true`"),
    ],
)
def test_an_address_that_would_be_refused_is_refused_in_the_file(
    url: str, more: str, problem: str
) -> None:
    then = f"    then: {{ post: '{url}', key_env: K{more} }}"
    [found] = problems(rule(f"    when: bill\n{then}"))
    assert problem in found
    assert found.startswith("w.yaml:4:19: `post`: ")


def test_the_document_shows_what_is_understood() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    assert load_rules(example.encode(), file="docs").problems == ()
    table = text.split("| part | holds |", 1)[1].split("\n\n", 1)[0]
    parts = [part for row in table.splitlines()[2:] for part in row.split("|")[1].split("`")[1::2]]
    assert len(parts) > 40
    for part in parts:
        if part not in FIELD_WORDS or part in THING_WORDS:
            parse_condition(part)
        else:
            parse_condition(f"{part} changed")
    assert all(word in parts for word in THING_WORDS if THING_WORDS[word].word == word)
    assert all(word in parts for word in STATUS_WORDS)


def test_a_file_that_is_too_big_is_not_read() -> None:
    assert "is it the right file?" in problems("#" * (MAX_FILE_BYTES + 1))[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://hooks.example.com:8443/a/b?c=d",
        "https://10.0.0.1/",
        "http://localhost:8080/x",
        "http://127.0.0.1/",
        "http://[::1]:9000/x",
    ],
)
def test_addresses_that_may_be_written(url: str) -> None:
    assert parse_post_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.2/",
        "http://localhost@evil.example/",
        "https://user:password@example.com/",
        "https://example.com\\@evil.example/",
        "https://example.com/#there",
        "https://",
        "https:///x",
        "https://[::1",
        "https://example.com:99999/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "hooks.example.com",
        "https://exa mple.com/",
        "https://ex\u0430mple.com/",
        "https://example.com/" + "x" * 500,
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|encrypted|password"):
        parse_post_url(url)
