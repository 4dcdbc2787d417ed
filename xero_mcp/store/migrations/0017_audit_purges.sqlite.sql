-- Signed statements that the log was purged up to a record, and what the removed part came to.
CREATE TABLE audit_purges (
    last_seq INTEGER NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TRIGGER purges_follow_each_other
BEFORE INSERT ON audit_purges
WHEN NEW.last_seq <= (SELECT COALESCE(MAX(last_seq), 0) FROM audit_purges)
    OR NOT EXISTS (SELECT 1 FROM audit WHERE kind = 'purged' AND seq > NEW.last_seq)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is purged from its beginning only, and says so');
END;

CREATE TRIGGER purges_are_never_changed
BEFORE UPDATE ON audit_purges
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: no purge is ever changed');
END;

CREATE TRIGGER purges_are_never_removed
BEFORE DELETE ON audit_purges
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: no purge is ever removed');
END;

-- What a purge covers may go; nothing else.
DROP TRIGGER audit_is_never_cut;

CREATE TRIGGER audit_is_never_cut
BEFORE DELETE ON audit
WHEN OLD.seq > (SELECT COALESCE(MAX(last_seq), 0) FROM audit_purges)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: no record is ever removed');
END;
