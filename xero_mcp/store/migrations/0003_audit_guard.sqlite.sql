-- The database itself keeps the log append-only, for every connection that opens it.

-- Also what stops INSERT OR REPLACE: its hidden delete fires no delete trigger unless the
-- connection asked for recursive triggers, but this one runs before any conflict is resolved.
CREATE TRIGGER audit_takes_the_next_record_only
BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
    OR EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log takes the next record only');
END;

CREATE TRIGGER audit_is_never_changed
BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: no record is ever changed');
END;

CREATE TRIGGER audit_is_never_cut
BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: no record is ever removed');
END;
