"""Migrations are written once, in SQLite's words; here they are said again for PostgreSQL.

Only what the steps use is known. Anything else is refused, so that nothing is half understood.
"""

import re

from xero_mcp.store.migrations.statements import statements

_TRIGGER = re.compile(
    r"CREATE TRIGGER (?P<name>\w+) BEFORE (?P<event>INSERT|UPDATE|DELETE) ON (?P<table>\w+)"
    r"(?: FOR EACH ROW)?(?: WHEN (?P<when>.+?))?"
    r" BEGIN SELECT RAISE\(ABORT, (?P<message>'(?:[^']|'')+')\); END;",
    re.DOTALL,
)
_DROPPED = re.compile(r"DROP TRIGGER (?P<name>\w+);")
_FIRST_WORDS = (
    "CREATE TABLE",
    "CREATE INDEX",
    "CREATE UNIQUE INDEX",
    "ALTER TABLE",
    "DROP INDEX",
    "DROP TABLE",
    "INSERT INTO",
    "UPDATE",
    "DELETE FROM",
)
_UNKNOWN = re.compile(
    r"\b(AUTOINCREMENT|ROWID|PRAGMA|STRICT|GLOB|RAISE|REAL|OR REPLACE|OR IGNORE|IFNULL|INSTR"
    r"|json_\w+|strftime|printf|hex|datetime|julianday)\b"
    r"|\bCAST\([^()]* AS INTEGER\)",
    re.IGNORECASE,
)
# Names to SQLite, and words of the language to PostgreSQL.
RESERVED = (
    r"any|array|both|leading|localtime|only|placing|session_user|some|symmetric|system_user"
    r"|trailing|user|variadic"
)
_DEFINES = ("CREATE TABLE", "ALTER TABLE")
_LITERAL_OR = r"'(?:[^']|'')*'|"
_IS = re.compile(
    _LITERAL_OR + r"\bIS (?P<turned>NOT )?(?!(?:NOT|NULL|DISTINCT|TRUE|FALSE)\b)", re.IGNORECASE
)

_TRIGGER_IN_POSTGRES = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
AS $guard$
BEGIN
    IF {when} THEN
        RAISE EXCEPTION {message} USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN {row};
END
$guard$;
CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();
"""
# PostgreSQL drops a trigger by its table, which SQLite's words do not name.
_DROP_IN_POSTGRES = """
DO $drop$
DECLARE place regclass;
BEGIN
    SELECT tgrelid::regclass INTO STRICT place FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname = '{name}' AND pg_class.relnamespace = current_schema()::regnamespace;
    EXECUTE format('DROP TRIGGER {name} ON %s', place);
END
$drop$;
"""


class UntranslatableError(ValueError):
    """A step says something that is known only in SQLite's words."""


def in_postgres(step: str, script: str) -> str:
    """The same step for PostgreSQL.

    Raises:
        UntranslatableError: it uses words that are not known here.
    """
    return "\n".join(_said(step, statement) for statement in statements(script))


def _said(step: str, statement: str) -> str:
    plain = _on_one_line(statement)
    trigger = _TRIGGER.fullmatch(plain)
    if trigger is not None:
        return _TRIGGER_IN_POSTGRES.format(
            name=trigger["name"],
            event=trigger["event"],
            table=trigger["table"],
            message=trigger["message"].replace("%", "%%"),
            when=_quoted(_compared(trigger["when"] or "TRUE")),
            row="OLD" if trigger["event"] == "DELETE" else "NEW",
        )
    dropped = _DROPPED.fullmatch(plain)
    if dropped is not None:
        return _DROP_IN_POSTGRES.format(name=dropped["name"])
    unknown = _UNKNOWN.search(re.sub(r"'(?:[^']|'')*'", "''", plain))
    if unknown is not None or not plain.upper().startswith(_FIRST_WORDS):
        raise UntranslatableError(
            f"Step {step} cannot be said in PostgreSQL's words: {plain[:80]!r}. Write "
            f"{step}.postgres.sql beside it."
        )
    is_definition = plain.upper().startswith(_DEFINES)
    return _quoted(_typed(plain) if is_definition else _compared(plain))


def _quoted(statement: str) -> str:
    return re.sub(
        _LITERAL_OR + rf"\b(?P<word>{RESERVED})\b",
        lambda m: f'"{m[0]}"' if m["word"] else m[0],
        statement,
    )


def _on_one_line(statement: str) -> str:
    without_comments = re.sub(
        _LITERAL_OR + r"--[^\n]*", lambda m: m[0] if m[0][0] == "'" else "", statement
    )
    return " ".join(without_comments.split())


def _typed(statement: str) -> str:
    """SQLite compares texts byte by byte and keeps numbers of 64 bits: so does the other."""
    words = {"TEXT": 'TEXT COLLATE "C"', "INTEGER": "BIGINT", "BLOB": "BYTEA"}
    return re.sub(
        _LITERAL_OR + r"\b(?:TEXT|INTEGER|BLOB)\b", lambda m: words.get(m[0], m[0]), statement
    )


def _compared(expression: str) -> str:
    """`IS` between values, where nothing is like nothing, is `IS NOT DISTINCT FROM`."""
    return _IS.sub(_distinct, expression)


def _distinct(found: re.Match[str]) -> str:
    if found[0].startswith("'"):
        return found[0]
    return "IS DISTINCT FROM " if found["turned"] else "IS NOT DISTINCT FROM "
