"""The image, without an engine: what its file says, and its steps done as plain commands."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.deploy.files import PORT, REPOSITORY, SETTINGS, text_of
from xero_mcp.cli.serve import parse

STEP_SECONDS = 240
START_SECONDS = 60
NOBODY = 65534


def instructions() -> list[tuple[str, str]]:
    """(word, rest), lines joined, comments out."""
    joined = re.sub(r"\\\n\s*", "", text_of("Dockerfile"))
    lines = [line.strip() for line in joined.splitlines()]
    return [
        (line.partition(" ")[0], line.partition(" ")[2].strip())
        for line in lines
        if line and not line.startswith("#")
    ]


def last_stage() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word, rest in instructions():
        if word == "FROM":
            found = {}
        found.setdefault(word, []).append(rest)
    return found


def words_of(rest: str) -> list[str]:
    """The words of an instruction in its JSON form."""
    return json.loads(rest[rest.index("[") :])


def copied() -> Iterator[tuple[list[str], str]]:
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            yield sources, target


def test_what_is_copied_is_there_and_not_ignored() -> None:
    kept = [line[1:] for line in text_of("Dockerfile.dockerignore").splitlines() if line[:1] == "!"]
    sources = [source for sources, _ in copied() for source in sources]
    assert sorted(sources) == sorted(kept)
    for source in sources:
        assert (REPOSITORY / source).exists(), source


def test_each_base_is_a_tag_of_one_version() -> None:
    bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1, "the venv runs with the Python that made it"
    assert re.fullmatch(r"[a-z]+:\d+\.\d+-[a-z-]+", bases[0]), bases[0]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    version = bases[0].partition(":")[2].partition("-")[0]
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]


def test_it_runs_as_a_user_who_is_not_root_and_starts_without_a_shell() -> None:
    stage = last_stage()
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", stage["USER"][-1])
    script = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["scripts"]
    assert words_of(stage["ENTRYPOINT"][0]) == list(script)
    command = words_of(stage["CMD"][0])
    assert command[0] == "serve"
    port = parse(command[1:]).port
    assert port is not None
    assert (port.number, port.host) == (PORT, "0.0.0.0")  # noqa: S104 - inside its own network
    assert stage["EXPOSE"] == [str(PORT)]


def test_its_health_is_asked_without_another_program() -> None:
    [check] = last_stage()["HEALTHCHECK"]
    program, flag, code = words_of(check)
    assert (program, flag) == ("python", "-c")
    compile(code, "healthcheck", "exec")
    assert f"http://127.0.0.1:{PORT}/healthz" in code
    assert "timeout=" in code


def test_settings_in_the_image_are_known_and_none_is_a_secret() -> None:
    names = re.findall(r"([A-Z_]+)=", " ".join(last_stage()["ENV"]))
    ours = {name for name in names if name.startswith("XERO_")}
    assert ours == {"XERO_MCP_HOME"}
    assert ours <= SETTINGS
    assert not [word for word, _ in instructions() if word in {"ARG", "ADD"}]


@pytest.mark.parametrize("path", [".git/config", ".env", "deploy/.env", "tests/x.py", "docs/x.md"])
def test_nothing_else_is_sent_to_the_engine(path: str) -> None:
    lines = [line for line in text_of("Dockerfile.dockerignore").splitlines() if line[:1] != "#"]
    is_out = False
    for line in lines:
        keeps = line.startswith("!")
        pattern = line.removeprefix("!").removeprefix("**/")
        if fnmatch(path, pattern) or path.startswith(f"{pattern}/"):
            is_out = not keeps
    assert is_out


@pytest.mark.slow
def test_its_steps_make_a_server_that_a_stranger_can_run() -> None:
    """Copy, build, install and run, as the file says, and as nobody where nobody reaches Python.

    The packages that it needs are taken from this environment; that they can be had from an
    index is what `.ci/run` shows.
    """
    with TemporaryDirectory(prefix="xero-mcp-image-") as folder:
        Path(folder).chmod(0o755)
        _replay(Path(folder))


def _replay(folder: Path) -> None:
    source = folder / "src"
    source.mkdir()
    for sources, target in copied():
        for each in sources:
            _copy(REPOSITORY / each, source / target / (each if target == "./" else ""))
    wheel = _wheel_of(source, folder)
    venv = folder / "venv"
    _done([sys.executable, "-m", "venv", "--without-pip", str(venv)], folder)
    site = next((venv / "lib").glob("python*/site-packages"))
    (site / "packages.pth").write_text(sysconfig.get_path("purelib"))
    install = ["-m", "pip", "--python", str(venv / "bin/python"), "install", "--no-deps", "--quiet"]
    _done([sys.executable, *install, str(wheel)], folder)
    _serve_and_ask(venv, folder)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def _wheel_of(source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir"]
    done = _done([*command, str(folder), str(source)], folder, check=False)
    if done.returncode and "hatchling" in done.stderr:
        pytest.skip("what builds the wheel cannot be had here")
    assert done.returncode == 0, done.stderr
    [wheel] = folder.glob("xero_mcp-*.whl")
    return wheel


def _done(
    command: list[str], folder: Path, *, check: bool = True
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=STEP_SECONDS,
        check=check,
    )


def _serve_and_ask(venv: Path, folder: Path) -> None:
    home, log = folder / "home", folder / "log"
    home.mkdir(mode=0o700)
    as_nobody = os.geteuid() == 0 and _others_reach(Path(sys.executable).resolve())
    if as_nobody:
        os.chown(home, NOBODY, NOBODY)
    environment = {
        "PATH": f"{venv}/bin",
        "HOME": "/nonexistent",
        "PYTHONDONTWRITEBYTECODE": "1",
        "XERO_MCP_HOME": str(home),
    }
    command = ["xero-mcp", *words_of(last_stage()["CMD"][0])]
    # In a container the network is its own; here a free port has to do.
    command[command.index("--port") + 1] = "0"
    command[command.index("--host") + 1] = "127.0.0.1"
    with log.open("w") as errors:
        server = subprocess.Popen(
            [str(venv / "bin" / command[0]), *command[1:], "--demo"],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            user=NOBODY if as_nobody else None,
            group=NOBODY if as_nobody else None,
            extra_groups=[] if as_nobody else None,
        )
    try:
        port = _port_of(server, log)
        [check] = last_stage()["HEALTHCHECK"]
        program, *rest = [word.replace(str(PORT), port) for word in words_of(check)]
        asked = [str(venv / "bin" / program), *rest]
        assert subprocess.run(asked, timeout=30, check=False).returncode == 0
    finally:
        server.terminate()
        try:
            code = server.wait(30)
        finally:
            server.kill()
            server.wait(30)
    assert code == 0, log.read_text()
    refused = subprocess.run(asked, timeout=30, check=False, stderr=subprocess.DEVNULL)
    assert refused.returncode != 0, "a server that is gone is not well"


def _others_reach(program: Path) -> bool:
    """Whether somebody who is not root may start it."""
    return all(folder.stat().st_mode & 0o001 for folder in program.parents)


def _port_of(server: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(START_SECONDS * 10):
        found = re.search(r"serving MCP at http://127\.0\.0\.1:(\d+)/", log.read_text())
        if found:
            return found[1]
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail(log.read_text())
