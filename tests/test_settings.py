"""Settings: where each comes from, what is refused, and that secrets stay shut."""

import pickle
from pathlib import Path

import pytest

from xero_mcp.errors import SettingsError
from xero_mcp.settings import Secret, Settings, load_settings
from xero_mcp.settings_env_file import MAX_ENV_FILE_BYTES
from xero_mcp.settings_shown_url import shown_url
from xero_mcp.settings_table import TABLE

HIDDEN = "PLANTED-settings-secret"


def read(
    tmp_path: Path, *, file: str | None = None, flag: str | None = None, **environment: str
) -> Settings:
    path = tmp_path / ".env"
    if file is not None:
        path.write_text(file, encoding="utf-8")
    flags = {"XERO_MCP_AGENT": flag}
    return load_settings(flags=flags, environment=environment, env_file=path)


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path):
    file = "XERO_MCP_AGENT=from-file\n"
    assert read(tmp_path, file=file).agent == "from-file"
    assert read(tmp_path, file=file, XERO_MCP_AGENT="from-env").agent == "from-env"
    settled = read(tmp_path, file=file, XERO_MCP_AGENT="from-env", flag="from-flag")
    assert settled.agent == "from-flag"
    assert settled.origins["XERO_MCP_AGENT"] == "flag"


def test_nothing_set_means_the_defaults_and_nothing_is_made_on_disk(tmp_path: Path):
    home = tmp_path / "home"
    settings = read(tmp_path, XERO_MCP_HOME=str(home))
    assert settings.database_path == home / "xero-mcp.db"
    assert settings.api_url == "https://api.xero.com"
    assert settings.policies is None
    assert settings.secret_key is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["", "   ", "\t"])
def test_a_blank_value_is_no_value(tmp_path: Path, value: str):
    settings = read(tmp_path, file="XERO_MCP_AGENT=from-file\n", XERO_MCP_AGENT=value)
    assert settings.agent == "from-file"


@pytest.mark.parametrize(
    ("line", "agent"),
    [
        ("XERO_MCP_AGENT=a", "a"),
        ("  export XERO_MCP_AGENT = a ", "a"),
        ('XERO_MCP_AGENT="a b"', "a b"),
        ("XERO_MCP_AGENT='a'", "a"),
        ("XERO_MCP_AGENT=a=b", "a=b"),
        ("# XERO_MCP_AGENT=a", None),
        ("XERO_MCP_AGENT", None),
        ('XERO_MCP_AGENT="', '"'),
    ],
)
def test_lines_of_the_file(tmp_path: Path, line: str, agent: str | None):
    assert read(tmp_path, file=f"\n{line}\nOTHER=1\n").agent == agent


def test_a_mark_with_which_an_editor_began_the_file_is_no_part_of_a_name(tmp_path: Path):
    assert read(tmp_path, file="\ufeffXERO_MCP_AGENT=a\r\n").agent == "a"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path):
    (tmp_path / ".env").write_bytes(b"XERO_MCP_AGENT=\xff\xfe")
    with pytest.raises(SettingsError, match="Save it as UTF-8"):
        read(tmp_path)
    with pytest.raises(SettingsError, match="larger than"):
        read(tmp_path, file="#" * (MAX_ENV_FILE_BYTES + 1))


@pytest.mark.parametrize(
    "url",
    [
        "http://api.xero.com",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "http://localhost:80@evil.example",
        "ftp://localhost",
        "api.xero.com",
        "HTTPS//x",
        "https://",
        "https://user:word@api.xero.com",
        "http://[::1",
        "http://localhost\\@evil.example",
        "http://localhost#@evil.example/",
    ],
)
def test_a_token_never_travels_in_the_clear(tmp_path: Path, url: str):
    with pytest.raises(SettingsError, match="XERO_API_URL"):
        read(tmp_path, XERO_API_URL=url)


@pytest.mark.parametrize(
    "url",
    ["https://proxy.example/xero", "http://localhost:1", "http://127.0.0.1:80", "http://[::1]:9"],
)
def test_https_and_this_machine_are_good(tmp_path: Path, url: str):
    assert read(tmp_path, XERO_API_URL=f"{url}/").api_url == url


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://x", "sqlite:///", "x.db"])
def test_another_kind_of_database_is_refused_with_what_to_write(tmp_path: Path, url: str):
    with pytest.raises(SettingsError, match="sqlite:///"):
        _ = read(tmp_path, XERO_MCP_DATABASE_URL=url).database_path


HERE = {"XERO_API_URL": "http://127.0.0.1:1", "XERO_IDENTITY_URL": "http://localhost:1"}
MINUTE = "XERO_MCP_DEMO_MINUTE_SECONDS"


@pytest.mark.parametrize("seconds", ["1", "6", "7.5", "60", "60.0"])
def test_the_minute_of_a_demo_company_on_this_machine_may_be_shortened(
    tmp_path: Path, seconds: str
):
    settings = read(tmp_path, **HERE, **{MINUTE: seconds})
    assert settings.minute_seconds(demo=False) == float(seconds)
    elsewhere = read(tmp_path, **{MINUTE: seconds})
    assert elsewhere.minute_seconds(demo=True) == float(seconds)
    assert read(tmp_path).minute_seconds(demo=False) == 60


