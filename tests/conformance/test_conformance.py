"""MCP's official suite against our HTTP stack: `conformance/run`, and that it can say no."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from conformance.suite import REVISIONS, Outcome, Suite, serving, show
from xero_mcp.tools.catalog import CATALOG

REPOSITORY = Path(__file__).resolve().parents[2]
RUN_SECONDS = 400


@pytest.mark.slow
@pytest.mark.timeout(RUN_SECONDS + 30)
@pytest.mark.skipif(shutil.which("npm") is None, reason="the official suite comes from npm")
def test_every_required_scenario_of_both_revisions_passes() -> None:
    done = subprocess.run(
        [sys.executable, REPOSITORY / "conformance" / "run"],
        capture_output=True,
        encoding="utf-8",
        timeout=RUN_SECONDS,
        check=False,
    )
    if done.returncode == 3 and "npm" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2025-11-25: 30 of 30 required scenarios pass" in done.stdout
    assert "2026-07-28: 37 of 37 required scenarios pass" in done.stdout


def _suite(folder: Path) -> Suite:
    (folder / "requirements").mkdir()
    for revision in REVISIONS:
        text = "# said first\nserver:\n  - ping\n  - tools-list\n\nclient:\n  - other\n"
        (folder / "requirements" / f"{revision}.yaml").write_text(text)
    return Suite(node=folder, folder=folder)


def _outcome(*statuses: str) -> Outcome:
    made = Outcome()
    for status in statuses:
        made.note({"id": "one", "status": status, "errorMessage": "why"})
    return made


@pytest.mark.parametrize(
    ("ping", "code"),
    [
        (_outcome("SUCCESS"), 0),
        (_outcome("SUCCESS", "WARNING"), 0),
        (_outcome("SUCCESS", "FAILURE"), 1),
        (_outcome(), 1),
        (None, 1),
    ],
    ids=["passed", "warned", "failed", "nothing-checked", "not-run"],
)
def test_the_table_says_no_where_one_required_scenario_does_not_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ping: Outcome | None, code: int
) -> None:
    rest = {"tools-list": _outcome("SUCCESS"), "extra": _outcome("FAILURE")}
    told = {revision: rest | ({"ping": ping} if ping else {}) for revision in REVISIONS}
    assert show(_suite(tmp_path), told) == code
    shown = capsys.readouterr().out
    assert f"2026-07-28: {2 - code} of 2 required scenarios pass" in shown
    assert "not required of 2026-07-28: extra FAILED 1" in shown


def test_the_fixtures_are_in_no_package_that_people_install() -> None:
    assert not [tool.name for tool in CATALOG if tool.name.startswith("test_")]
    project = (REPOSITORY / "pyproject.toml").read_text()
    assert 'packages = ["xero_mcp"]' in project
    for file in (REPOSITORY / "xero_mcp").rglob("*.py"):
        assert "import conformance" not in file.read_text()
        assert "from conformance" not in file.read_text()


def test_the_fixtures_stand_beside_the_products_own_tools(tmp_path: Path) -> None:
    """The suite speaks to the product: its tools are there, and the fixtures as well."""
    asked: dict[str, object] = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/list",
        "params": {
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            }
        },
    }
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/list",
    }
    with serving(tmp_path) as url:
        request = Request(url, json.dumps(asked).encode(), headers)  # noqa: S310 - our own server
        with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own server
            body = answer.read().decode()
    told = json.loads(body[body.index("{") :])
    names = {tool["name"] for tool in told["result"]["tools"]}
    assert {"test_simple_text", "list-invoices"} <= names
