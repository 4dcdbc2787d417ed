"""Signed checkpoints, held against the records that they speak of."""

from collections.abc import Iterable, Sequence

from xero_mcp.audit.checkpoint import Checkpoint, CheckpointFormError
from xero_mcp.audit.finding import Fault, Finding, WrongError
from xero_mcp.audit.merkle import Peaks
from xero_mcp.audit.purged import Stub
from xero_mcp.audit.signing import PublicKey


def read_checkpoints(lines: Iterable[str]) -> tuple[list[Checkpoint], int]:
    """The checkpoints of a file, and how many lines are none: a power cut may tear one."""
    found: list[Checkpoint] = []
    torn = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            found.append(Checkpoint.read(line))
        except CheckpointFormError:
            torn += 1
    return found, torn


def forged(checkpoints: Iterable[Checkpoint], key: PublicKey) -> Finding | None:
    """The first checkpoint that this key did not sign."""
    for each in sorted(checkpoints, key=lambda one: one.size):
        if each.key != key.fingerprint:
            return Finding(
                seq=each.size,
                id=None,
                fault=Fault.RESIGNED,
                message=f"The checkpoint for {each.size} records is signed with another key "
                f"({each.key[:16]}…) than the one that was given ({key.fingerprint[:16]}…).",
            )
        if not each.is_signed_by(key):
            return Finding(
                seq=each.size,
                id=None,
                fault=Fault.RESIGNED,
                message=f"The checkpoint for {each.size} records was changed or forged: its "
                "signature is not of the key that was given.",
            )
    return None


class Witness:
    """Sees each record's hash in order, and speaks up at the first that was not signed so."""

    def __init__(
        self,
        checkpoints: Sequence[Checkpoint],
        *,
        after_seq: int = 0,
        start: Stub | None = None,
    ) -> None:
        """Where the records begin `after_seq`, roots cannot be worked out: heads alone count.

        Unless a purge is the `start` there: it tells how the tree stood.

        Raises:
            WrongError: a checkpoint says otherwise than the stub of the purge.
        """
        purged = start if start is not None and start.last == after_seq else None
        if purged is not None:
            _must_agree(purged, checkpoints)
        self._after_seq = after_seq
        self._left = sorted(
            {each for each in checkpoints if each.size > after_seq}, key=lambda one: -one.size
        )
        self._known = {each.size: each.head_hash for each in checkpoints}
        self._peaks = None if after_seq else Peaks()
        self.signed = after_seq if after_seq in self._known else 0
        if purged is not None:
            self._peaks, self.signed = purged.tree(), after_seq

    def hash_of(self, seq: int) -> str:
        """What a checkpoint says of that record; empty where none speaks of it."""
        return self._known.get(seq, "")

    def see(self, seq: int, record_hash: str) -> None:
        """Take the next record; what lies before the first is passed over.

        Raises:
            WrongError: it, or one before it, is not what was signed.
        """
        if not self._left or seq == self._after_seq:
            return
        if self._peaks is not None:
            if seq == 1:
                self._must_be_the_log(record_hash)
            self._peaks.add(record_hash)
        while self._left and self._left[-1].size == seq:
            self._compare(self._left.pop(), record_hash)

    def end(self, seq: int) -> None:
        """Say that record `seq` was the last.

        Raises:
            WrongError: more was signed.
        """
        if not self._left:
            return
        missing, last = seq + 1, self._left[0]
        raise WrongError(
            Finding(
                seq=missing,
                id=None,
                fault=Fault.CUT_OFF,
                message=f"Record {missing} and all after it were cut off at the end: at {last.at} "
                f"there were {last.size} records.",
            )
        )

    def _compare(self, said: Checkpoint, record_hash: str) -> None:
        if said.head_hash == record_hash and self._peaks is None:
            self.signed = said.size
            return
        root = "" if self._peaks is None else self._peaks.root()
        if said.head_hash == record_hash and said.root == root:
            self.signed = said.size
            return
        first = self.signed + 1
        which = f"Record {said.size}" if first == said.size else f"Of {first} to {said.size} one"
        raise WrongError(
            Finding(
                seq=first,
                id=None,
                fault=Fault.CHANGED,
                message=f"{which} was changed, and everything after it hashed anew: the checkpoint "
                f"for {said.size} records says otherwise.",
            )
        )

    def _must_be_the_log(self, first_hash: str) -> None:
        if all(each.log == first_hash for each in self._left):
            return
        raise WrongError(
            Finding(
                seq=1,
                id=None,
                fault=Fault.CHANGED,
                message="Record 1 is not the first record of the log that was signed: it was "
                "changed and everything after it hashed anew, or these are the checkpoints of "
                "another log.",
            )
        )


def _must_agree(stub: Stub, checkpoints: Iterable[Checkpoint]) -> None:
    root = stub.tree().root()
    for each in checkpoints:
        same = (each.head_hash, each.root) == (stub.head_hash, root) or each.size != stub.last
        if each.log != stub.log or not same:
            said = (
                f"Records 1 to {stub.last} are gone, and what stands in their place is not what "
                f"the checkpoint for {each.size} records says."
            )
            raise WrongError(Finding(seq=1, id=None, fault=Fault.CHANGED, message=said))