@pytest.mark.parametrize(
    "seconds", ["0", "0.5", "61", "60.001", "-6", "1e1", "nan", "six", "\u0661"]
)
def test_a_minute_that_is_none_is_refused(tmp_path: Path, seconds: str):
    with pytest.raises(SettingsError, match=MINUTE):
        read(tmp_path, **HERE, **{MINUTE: seconds})


@pytest.mark.parametrize("url", ["https://api.xero.com", "https://127.0.0.1.example"])
@pytest.mark.parametrize("name", list(HERE))
def test_xeros_own_minute_cannot_be_shortened(tmp_path: Path, name: str, url: str):
    settings = read(tmp_path, **(HERE | {name: url, MINUTE: "6"}))
    with pytest.raises(SettingsError, match=f"{MINUTE}.*demo company"):
        settings.minute_seconds(demo=False)


@pytest.mark.parametrize("text", ["a b", "a,b", " a  ,  b ", "a\tb"])
def test_scopes_are_parted_by_spaces_or_commas(tmp_path: Path, text: str):
    assert read(tmp_path, XERO_SCOPES=text).scopes == ("a", "b")


def test_a_secret_is_never_shown(tmp_path: Path):
    secrets = {setting.name: HIDDEN for setting in TABLE if setting.secret}
    assert len(secrets) >= 3
    settings = read(tmp_path, **secrets)
    shown = f"{settings!r} {settings} {settings.shown()}"
    assert HIDDEN not in shown
    assert settings.client_secret == Secret(HIDDEN)
    assert settings.client_secret != Secret("other")
    assert settings.client_secret is not None
    assert settings.client_secret.reveal() == HIDDEN
    assert HIDDEN not in f"{settings.client_secret:>40} {[settings.client_secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(settings.client_secret)


def test_every_setting_is_shown_with_where_it_came_from(tmp_path: Path):
    rows = read(tmp_path, XERO_CLIENT_ID="id").shown()
    assert [name for name, _, _ in rows] == [setting.name for setting in TABLE]
    origins = {name: origin for name, _, origin in rows}
    assert origins["XERO_CLIENT_ID"] == "environment"
    assert origins["XERO_MCP_AGENT"] == "default"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
        ("postgresql://bob@db/x", "postgresql://bob@db/x"),
        ("postgres://bob:hunter2@db:5432/x", "postgres://bob:****@db:5432/x"),
        ("postgresql://bob:hunter2@[::1]:5432,b/x", "postgresql://bob:****@[::1]:5432,b/x"),
        (
            "postgresql://db/x?user=bob&password=hunter2&sslmode=require",
            "postgresql://db/x?user=bob&****&sslmode=require",
        ),
        ("postgresql:///x?sslpassword=hunter2", "postgresql:///x?****"),
        ("postgresql://bob:hun@hunter2@db/x", "****"),
        ("postgresql://bob:hunter2", "****"),
        ("postgresql://bob:hun/hunter2@db/x", "****"),
        ("postgresql://db/hunter2@x", "****"),
        ("mysql://bob:hunter2@db/x", "****"),
        ("host=db password=hunter2", "****"),
    ],
)
def test_the_address_of_a_database_is_shown_without_its_secrets(
    tmp_path: Path, url: str, shown: str
):
    settings = read(tmp_path, XERO_MCP_DATABASE_URL=url)
    [value] = [value for name, value, _ in settings.shown() if name == "XERO_MCP_DATABASE_URL"]
    assert value == shown
    assert "hunter2" not in f"{settings!r} {settings} {settings.shown()}"


def test_a_very_long_address_is_looked_at_in_no_time():
    assert shown_url("postgresql://" + "a,b:1" * 20_000 + "@?@") == "****"
    assert shown_url("postgresql://" + "%" * 100_000 + "?" + "&" * 100_000 + "@") == "****"


@pytest.mark.parametrize("text", ["k" * 20, f"{'a' * 20},{'b' * 20}", f"{'a' * 20} , {'b' * 20}"])
def test_a_webhook_key_may_be_two_while_one_is_rotated(tmp_path: Path, text: str):
    settings = read(tmp_path, XERO_WEBHOOK_KEY=text)
    assert [len(key.reveal()) for key in settings.webhook_keys] == [20] * len(text.split(","))
    assert settings.catch_up_seconds == 900
    assert "aaaa" not in str(settings)
    assert all("aaaa" not in value for _, value, _ in settings.shown())


@pytest.mark.parametrize(
    "text", ["short", ",", f"{'a' * 20},short", "ключ" * 9, ",".join(["k" * 20] * 11)]
)
def test_what_is_no_webhook_key_is_refused_with_what_to_do(tmp_path: Path, text: str):
    with pytest.raises(SettingsError, match="signing key as its page"):
        read(tmp_path, XERO_WEBHOOK_KEY=text)


@pytest.mark.parametrize(("text", "seconds"), [("", 0), ("0", 0), ("30", 30), ("86400", 86_400)])
def test_without_a_webhook_key_xero_is_asked_for_changes_only_where_it_is_set(
    tmp_path: Path, text: str, seconds: int
):
    found = read(tmp_path, XERO_MCP_CATCH_UP_SECONDS=text)
    assert found.catch_up_seconds == seconds
    assert not found.webhook_keys


@pytest.mark.parametrize("text", ["29", "86401", "-1", "1e3", "15m", "1234567"])
def test_an_interval_that_makes_no_sense_is_refused(tmp_path: Path, text: str):
    with pytest.raises(SettingsError, match="such as 900"):
        read(tmp_path, XERO_MCP_CATCH_UP_SECONDS=text)
