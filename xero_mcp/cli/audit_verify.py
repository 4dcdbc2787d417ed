"""`xero-mcp audit verify` and `prove`: was anything changed, removed or put in?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.checkpoint import Checkpoint
from xero_mcp.audit.export import read_jsonl, read_stub
from xero_mcp.audit.finding import Fault, Finding, WrongError
from xero_mcp.audit.proof import Proof, ProofFormError, proof_of
from xero_mcp.audit.purged import Stub, StubFormError
from xero_mcp.audit.purging import stub_of
from xero_mcp.audit.signing import KeyFormError, PublicKey
from xero_mcp.audit.sought import searched
from xero_mcp.audit.verify import Verdict
from xero_mcp.audit.verify import verify as verify_rows
from xero_mcp.audit.witness import Witness, forged, read_checkpoints
from xero_mcp.cli.audit_story import story_of
from xero_mcp.cli.console import open_screen, working
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.options import AsJson

MAX_KEY_BYTES = 10_000
MAX_PROOF_BYTES = 1024 * 1024
MAX_LOOKS = 3
"""A log is purged once in a while: never so often in a row."""


def verify(  # noqa: PLR0913 - each is an option of the command line
    *,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An export, in place of the live log.")
    ] = None,
    checkpoints: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Checkpoints that were kept elsewhere.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The key of `audit public-key`.")
    ] = None,
    proof: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What `audit prove` printed.")
    ] = None,
    since: Annotated[
        int, typer.Option(metavar="CURSOR", min=0, help="With which the export was made.")
    ] = 0,
    complete: Annotated[
        bool, typer.Option("--complete", help="Every record must be covered by a checkpoint.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check that no record was changed, removed or put in.

    The live log is held against its own checkpoints, and against those that were kept
    elsewhere where they are given. An export needs no database, only checkpoints and key.
    Exits with 1 at the first record that is wrong.
    """
    if proof is not None:
        _verify_proof(proof, _needed(public_key, "--public-key"))
        return
    with working("Reading every record"):
        if export is None:
            verdict = in_office(lambda office: _of_live(office, checkpoints, public_key))
        else:
            key = _key_of(_needed(public_key, "--public-key"))
            kept = _checkpoints_of(_needed(checkpoints, "--checkpoints"))
            verdict = _of_export(export, kept, key, since=since)
    if complete:
        verdict = verdict.complete()
    _tell(verdict, as_json=as_json, is_export=export is not None)


def prove(
    record_id: Annotated[str, typer.Argument(metavar="ID", help="A record's number or id (a-…).")],
) -> None:
    """Print a proof that one record is in the log.

    Whoever has the public key checks it with `audit verify --proof`, and sees no other record.
    """
    found = in_office(lambda office: _prove(office, record_id))
    open_screen().json(found.as_json())


async def _prove(office: Office, asked: str) -> Proof:
    story = await story_of(office, asked)
    wanted = asked.strip()
    row = next((one.row for one in story if wanted in {one.id, str(one.row.seq)}), story[0].row)

    found = await office.store.read(lambda tables: proof_of(tables, row.id))
    if found is None:
        await office.checkpoints.now()
        found = await office.store.read(lambda tables: proof_of(tables, row.id))
    if found is None:
        raise CommandError(f"Record {row.seq} is covered by no checkpoint.")
    return found


def _verify_proof(path: Path, key_path: Path) -> None:
    key = _key_of(key_path)
    if path.stat().st_size > MAX_PROOF_BYTES:
        raise CommandError(f"{path} is too large for a proof.", exit_code=ExitCode.USAGE)
    try:
        proof = Proof.read(path.read_text(encoding="utf-8"))
    except (ProofFormError, UnicodeDecodeError) as error:
        raise CommandError(
            f"{path} cannot be read as a proof: {error}.", exit_code=ExitCode.USAGE
        ) from error
    wrong = proof.wrong(key)
    screen = open_screen()
    if wrong:
        screen.marked("wrong", wrong)
        raise typer.Exit(ExitCode.REFUSED)
    said = proof.record.get("says")
    screen.marked("ok", f"Record {proof.record.get('seq')} is in the log, as it was written.")
    screen.line(said if isinstance(said, str) else "")


async def _of_live(office: Office, kept: Path | None, key_path: Path | None) -> Verdict:
    return await searched(office.store, await verdict_of_live(office, kept, key_path))


async def verdict_of_live(office: Office, kept: Path | None, key_path: Path | None) -> Verdict:
    """The verdict on the log as it is; where old records went meanwhile, it looks again."""
    for _ in range(MAX_LOOKS - 1):
        stub = await office.store.read(stub_of)
        verdict = await _verdict_after(office, stub, kept, key_path)
        if verdict.ok or await office.store.read(stub_of) == stub:
            return verdict
    return await _verdict_after(office, await office.store.read(stub_of), kept, key_path)


