"""One value put into a file of JSON with comments: all else stays, byte for byte."""

import json
import re
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_mcp.cli.install_edit import NotOursToChangeError, with_value
from xero_mcp.cli.install_scan import MAX_DEPTH, NotJsonError, scan

PLACE = ("mcpServers", "xero")
ENTRY = {"command": "/bin/xero-mcp", "args": ["serve"]}


def data_of(text: str) -> Any:  # noqa: ANN401 - whatever the text holds
    found = scan(text)
    assert found is not None
    return found.value


def test_comments_and_trailing_commas_stay_where_they_are() -> None:
    text = (
        '// mine\n{\n\t/* all of them */\n\t"mcpServers": {\n'
        '\t\t"other": {"command": "x"}, // keep me, }\n\t},\n\t// the end\n}\n'
    )
    changed = with_value(text, PLACE, ENTRY)
    added = '\t\t"xero": {\n\t\t\t"command": "/bin/xero-mcp",\n\t\t\t"args": ["serve"]\n\t\t},\n'
    assert changed == text.replace("keep me, }\n", f"keep me, }}\n{added}")


def test_a_comment_behind_the_last_member_stays_beside_it() -> None:
    text = '{\n  "mcpServers": {\n    "other": {} // keep\n  }\n}'
    changed = with_value(text, PLACE, 1)
    assert changed == ('{\n  "mcpServers": {\n    "other": {}, // keep\n    "xero": 1\n  }\n}')


@pytest.mark.parametrize("indent", ["  ", "    ", "\t"], ids=["two", "four", "tab"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_the_new_lines_look_like_the_old_ones(indent: str, newline: str) -> None:
    text = json.dumps({"mcpServers": {"other": {"command": "x"}}}, indent=indent)
    text = text.replace("\n", newline)
    changed = with_value(text, PLACE, ENTRY)
    lines = changed.split(newline)
    assert f'{indent * 2}"xero": {{' in lines
    assert f'{indent * 3}"args": ["serve"]' in lines
    assert re.sub("\r\n", "", changed).count("\r") == 0
    assert (changed.count("\n") == changed.count("\r\n")) is (newline == "\r\n")


@pytest.mark.parametrize("text", ["", "  \n\n", "// only a comment\n", "{}", "{ }", "{\n}\n"])
def test_a_file_without_anything_gets_all_of_it(text: str) -> None:
    changed = with_value(text, PLACE, ENTRY)
    assert data_of(changed) == {"mcpServers": {"xero": ENTRY}}
    assert ("only a comment" in changed) is ("only a comment" in text)


def test_a_file_on_one_line_stays_on_one_line() -> None:
    changed = with_value('{"a":1,"mcpServers":{"other":{}}}', PLACE, ENTRY)
    assert changed == (
        '{"a":1,"mcpServers":{"other":{}, "xero": {"command": "/bin/xero-mcp", "args": ["serve"]}}}'
    )


def test_what_is_there_already_changes_nothing() -> None:
    text = '{"mcpServers":{"xero":{"args":["serve"],  "command":"/bin/xero-mcp"}}}'
    assert with_value(text, PLACE, ENTRY) == text


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{]",
        '{"a" 1}',
        '{"a": 1} {"b": 2}',
        "{'a': 1}",
        '{"a": undefined}',
        '{"a": 01}',
        '{"a": NaN}',
        "{,}",
        '{"a": 1,,}',
        '{"a": "line\nbreak"}',
        '{"a": 1} /* open',
        "mcpServers: {}",
        "[" * 5_000,
        f"{'[' * (MAX_DEPTH + 2)}{']' * (MAX_DEPTH + 2)}",
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(NotJsonError, match=r"line \d+, column \d+: .+ expected"):
        with_value(text, PLACE, ENTRY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "the file is not an object"),
        ('"text"', "the file is not an object"),
        ('{"mcpServers": []}', "mcpServers is not an object"),
        ('{"mcpServers": null}', "mcpServers is not an object"),
        ('{"mcpServers": {}, "mcpServers": {}}', "mcpServers stands twice"),
        ('{"mcpServers": {"xero": 1, "xero": 2}}', "xero stands twice"),
    ],
)
def test_another_form_is_not_bent_into_ours(text: str, why: str) -> None:
    with pytest.raises(NotOursToChangeError, match=why):
        with_value(text, PLACE, ENTRY)


KEYS = st.sampled_from(["mcpServers", "xero", "a", "b {", "ü // no", '"q"', "", "}"])
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=5)
    | st.sampled_from(["}", "//"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def _decorated(data: object, choose: st.DataObject) -> str:
    """The same data as somebody might have written it."""
    gap = choose.draw(st.sampled_from(["", " ", "\n", "\r\n\t", " // c }\n", "/* , { */"]))
    if isinstance(data, dict):
        members = cast("dict[str, object]", data)
        inner = f",{gap}".join(
            f"{json.dumps(key)}{gap}:{gap}{_decorated(one, choose)}" for key, one in members.items()
        )
        comma = choose.draw(st.sampled_from(["", ","])) if members else ""
        return f"{{{gap}{inner}{gap}{comma}{gap}}}"
    return f"{json.dumps(data)}{gap}"


@given(
    servers=st.dictionaries(KEYS, JSON, max_size=3),
    rest=st.dictionaries(KEYS.filter(lambda key: key != "mcpServers"), JSON, max_size=3),
    choose=st.data(),
)
def test_however_it_is_written_only_the_one_value_changes(
    servers: dict[str, Any], rest: dict[str, Any], choose: st.DataObject
) -> None:
    whole = {**rest, "mcpServers": servers}
    text = _decorated(whole, choose)
    changed = with_value(text, PLACE, ENTRY)
    assert data_of(changed) == {**rest, "mcpServers": {**servers, "xero": ENTRY}}
    assert with_value(changed, PLACE, ENTRY) == changed
    if "xero" not in servers:
        assert changed.count("// c }") == text.count("// c }")


def test_a_number_is_read_as_it_is_written() -> None:
    assert data_of('{"a": 0.1, "b": 12345678901234567890.5e1}') == {
        "a": Decimal("0.1"),
        "b": Decimal("12345678901234567890.5e1"),
    }
