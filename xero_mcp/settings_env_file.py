"""The `.env` file beside the place from which xero-mcp is started."""

from pathlib import Path

from xero_mcp.errors import SettingsError

MAX_ENV_FILE_BYTES = 64 * 1024


def read_env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines; quotes around a value are taken off; `#` starts a comment line."""
    try:
        if not path.is_file():
            return {}
        if path.stat().st_size > MAX_ENV_FILE_BYTES:
            raise SettingsError(f"{path} is larger than {MAX_ENV_FILE_BYTES} bytes.")
        # Some editors begin a file with a mark, which would be part of the first name.
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8. Save it as UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}).") from error
    found: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    for quote in ('"', "'"):
        if len(value) > 1 and value.startswith(quote) and value.endswith(quote):
            return value[1:-1]
    return value
