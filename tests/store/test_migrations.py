import re

from xero_mcp.store.migrations import migrations


def test_steps_are_numbered_without_repeat_and_come_in_order():
    names = [step.name for step in migrations("sqlite")]
    numbers = [name[:4] for name in names]
    assert names == sorted(names)
    assert len(set(numbers)) == len(numbers) >= 3


def test_a_step_for_one_kind_of_database_is_not_for_another():
    assert "0003_audit_guard" in [step.name for step in migrations("sqlite")]
    assert "0003_audit_guard" not in [step.name for step in migrations("postgres")]
    assert "0001_core" in [step.name for step in migrations("postgres")]


def test_steps_for_every_database_use_words_that_every_database_knows():
    for step in migrations("postgres"):
        code = re.sub(r"--.*", "", step.sql())
        assert not re.search(r"\b(AUTOINCREMENT|BLOB|ROWID|PRAGMA|STRICT)\b", code), step.name