async def _verdict_after(
    office: Office, stub: Stub | None, kept: Path | None, key_path: Path | None
) -> Verdict:
    checkpoints = await office.checkpoints.all()
    if kept is not None:
        checkpoints = [*checkpoints, *_checkpoints_of(kept)]
    if not checkpoints:
        return await office.audit.verify()
    key = office.signing_key().public if key_path is None else _key_of(key_path)
    try:
        witness = _witness(checkpoints, key, stub=stub)
    except WrongError as wrong:
        return _stopped(wrong.finding)
    return await office.audit.verify(witness, start=stub)


def _witness(
    checkpoints: Sequence[Checkpoint], key: PublicKey, *, stub: Stub | None, since: int = 0
) -> Witness:
    """What is signed, once it is known to be.

    Raises:
        WrongError: something was signed with another key, or contradicts itself.
    """
    finding = forged(checkpoints, key) or (None if stub is None else stub.forged(key))
    if finding:
        raise WrongError(finding)
    after = since if stub is None else max(since, stub.last)
    return Witness(checkpoints, after_seq=after, start=stub)


def _of_export(
    path: Path, checkpoints: Sequence[Checkpoint], key: PublicKey, *, since: int
) -> Verdict:
    with path.open("rb") as file:
        try:
            stub = read_stub(file)
            witness = _witness(checkpoints, key, stub=stub, since=since)
        except WrongError as wrong:
            return _stopped(wrong.finding)
        except StubFormError as error:
            said = f"What stands in place of the purged records was changed: {error}."
            return _stopped(Finding(seq=1, id=None, fault=Fault.CHANGED, message=said))
        after = since if stub is None else max(since, stub.last)
        return verify_rows(
            read_jsonl(file, after_seq=after),
            witness=witness,
            after_seq=after,
            has_columns=False,
            start=stub,
        )


def _stopped(finding: Finding) -> Verdict:
    return Verdict(records=0, head_hash="", finding=finding)


def _tell(verdict: Verdict, *, as_json: bool, is_export: bool) -> None:
    screen, finding = open_screen(), verdict.finding
    if as_json:
        screen.json(_as_json(verdict))
    elif finding is None:
        screen.marked("ok", f"{verdict.records} records, each as it was written.")
        screen.line(f"head  {verdict.head_hash}")
        if verdict.signed:
            screen.line(f"signed up to record {verdict.signed}")
        if verdict.signed < verdict.records:
            screen.note(
                f"Records {verdict.signed + 1} to {verdict.records} are not covered by a "
                "checkpoint yet; `xero-mcp audit checkpoint` makes one."
            )
    else:
        screen.marked("wrong", finding.message)
        screen.line(f"The {verdict.records} records before it are as they were written.")
        if finding.fault is Fault.MISLISTED:
            screen.note(
                "The log itself holds what was written, all of it: `xero-mcp audit export` shows "
                "that. Keep a copy of the database, and restore a backup: `audit list` and what "
                "looks into the log would go on to hide records."
            )
        if is_export and finding.fault is Fault.CUT_OFF:
            screen.note(
                "An export that is older than the last of these checkpoints ends like that too: "
                "export once more, after them."
            )
    if finding is not None:
        raise typer.Exit(ExitCode.REFUSED)


def _as_json(verdict: Verdict) -> dict[str, object]:
    finding = verdict.finding
    shown: dict[str, object] = {
        "ok": verdict.ok,
        "records": verdict.records,
        "head_hash": verdict.head_hash,
        "signed": verdict.signed,
    }
    if finding is not None:
        shown["first_wrong"] = {
            "seq": finding.seq,
            "id": finding.id,
            "fault": finding.fault.value,
            "message": finding.message,
        }
    return shown


def _needed(path: Path | None, option: str) -> Path:
    if path is None:
        raise CommandError(
            f"{option} FILE is needed: an export or a proof shows nothing by itself.",
            exit_code=ExitCode.USAGE,
        )
    return path


def _key_of(path: Path) -> PublicKey:
    try:
        return PublicKey.from_pem(path.read_bytes()[:MAX_KEY_BYTES])
    except KeyFormError as error:
        raise CommandError(
            f"{path} cannot be used: {error}. `xero-mcp audit public-key` prints the key.",
            exit_code=ExitCode.USAGE,
        ) from error


def _checkpoints_of(path: Path) -> list[Checkpoint]:
    with path.open(encoding="utf-8", errors="replace") as file:
        found, torn = read_checkpoints(file)
    if torn:
        open_screen().note(f"{path}: {torn} lines are no checkpoints, and were passed over.")
    if not found:
        raise CommandError(f"{path} holds no checkpoint.", exit_code=ExitCode.USAGE)
    return found
