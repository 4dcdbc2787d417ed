"""What an auditor is given: signed checkpoints, and the key that shows they are ours."""

import csv
import io
import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.cli.command import XeroMcp

STOP_SECONDS = 10


def serve_once(run: XeroMcp, **settings: str) -> None:
    """A server that starts and whose client goes at once: two records."""
    with run.start("serve", "--agent", "ap-clerk", "--demo", **settings) as server:
        server.communicate(b"", timeout=STOP_SECONDS)
    assert server.returncode == 0


def records_of(run: XeroMcp) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(run.home / "xero-mcp.db")) as database:
        return database.execute("SELECT seq, hash FROM audit ORDER BY seq").fetchall()


def test_a_server_that_stops_signs_for_the_log_and_keeps_a_copy(xero_mcp: XeroMcp) -> None:
    kept = xero_mcp.folder / "kept" / "checkpoints.jsonl"
    serve_once(xero_mcp, XERO_MCP_CHECKPOINTS=str(kept))
    [line] = kept.read_text().splitlines()
    said = json.loads(line)
    records = records_of(xero_mcp)
    assert (said["size"], said["head_hash"]) == records[-1]
    assert said["log"] == records[0][1]
    assert stat.S_IMODE((xero_mcp.home / "checkpoint.key").stat().st_mode) == 0o600


def test_a_checkpoint_is_signed_when_it_is_asked_for_and_that_is_a_record(
    xero_mcp: XeroMcp,
) -> None:
    serve_once(xero_mcp)
    ended = xero_mcp("audit", "checkpoint")
    assert (ended.code, ended.err) == (0, "")
    said = json.loads(ended.out)
    assert (said["size"], said["head_hash"]) == records_of(xero_mcp)[-1]
    told = xero_mcp("audit", "list", "--limit", "1").out
    assert "A checkpoint of the log was signed: asked for by system user" in told
    every = xero_mcp("audit", "checkpoint", "--all").out.splitlines()
    assert [json.loads(line)["size"] for line in every] == [
        said["size"] - 1, said["size"], said["size"] + 1,
    ]  # fmt: skip


def test_the_public_key_is_printed_and_stays_the_same(xero_mcp: XeroMcp) -> None:
    serve_once(xero_mcp)
    ended = xero_mcp("audit", "public-key")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert ended.out == xero_mcp("audit", "public-key").out
    (xero_mcp.home / "checkpoint.key").write_text("nothing of the kind")
    spoiled = xero_mcp("audit", "public-key")
    assert spoiled.code == 1
    assert spoiled.is_one_clear_line


def test_where_nothing_is_recorded_there_is_nothing_to_sign(xero_mcp: XeroMcp) -> None:
    for command in ("checkpoint", "public-key"):
        ended = xero_mcp("audit", command)
        assert ended.code == 1
        assert ended.is_one_clear_line


SCRIPT = Path(__file__).parents[2] / "docs" / "verify_audit.py"


