import json
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PureWindowsPath
from threading import Barrier, Event
from typing import Any

import pytest

from tests.cli.command import Ended, XeroMcp
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.install import is_ours
from xero_mcp.cli.install_file import change_file
from xero_mcp.cli.install_places import Client, Folders, Scope, file_of
from xero_mcp.clock import SystemClock

CLIENTS = {
    "claude-desktop": (".config/Claude/claude_desktop_config.json", "mcpServers"),
    "claude-code": (".claude.json", "mcpServers"),
    "cursor": (".cursor/mcp.json", "mcpServers"),
    "vscode": (".config/Code/User/mcp.json", "servers"),
}
SECRET = "s3cr3t-of-the-app"  # noqa: S105 - made up
OTHERS = b'{\n    "theme": "dark",\n    "mcpServers": {"other": {"command": "x"}}\n}\n'


class Person:
    """Somebody with a home folder and a `xero-mcp` to run."""

    def __init__(self, xero_mcp: XeroMcp, home: Path) -> None:
        self._run = xero_mcp
        self.home = home
        self.project = xero_mcp.folder
        home.mkdir()

    def __call__(self, *arguments: str, **settings: str) -> Ended:
        place = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / ".config")}
        given = arguments if "--agent" in arguments else (*arguments, "--agent", "bookkeeper")
        return self._run("install", *given, **place, **settings)

    def file(self, client: str) -> Path:
        return self.home / CLIENTS[client][0]

    def copies(self, client: str) -> list[Path]:
        file = self.file(client)
        return sorted(file.parent.glob(f"{file.name}.backup-*"))


@pytest.fixture
def person(xero_mcp: XeroMcp, tmp_path: Path) -> Person:
    return Person(xero_mcp, tmp_path / "person")


def entry_in(file: Path, client: str, name: str = "xero") -> dict[str, Any]:
    return json.loads(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))[CLIENTS[client][1]][name]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_host_is_told_where_it_looks_and_once(person: Person, client: str) -> None:
    first = person(client)
    assert first.code == 0, first.err
    assert str(person.file(client)) in first.out
    entry = entry_in(person.file(client), client)
    assert Path(entry["command"]).is_absolute()
    assert Path(entry["command"]).exists()
    assert entry["args"][-3:] == ["serve", "--agent", "bookkeeper"]
    assert ("type" in entry) is (client in {"claude-code", "vscode"})
    assert person.copies(client) == []
    before = person.file(client).read_bytes()
    second = person(client)
    assert second.code == 0
    assert "nothing was changed" in second.out
    assert person.file(client).read_bytes() == before
    assert person.copies(client) == []


@pytest.mark.parametrize("client", CLIENTS)
def test_what_is_there_stays_and_a_copy_is_kept(person: Person, client: str) -> None:
    file = person.file(client)
    file.parent.mkdir(parents=True, exist_ok=True)
    before = OTHERS.replace(b"mcpServers", CLIENTS[client][1].encode())
    file.write_bytes(before)
    file.chmod(0o640)
    assert person(client).code == 0
    told = json.loads(file.read_text())
    assert told.pop("theme") == "dark"
    assert set(told.pop(CLIENTS[client][1])) == {"other", "xero"}
    assert told == {}
    [copy] = person.copies(client)
    assert copy.read_bytes() == before
    assert [stat.S_IMODE(one.stat().st_mode) for one in (file, copy)] == [0o640, 0o640]
    assert sorted(file.parent.iterdir()) == sorted([file, copy])


@pytest.mark.parametrize(
    ("client", "file"),
    [
        ("claude-code", ".mcp.json"),
        ("cursor", ".cursor/mcp.json"),
        ("vscode", ".vscode/mcp.json"),
    ],
)
def test_a_project_has_a_file_of_its_own(person: Person, client: str, file: str) -> None:
    assert person(client, "--scope", "project", "--demo").code == 0
    assert "--demo" in entry_in(person.project / file, client, "xero-demo")["args"]
    assert list(person.home.iterdir()) == []


