import re

import pytest

from xero_mcp.store.migrations import migrations
from xero_mcp.store.migrations.postgres_words import UntranslatableError, in_postgres


def test_steps_are_numbered_without_repeat_and_come_in_order():
    names = [step.name for step in migrations("sqlite")]
    numbers = [name[:4] for name in names]
    assert names == sorted(names)
    assert len(set(numbers)) == len(numbers) >= 3


def test_a_step_for_one_kind_of_database_alone_is_not_for_another():
    assert "0020_postgres_alone" not in [step.name for step in migrations("sqlite")]
    assert "0020_postgres_alone" in [step.name for step in migrations("postgres")]


def test_every_step_of_sqlite_is_one_of_postgres_too():
    others = [step.name for step in migrations("postgres")]
    assert not [step.name for step in migrations("sqlite") if step.name not in others]


def test_every_step_can_be_said_in_the_words_of_postgres():
    for step in migrations("postgres"):
        code = re.sub(r"--.*", "", step.sql())
        assert not re.search(r"\b(AUTOINCREMENT|BLOB|ROWID|PRAGMA)\b", code), step.name


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA foreign_keys = ON;",
        "CREATE VIEW a AS SELECT 1;",
        "INSERT OR REPLACE INTO kept (name) VALUES ('a');",
        "UPDATE audit SET look = json_extract(body, '$.look');",
        "UPDATE audit SET amount_e4 = CAST(look AS INTEGER);",
        "CREATE TRIGGER a AFTER INSERT ON audit BEGIN DELETE FROM kept; END;",
        "CREATE TABLE a (b REAL);",
    ],
)
def test_words_that_only_sqlite_knows_ask_for_a_file_of_postgress_own(statement: str):
    with pytest.raises(UntranslatableError, match=r"Write 0099_x\.postgres\.sql"):
        in_postgres("0099_x", statement)


def test_names_types_and_comparisons_are_said_in_the_words_of_postgres():
    said = in_postgres(
        "0099_x",
        """CREATE TABLE a (user TEXT NOT NULL DEFAULT 'a TEXT', n INTEGER); -- TEXT
        UPDATE a SET n = 1 WHERE user IS NOT 'IS NOT x' AND n IS NOT NULL;
        DELETE FROM a WHERE n IS :n;""",
    )
    assert said.splitlines() == [
        """CREATE TABLE a ("user" TEXT COLLATE "C" NOT NULL DEFAULT 'a TEXT', n BIGINT);""",
        """UPDATE a SET n = 1 WHERE "user" IS DISTINCT FROM 'IS NOT x' AND n IS NOT NULL;""",
        "DELETE FROM a WHERE n IS NOT DISTINCT FROM :n;",
    ]