class Evidence:
    """What an auditor takes home: an export, checkpoints and a key."""

    def __init__(self, run: XeroMcp, folder: Path) -> None:
        folder.mkdir()
        serve_once(run)
        serve_once(run)
        self.checkpoints = folder / "checkpoints.jsonl"
        self.checkpoints.write_text(run("audit", "checkpoint", "--all").out)
        self.log = folder / "log.jsonl"
        self.log.write_text(run("audit", "export").out)
        self.key = folder / "audit.pem"
        self.key.write_text(run("audit", "public-key").out)
        self.files = (
            "--export", str(self.log), "--checkpoints", str(self.checkpoints),
            "--public-key", str(self.key),
        )  # fmt: skip

    def by_script(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Without our packages: what another machine has."""
        return subprocess.run(
            [sys.executable, "-I", "-S", str(SCRIPT), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


def test_an_export_is_verified_on_another_machine_and_by_the_script(
    xero_mcp: XeroMcp, tmp_path: Path
) -> None:
    kept = Evidence(xero_mcp, tmp_path / "kept")
    elsewhere = XeroMcp(home=tmp_path / "elsewhere", folder=tmp_path)
    ours = elsewhere("audit", "verify", *kept.files, "--complete")
    assert (ours.code, ours.err) == (0, "")
    assert not elsewhere.home.exists()
    theirs = kept.by_script(*kept.files, "--complete")
    assert (theirs.returncode, theirs.stderr) == (0, "")
    lines = kept.log.read_text().splitlines(keepends=True)
    kept.log.write_text("".join(lines[:-1]))
    ours, theirs = elsewhere("audit", "verify", *kept.files, "--json"), kept.by_script(*kept.files)
    assert (ours.code, theirs.returncode) == (1, 1)
    wrong = ours.json()["first_wrong"]
    assert (wrong["seq"], wrong["fault"]) == (len(lines), "cut off at the end")
    assert f"record {len(lines)}: cut off at the end" in theirs.stdout


def test_the_live_log_is_held_against_what_was_kept_elsewhere(
    xero_mcp: XeroMcp, tmp_path: Path
) -> None:
    kept = Evidence(xero_mcp, tmp_path / "kept")
    assert "signed up to record" in xero_mcp("audit", "verify").out
    with closing(sqlite3.connect(xero_mcp.home / "xero-mcp.db", isolation_level=None)) as database:
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM audit WHERE seq > 2")
        database.execute("DELETE FROM audit_checkpoints WHERE size > 2")
    assert xero_mcp("audit", "verify").code == 0, "its own checkpoints were cut as well"
    ended = xero_mcp(
        "audit", "verify", "--checkpoints", str(kept.checkpoints), "--public-key", str(kept.key)
    )
    assert ended.code == 1
    assert "cut off at the end" in ended.out


def test_exports_by_cursor_skip_nothing_and_repeat_nothing(
    xero_mcp: XeroMcp, tmp_path: Path
) -> None:
    serve_once(xero_mcp)
    whole = ""
    cursor = "0"
    for _ in range(3):
        ended = xero_mcp("audit", "export", "--since", cursor)
        whole += ended.out
        cursor = ended.err.strip().rpartition(" ")[2]
        serve_once(xero_mcp)
    last = xero_mcp("audit", "export", "--since", cursor)
    assert whole + last.out == xero_mcp("audit", "export").out
    nothing = xero_mcp("audit", "export", "--since", last.err.strip().rpartition(" ")[2])
    assert (nothing.code, nothing.out) == (0, "")
    part = tmp_path / "part.jsonl"
    part.write_text(last.out)
    (tmp_path / "key.pem").write_text(xero_mcp("audit", "public-key").out)
    (tmp_path / "kept.jsonl").write_text(xero_mcp("audit", "checkpoint", "--all").out)
    files = (
        "--export", str(part), "--checkpoints", str(tmp_path / "kept.jsonl"),
        "--public-key", str(tmp_path / "key.pem"), "--since", cursor,
    )  # fmt: skip
    ended = xero_mcp("audit", "verify", *files)
    assert ended.code == 1, "a record and a checkpoint came after the export"
    assert "cut off at the end" in ended.out
    assert "older than the last of these checkpoints" in ended.err


def test_a_table_for_a_spreadsheet_has_a_head_and_a_row_for_each_record(
    xero_mcp: XeroMcp,
) -> None:
    serve_once(xero_mcp)
    rows = list(csv.DictReader(io.StringIO(xero_mcp("audit", "export", "--format", "csv").out)))
    assert [row["seq"] for row in rows] == [str(seq) for seq, _ in records_of(xero_mcp)]
    assert all(row["says"].endswith(".") for row in rows)


def test_one_record_is_proven(xero_mcp: XeroMcp, tmp_path: Path) -> None:
    kept = Evidence(xero_mcp, tmp_path / "kept")
    proof = tmp_path / "proof.json"
    ended = xero_mcp("audit", "prove", "2")
    assert ended.code == 0
    proof.write_text(ended.out)
    arguments = ("--proof", str(proof), "--public-key", str(kept.key))
    ours, theirs = xero_mcp("audit", "verify", *arguments), kept.by_script(*arguments)
    assert (ours.code, theirs.returncode) == (0, 0)
    assert "Record 2 is in the log" in ours.out
    proof.write_text(ended.out.replace('"ap-clerk"', '"somebody"'))
    ours, theirs = xero_mcp("audit", "verify", *arguments), kept.by_script(*arguments)
    assert (ours.code, theirs.returncode) == (1, 1)
    for spoiled in ("", "{}"):
        proof.write_text(spoiled)
        ended = xero_mcp("audit", "verify", *arguments)
        assert ended.code == 2
        assert ended.is_one_clear_line
    assert xero_mcp("audit", "prove", "9999").code == 1


def test_what_is_needed_to_verify_an_export_is_asked_for(xero_mcp: XeroMcp, tmp_path: Path) -> None:
    kept = Evidence(xero_mcp, tmp_path / "kept")
    empty = tmp_path / "empty"
    empty.write_text("")
    for arguments in (
        ("--export", str(kept.log)),
        ("--export", str(kept.log), "--public-key", str(kept.key)),
        ("--proof", str(kept.log)),
        (*kept.files[:2], "--checkpoints", str(empty), *kept.files[4:]),
        (*kept.files[:4], "--public-key", str(kept.log)),
    ):
        ended = xero_mcp("audit", "verify", *arguments)
        assert ended.code == 2
        assert ended.is_one_clear_line