def test_claude_desktop_has_no_file_for_a_project(person: Person) -> None:
    ended = person("claude-desktop", "--scope", "project")
    assert ended.code == 2
    assert ended.is_one_clear_line


@pytest.mark.parametrize("client", CLIENTS)
def test_print_shows_pure_json_and_touches_nothing(person: Person, client: str) -> None:
    ended = person(client, "--print", "--name", "books")
    assert ended.code == 0
    [(key, servers)] = ended.json().items()
    assert key == CLIENTS[client][1]
    assert list(servers) == ["books"]
    assert list(person.home.iterdir()) == []
    assert str(person.file(client)) in ended.err


def test_the_entry_starts_the_server(person: Person) -> None:
    """What a host does with it: start the command, and speak MCP."""
    person("claude-desktop", "--demo", "--agent", "ap-clerk")
    entry = entry_in(person.file("claude-desktop"), "claude-desktop", "xero-demo")
    done = subprocess.run(
        [entry["command"], *entry["args"]],
        input=json.dumps({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {}})
        + "\n",
        env={"HOME": str(person.home), "XERO_MCP_HOME": str(person.home), **entry.get("env", {})},
        cwd="/",
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["id"] == 1


def test_no_secret_is_written_and_each_is_named(person: Person) -> None:
    settings = {
        "XERO_CLIENT_ID": "the-app",
        "XERO_CLIENT_SECRET": SECRET,
        "XERO_MCP_SECRET_KEY": f"{SECRET}-and-it-is-long-enough",
        "XERO_MCP_DATABASE_URL": f"postgresql://xero:{SECRET}@db/books",
        "XERO_MCP_HOME": "state",
    }
    ended = person("cursor", **settings)
    assert ended.code == 0, ended.err
    written = person.file("cursor").read_text()
    assert SECRET not in written + ended.out + ended.err
    environment = entry_in(person.file("cursor"), "cursor")["env"]
    assert environment["XERO_CLIENT_ID"] == "the-app"
    assert environment["XERO_MCP_HOME"] == str(person.project / "state")
    for name in ("XERO_CLIENT_SECRET", "XERO_MCP_SECRET_KEY", "XERO_MCP_DATABASE_URL"):
        assert name in ended.err
        assert name not in written


def test_what_a_person_added_to_the_entry_stays(person: Person) -> None:
    person("cursor")
    file = person.file("cursor")
    told = json.loads(file.read_text())
    told["mcpServers"]["xero"]["env"] = {"XERO_CLIENT_SECRET": SECRET}
    told["mcpServers"]["xero"]["disabled"] = True
    file.write_text(json.dumps(told))
    assert person("cursor", "--agent", "auditor").code == 0
    entry = entry_in(file, "cursor")
    assert entry["args"][-1] == "auditor"
    assert entry["env"]["XERO_CLIENT_SECRET"] == SECRET
    assert entry["disabled"] is True


@pytest.mark.parametrize("there", ['{"command": "npx", "args": ["-y", "another"]}', '"text"', "[]"])
def test_another_server_of_that_name_is_not_taken_for_ours(person: Person, there: str) -> None:
    file = person.file("claude-code")
    before = f'{{"mcpServers": {{"xero": {there}}}}}'
    file.write_text(before)
    refused = person("claude-code")
    assert refused.code == 1
    assert refused.is_one_clear_line
    assert "--name" in refused.err
    assert file.read_text() == before
    assert person("claude-code", "--replace").code == 0
    assert entry_in(file, "claude-code")["args"][-1] == "bookkeeper"
    assert person.copies("claude-code")[0].read_text() == before


@pytest.mark.parametrize(
    "content",
    [
        b'{"mcpServers": {',
        b'{"mcpServers": []}',
        b'{"mcpServers": {}, "mcpServers": {}}',
        b"[]",
        b"\xff\xfe{\x00}\x00",
        b"not json",
    ],
)
def test_a_file_that_is_not_understood_is_left_alone(person: Person, content: bytes) -> None:
    file = person.file("claude-code")
    file.write_bytes(content)
    ended = person("claude-code")
    assert ended.code == 1
    assert ended.out == ""
    assert "left alone" in ended.err
    assert "by hand" in ended.err
    assert "Traceback" not in ended.err
    assert file.read_bytes() == content
    assert list(person.home.iterdir()) == [file]


def test_what_to_add_by_hand_is_the_json_itself(person: Person) -> None:
    person.file("claude-code").write_text("{oops")
    _, brace, rest = person("claude-code").err.partition("\n{")
    assert "xero" in json.loads(brace + rest)["mcpServers"]


def test_a_byte_order_mark_stays(person: Person) -> None:
    file = person.file("claude-code")
    file.write_bytes(b"\xef\xbb\xbf{}\r\n")
    assert person("claude-code").code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf{")
    assert entry_in(file, "claude-code")["type"] == "stdio"


def test_a_link_stays_a_link(person: Person) -> None:
    real = person.home / "dotfiles" / "mcp.json"
    real.parent.mkdir()
    real.write_bytes(OTHERS)
    file = person.file("cursor")
    file.parent.mkdir()
    file.symlink_to(real)
    assert person("cursor").code == 0
    assert file.is_symlink()
    assert set(json.loads(real.read_text())["mcpServers"]) == {"other", "xero"}
    assert len(list(real.parent.glob("mcp.json.backup-*"))) == 1


def test_a_read_only_file_was_meant_to_stay_as_it_is(person: Person) -> None:
    file = person.file("claude-code")
    file.write_bytes(OTHERS)
    file.chmod(0o444)
    ended = person("claude-code")
    assert ended.code == 1
    assert ended.is_one_clear_line
    assert file.read_bytes() == OTHERS


def test_a_folder_in_its_place_is_told(person: Person) -> None:
    person.file("claude-code").mkdir()
    ended = person("claude-code")
    assert ended.code == 1
    assert ended.is_one_clear_line


def test_a_place_where_nothing_can_be_written_is_named(person: Person) -> None:
    (person.home / "file").write_text("")
    ended = person("claude-code", "--file", str(person.home / "file" / "mcp.json"))
    assert ended.code == 3
    assert ended.is_one_clear_line
    assert str(person.home / "file" / "mcp.json") in ended.err


def test_another_file_can_be_named(person: Person) -> None:
    assert person("claude-code", "--file", "deep/er/mine.json").code == 0
    assert "xero" in json.loads((person.project / "deep/er/mine.json").read_text())["mcpServers"]
    assert list(person.home.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("cursor", "--agent", "nobody"), 1, "bookkeeper"),
        (("cursor", "--agent", "Not A Name"), 2, "is not an agent's name"),
        (("cursor", "--name", "a b"), 2, "--name"),
        (("cursor", "--name", "x\n"), 2, "--name"),
    ],
)
def test_bad_usage_is_one_line(
    person: Person, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ended = person(*arguments)
    assert ended.code == code
    assert ended.is_one_clear_line
    assert says in ended.err
    assert list(person.home.iterdir()) == []


def test_an_unknown_host_is_answered_with_the_known_ones(person: Person) -> None:
    ended = person("emacs")
    assert ended.code == 2
    for client in CLIENTS:
        assert client in ended.err


def test_without_an_agent_the_choice_is_told(xero_mcp: XeroMcp, tmp_path: Path) -> None:
    ended = xero_mcp("install", "cursor", HOME=str(tmp_path / "nobody"))
    assert ended.code == 2
    assert "bookkeeper" in ended.err
    assert not (tmp_path / "nobody").exists()


def folders(platform: str, root: Path) -> Folders:
    return Folders(
        platform=platform,
        home=root,
        settings=root / "settings",
        local=root / "local",
        project=root / "project",
    )


@pytest.mark.parametrize("platform", ["darwin", "linux", "win32"])
def test_each_platform_has_its_places(tmp_path: Path, platform: str) -> None:
    here = folders(platform, tmp_path)
    found = {client: file_of(client, Scope.USER, here).relative_to(tmp_path) for client in Client}
    assert {client.value: str(path) for client, path in found.items()} == {
        "claude-desktop": "settings/Claude/claude_desktop_config.json",
        "claude-code": ".claude.json",
        "cursor": ".cursor/mcp.json",
        "vscode": "settings/Code/User/mcp.json",
    }


def test_the_packaged_claude_desktop_of_windows_reads_a_folder_of_its_own(tmp_path: Path) -> None:
    here = folders("win32", tmp_path)
    inside = Path("LocalCache", "Roaming", "Claude")
    (tmp_path / "local/Packages/Claude_left_over").mkdir(parents=True)
    (tmp_path / "local/Packages/Claude_1" / inside).mkdir(parents=True)
    found = file_of(Client.CLAUDE_DESKTOP, Scope.USER, here)
    assert found == tmp_path / "local/Packages/Claude_1" / inside / "claude_desktop_config.json"
    (tmp_path / "local/Packages/Claude_2" / inside).mkdir(parents=True)
    with pytest.raises(CommandError, match=r"--file .*Claude_1.* or .*Claude_2"):
        file_of(Client.CLAUDE_DESKTOP, Scope.USER, here)


def test_two_changes_within_a_second_keep_two_copies(tmp_path: Path) -> None:
    file, now = tmp_path / "mcp.json", SystemClock().now()
    file.write_text("one")
    first = change_file(file, lambda _: "two", now=now)
    second = change_file(file, lambda _: "three", now=now)
    assert first.copy is not None
    assert second.copy is not None
    assert (first.copy.read_text(), second.copy.read_text()) == ("one", "two")


def test_a_change_by_the_host_meanwhile_is_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("one")

    def change(text: str) -> str:
        if text == "one":
            file.write_text("two, by the host")
        return f"{text} and ours"

    change_file(file, change, now=SystemClock().now())
    assert file.read_text() == "two, by the host and ours"
    assert len(list(tmp_path.glob("mcp.json.backup-*"))) == 1


def test_of_several_installs_at_once_none_is_lost(tmp_path: Path) -> None:
    file, number = tmp_path / "mcp.json", 8
    file.write_text("")
    together, two_at_once, inside = Barrier(number, timeout=20), Event(), list[int]()

    def install(at: int) -> None:
        def change(text: str) -> str:
            inside.append(at)
            if len(inside) > 1:
                two_at_once.set()
            two_at_once.wait(0.02)  # time for another to come in, where one could
            inside.remove(at)
            return f"{text}{at};"

        together.wait()
        change_file(file, change, now=SystemClock().now())

    with ThreadPoolExecutor(number) as threads:
        list(threads.map(install, range(number)))
    assert not two_at_once.is_set()
    assert sorted(file.read_text().removesuffix(";").split(";")) == sorted("01234567")
    assert [one.name for one in tmp_path.glob("*.lock")] == []


def test_a_host_that_never_stops_changing_it_is_given_up(tmp_path: Path) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("")

    def change(text: str) -> str:
        file.write_text(f"{text}!")
        return "ours"

    with pytest.raises(CommandError, match="Close that"):
        change_file(file, change, now=SystemClock().now())
    assert [one.name for one in tmp_path.iterdir()] == ["mcp.json"]


def test_a_windows_command_is_known_as_ours() -> None:
    command = str(PureWindowsPath("C:/Programs/xero-mcp.exe"))
    assert is_ours({"command": command, "args": ["serve"]})
    assert not is_ours({"command": "npx", "args": ["@xeroapi/xero-mcp-server"]})
