#!/usr/bin/env python3
"""Verify an export of xero-mcp's audit log. Needs Python 3.9 or later and nothing else.

    python3 verify_audit.py --export log.jsonl --checkpoints checkpoints.jsonl --public-key key.pem
    python3 verify_audit.py --proof proof.json --public-key key.pem

Shares no code with xero-mcp: it is written from audit-format.md alone. Exit code 0: as it was
written; 1: tampered with, the first bad record is named; 2: a file cannot be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

Fields = dict[str, Any]
Point = tuple[int, int, int, int]

GENESIS = "0" * 64
MAX_LINE = 1024 * 1024
LINE = re.compile(r'\{"hash":"([0-9a-f]{64})","(record|facts)":(\{.*\})\}', re.DOTALL)
RANGE = re.compile(r"([0-9]{1,15})(?:-([0-9]{1,15}))?")
STUB = re.compile(r'\{"purged":(\{.*\})\}', re.DOTALL)
FIELDS = ("log", "size", "head_hash", "root", "at", "key", "signature")
SPKI_HEAD = bytes.fromhex("302a300506032b6570032100")


class TamperedError(Exception):
    """Something was done to the log: at which record, and what."""

    def __init__(self, seq: int, fault: str, message: str) -> None:
        super().__init__(message)
        self.seq, self.fault, self.message = seq, fault, message


# ---- Ed25519 (RFC 8032), verification only ------------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(one: Point, two: Point) -> Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Point) -> Point:
    result = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def same(one: Point, two: Point) -> bool:
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (
        one[1] * two[2] - two[1] * one[2]
    ) % P == 0


def unpacked(data: bytes) -> Point | None:
    """A point from its 32 bytes; None where there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x_squared = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x_squared == 0:
        return None if sign else (0, y, 1, 0)
    x = pow(x_squared, (P + 3) // 8, P)
    if (x * x - x_squared) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x_squared) % P:
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = unpacked((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


KEY_BYTES, SIGNATURE_BYTES = 32, 64
SPKI_BYTES = 44


@lru_cache(maxsize=4096)
def has_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    point, r_point = unpacked(key), unpacked(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if point is None or r_point is None or s >= Q:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    h = int.from_bytes(digest, "little") % Q
    return same(times(s, BASE), add(r_point, times(h, point)))


# ---- RFC 8785, for JSON without fractions -------------------------------------------------


def canonical(value: object) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{quoted(n)}:{canonical(value[n])}" for n in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, str):
        return quoted(value)
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
    raise ValueError("a record holds no fraction")


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# ---- The tree of RFC 6962 -----------------------------------------------------------------


def leaf(record_hash: str) -> bytes:
    return hashlib.sha256(b"\x00" + bytes.fromhex(record_hash)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Grows by one leaf at a time: `peaks` are the roots of its whole subtrees."""

    def __init__(self) -> None:
        self.size, self.peaks = 0, []

    def add(self, record_hash: str) -> None:
        joined, rest = leaf(record_hash), self.size
        while rest & 1:
            joined, rest = node(self.peaks.pop(), joined), rest >> 1
        self.peaks.append(joined)
        self.size += 1

    def root(self) -> str:
        joined = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            joined = node(peak, joined)
        return joined.hex()


def root_by_path(record_hash: str, index: int, size: int, path: list[str]) -> str:
    joined, last = leaf(record_hash), size - 1
    if not 0 <= index < size:
        raise ValueError("the record is outside of the tree")
    for step in path:
        if last == 0:
            raise ValueError("the path is too long")
        beside = bytes.fromhex(step)
        if index & 1 or index == last:
            joined = node(beside, joined)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            joined = node(joined, beside)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return joined.hex()


# ---- The files ----------------------------------------------------------------------------


def public_key(text: str) -> bytes:
    """The 32 bytes of an Ed25519 key in PEM form."""
    found = re.search("-----BEGIN PUBLIC KEY-----(.*?)-----END PUBLIC KEY-----", text, re.DOTALL)
    data = base64.b64decode("".join(found[1].split())) if found else b""
    if len(data) != SPKI_BYTES or not data.startswith(SPKI_HEAD):
        raise ValueError("the public key is no Ed25519 key in PEM form")
    return data[12:]


def checkpoint_of(value: object) -> Fields:
    """A checkpoint's fields, or ValueError."""
    if not isinstance(value, dict) or not all(name in value for name in FIELDS):
        raise ValueError("a checkpoint lacks a field")
    size = value["size"]
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ValueError("a checkpoint has no size")
    for name in ("log", "head_hash", "root", "key"):
        if not isinstance(value[name], str) or not re.fullmatch("[0-9a-f]{64}", value[name]):
            raise ValueError(f"a checkpoint's {name} is no hash")
    if not re.fullmatch("[0-9a-f]{128}", str(value["signature"])):
        raise ValueError("a checkpoint has no signature")
    return {name: value[name] for name in FIELDS}


def read_checkpoints(lines: Iterable[str]) -> list[Fields]:
    """In order of size; a line that a power cut tore is passed over."""
    found = []
    for line in lines:
        try:
            found.append(checkpoint_of(json.loads(line)))
        except ValueError:
            continue
    return sorted(found, key=lambda one: one["size"])


def check_signature(checkpoint: Fields, key: bytes) -> None:
    size = checkpoint["size"]
    if checkpoint["key"] != hashlib.sha256(key).hexdigest():
        raise TamperedError(
            size,
            "signed with another key",
            f"The checkpoint for {size} records is signed with another key.",
        )
    said = {name: checkpoint[name] for name in FIELDS if name != "signature"}
    if not has_signed(key, canonical(said).encode(), bytes.fromhex(checkpoint["signature"])):
        raise TamperedError(
            size,
            "signed with another key",
            f"The checkpoint for {size} records was changed or forged.",
        )


def record_of(line: str) -> tuple[str, str, Fields | None]:
    """The hash of a line, that of its facts where the content was forgotten, and the record.

    The record is None where the line is none of ours.
    """
    found = LINE.fullmatch(line)
    if not found:
        return "", "", None
    digest = sha256(found[3])
    facts = digest if found[2] == "facts" else ""
    try:
        record = json.loads(found[3], parse_float=refuse, parse_constant=refuse)
        if (not facts and digest != found[1]) or canonical(record) != found[3]:
            record = None
    except (ValueError, RecursionError):
        record = None
    return found[1], facts, record


def refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is a fraction")


def loose(line: str) -> Fields:
    """The record as far as it can be read, to tell one fault from another."""
    found = LINE.fullmatch(line)
    try:
        return json.loads(found[3]) if found else {}
    except (ValueError, RecursionError):
        return {}


# ---- Verifying ----------------------------------------------------------------------------


class Witness:
    """Holds the checkpoints against the records."""

    def __init__(self, checkpoints: list[Fields], after: int, stub: Fields | None) -> None:
        self.waiting = [each for each in checkpoints if each["size"] > after]
        self.tree = None if after else Tree()
        self.signed = after if any(each["size"] == after for each in checkpoints) else 0
        if stub and stub["last"] == after:
            self.tree, self.signed = tree_of(stub), after

    def see(self, seq: int, digest: str) -> None:
        if self.waiting and self.tree is not None:
            if seq == 1 and any(each["log"] != digest for each in self.waiting):
                raise TamperedError(1, "changed", "Record 1 is not the first that was signed.")
            self.tree.add(digest)
        while self.waiting and self.waiting[0]["size"] == seq:
            said = self.waiting.pop(0)
            if said["head_hash"] != digest or (self.tree and said["root"] != self.tree.root()):
                raise TamperedError(
                    self.signed + 1,
                    "changed",
                    f"Of records {self.signed + 1} to {seq} one was changed, and everything after "
                    "it hashed anew.",
                )
            self.signed = seq

    def end(self, seq: int) -> None:
        if self.waiting:
            raise TamperedError(
                seq + 1,
                "cut off at the end",
                f"Record {seq + 1} and all after it were cut off: there were "
                f"{self.waiting[-1]['size']}.",
            )


class Owed:
    """Records whose content was forgotten, and that no later record has named yet."""

    def __init__(self, stub: Fields | None) -> None:
        self.open: set[int] = set()
        self.stub = stub

    def see(self, last: Fields) -> None:
        record = last["record"]
        said = record.get("purged")
        if self.stub and record.get("kind") == "purged" and isinstance(said, dict):
            same = [said.get(name) == self.stub[name] for name in ("last", "head_hash")]
            self.stub = None if all(same) else self.stub
        if last["facts"]:
            self.open.add(last["seq"])
        elif record.get("kind") == "forgotten" and isinstance(record.get("forgotten"), dict):
            named = str(record["forgotten"].get("records")).split(" ")
            parts = [RANGE.fullmatch(each) for each in named]
            spans = [(int(each[1]), int(each[2] or each[1])) for each in parts if each]
            self.open = {n for n in self.open if not any(a <= n <= b for a, b in spans)}

    def end(self) -> None:
        if self.stub:
            gone = f"Records 1 to {self.stub['last']} were removed, and no later record says so."
            raise TamperedError(1, "removed", gone)
        if self.open:
            first = min(self.open)
            raise TamperedError(
                first,
                "changed",
                f"The content of record {first} was taken out, and no later record says so.",
            )


def verify(
    lines: Iterable[str], checkpoints: list[Fields], key: bytes, after: int = 0
) -> tuple[int, int]:
    """Return (records, signed); raise TamperedError at the first bad record."""
    for each in checkpoints:
        check_signature(each, key)
    stub, rest = begun(lines, checkpoints, key)
    after = max(after, stub["last"]) if stub else after
    witness, owed = Witness(checkpoints, after, stub), Owed(stub)
    known = {each["size"]: each["head_hash"] for each in [*checkpoints, *as_checkpoint(stub)]}
    head = known.get(after, "") if after else GENESIS
    last = {"seq": after, "hash": head, "prev": "", "facts": ""}
    for line in rest:
        try:
            following = follow(last, line, rest)
        except TamperedError as wrong:
            if wrong.seq > last["seq"] > after:
                witness.see(last["seq"], last["hash"])
            raise
        # One behind: what the next record says of this one is more exact.
        if last["seq"] > after:
            witness.see(last["seq"], last["hash"])
        owed.see(following)
        last = following
    if last["seq"] > after:
        witness.see(last["seq"], last["hash"])
    witness.end(last["seq"])
    owed.end()
    return last["seq"], witness.signed


def begun(
    lines: Iterable[str], checkpoints: list[Fields], key: bytes
) -> tuple[Fields | None, Iterator[str]]:
    """The stub that an export may begin with, and its records."""
    rest = iter(lines)
    first = next(rest, None)
    stub = None if first is None else stub_of(first, checkpoints, key)
    return stub, rest if stub or first is None else chain([first], rest)


def as_checkpoint(stub: Fields | None) -> list[Fields]:
    return [{"size": stub["last"], "head_hash": stub["head_hash"]}] if stub else []


def stub_of(line: str, checkpoints: list[Fields], key: bytes) -> Fields | None:
    """What stands in place of purged records, where an export begins with it."""
    found = STUB.fullmatch(line)
    if not found:
        return None
    try:
        stub = json.loads(found[1], parse_float=refuse, parse_constant=refuse)
        said = {name: value for name, value in stub.items() if name != "signature"}
        is_whole = stub["key"] == hashlib.sha256(key).hexdigest() and has_signed(
            key, canonical({"purged": said}).encode(), bytes.fromhex(stub["signature"])
        )
        is_whole = is_whole and tree_of(stub).root() == stub["root"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        is_whole, stub = False, {}
    if not is_whole:
        raise TamperedError(
            1, "signed with another key", "The stub of the purge was changed or forged."
        )
    for each in checkpoints:
        same = (each["head_hash"], each["root"]) == (stub["head_hash"], stub["root"])
        if each["log"] != stub["log"] or (each["size"] == stub["last"] and not same):
            raise TamperedError(1, "changed", "The stub of the purge is of another log.")
    return stub


def tree_of(stub: Fields) -> Tree:
    """The tree as it stood at the last record that was purged."""
    tree, peaks = Tree(), stub["peaks"]
    tree.size = stub["last"]
    tree.peaks = [bytes.fromhex(peaks[at : at + 64]) for at in range(0, len(peaks), 64)]
    if not tree.peaks or len(tree.peaks) != format(tree.size, "b").count("1"):
        raise ValueError("the peaks are not of a tree of that size")
    return tree


def must_be_signed(records: int, signed: int) -> None:
    if records > signed:
        raise TamperedError(signed + 1, "not signed", f"No checkpoint covers record {signed + 1}.")


def follow(last: Fields, line: str, rest: Iterator[str]) -> Fields:
    place = last["seq"] + 1
    digest, facts, record = record_of(line)
    if record is None:
        raise TamperedError(
            place, "changed", f"Record {place} was changed: its text or hash is wrong."
        )
    seq, prev = record.get("seq"), record.get("prev_hash")
    if seq != place:
        raise out_of_place(last, line, record, rest)
    if last["hash"] and prev != last["hash"]:
        witness = next(rest, None)
        if last["seq"] == 0 or (witness and loose(witness).get("prev_hash") != digest):
            raise TamperedError(place, "changed", f"Record {place} was changed and hashed anew.")
        raise TamperedError(
            place - 1, "changed", f"Record {place - 1} was changed and hashed anew."
        )
    if last["facts"] and record.get("prev_facts") != last["facts"]:
        raise TamperedError(
            place - 1, "changed", f"What is left of record {place - 1} was changed."
        )
    return {"seq": place, "hash": digest, "prev": last["hash"], "facts": facts, "record": record}


def out_of_place(last: Fields, line: str, record: Fields, rest: Iterator[str]) -> TamperedError:
    place, claimed = last["seq"] + 1, record.get("seq")
    if isinstance(claimed, int) and claimed < place:
        if last["seq"] and record.get("prev_hash") == last["prev"]:
            return TamperedError(place - 1, "inserted", f"Record {place - 1} was inserted.")
        return TamperedError(
            place, "inserted", f"Record {place} was inserted: it claims {claimed}."
        )
    if loose(line).get("seq") == place or any(loose(each).get("seq") == place for each in rest):
        return TamperedError(place, "reordered", f"Record {place} is not in its place.")
    return TamperedError(place, "removed", f"Record {place} was removed.")


def verify_proof(proof: Fields, key: bytes) -> int:
    """Return the record's number; raise TamperedError where the proof does not hold."""
    checkpoint, record = checkpoint_of(proof["checkpoint"]), proof["record"]
    check_signature(checkpoint, key)
    seq = record["seq"]
    root = root_by_path(sha256(canonical(record)), seq - 1, checkpoint["size"], proof["path"])
    if root != checkpoint["root"]:
        raise TamperedError(seq, "changed", f"Record {seq} is not in the log that was signed.")
    return seq


def lines_of(path: str) -> Iterator[str]:
    with Path(path).open("rb") as file:
        while True:
            line = file.readline(MAX_LINE)
            if not line:
                return
            yield line.rstrip(b"\n").decode("utf-8", "replace")


def text_of(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--export", metavar="FILE", help="from xero-mcp audit export")
    parser.add_argument("--checkpoints", metavar="FILE", help="kept elsewhere than the log")
    parser.add_argument("--proof", metavar="FILE", help="from xero-mcp audit prove")
    parser.add_argument("--public-key", metavar="FILE", required=True)
    parser.add_argument("--since", metavar="N", type=int, default=0, help="the export's --since")
    parser.add_argument(
        "--complete", action="store_true", help="records after the last checkpoint are an error"
    )
    asked = parser.parse_args(arguments)
    if not asked.proof and not (asked.export and asked.checkpoints):
        parser.error("give --export and --checkpoints, or --proof")
    try:
        key = public_key(text_of(asked.public_key))
        if asked.proof:
            seq = verify_proof(json.loads(text_of(asked.proof)), key)
            print(f"ok: record {seq} is in the log, as it was written.")
            return 0
        checkpoints = read_checkpoints(lines_of(asked.checkpoints))
        records, signed = verify(lines_of(asked.export), checkpoints, key, asked.since)
        if asked.complete:
            must_be_signed(records, signed)
    except TamperedError as wrong:
        print(f"wrong: record {wrong.seq}: {wrong.fault}. {wrong.message}")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"cannot verify: {error}", file=sys.stderr)
        return 2
    print(f"ok: {records} records, each as it was written; signed up to record {signed}.")
    if records > signed:
        print(f"note: records {signed + 1} to {records} are not covered by a checkpoint yet.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
