"""What the tests of `deploy/` share: the files, and what this version knows of settings."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from xero_mcp.settings import TABLE

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"
SETTINGS = frozenset(setting.name for setting in TABLE)
SECRETS = frozenset(setting.name for setting in TABLE if setting.secret)
PORT = 8080
FILLED_PASSWORD = "server0"  # noqa: S105 - of a database of the test
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<how>[-?])(?P<text>[^}]*))?\}")
_LINE = re.compile(r"#?([A-Z_]+)=(.*)")


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def variables_of(name: str) -> dict[str, str]:
    """The names of an example of settings, also those that are commented out, with their values."""
    found = (_LINE.fullmatch(line) for line in text_of(name).splitlines())
    return {one[1]: one[2] for one in found if one}


def compose(values: dict[str, str]) -> dict[str, Any]:
    """compose.yaml as Compose reads it with these values."""

    def put_in(found: re.Match[str]) -> str:
        value = values.get(found["name"], "")
        if value:
            return value
        assert found["how"] != "?", f"{found['name']} is needed"
        return found["text"] or ""

    whole = YAML(typ="safe", pure=True)
    return whole.load(_VARIABLE.sub(put_in, text_of("compose.yaml")))  # pyright: ignore[reportUnknownMemberType] - ruamel has no types


def variables_in_compose() -> dict[str, str]:
    """Each variable, and whether it is needed (`?`), may be left out (`-`), or neither."""
    return {one["name"]: one["how"] or "" for one in _VARIABLE.finditer(text_of("compose.yaml"))}
