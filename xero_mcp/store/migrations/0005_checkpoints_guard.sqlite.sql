-- The database itself keeps the checkpoints append-only, like the log.

CREATE TRIGGER checkpoints_are_for_longer_logs_only
BEFORE INSERT ON audit_checkpoints
WHEN NEW.size <= (SELECT COALESCE(MAX(size), 0) FROM audit_checkpoints)
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint follows the last one only');
END;

CREATE TRIGGER checkpoints_are_never_changed
BEFORE UPDATE ON audit_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'checkpoints are append-only: none is ever changed');
END;

CREATE TRIGGER checkpoints_are_never_removed
BEFORE DELETE ON audit_checkpoints
BEGIN
    SELECT RAISE(ABORT, 'checkpoints are append-only: none is ever removed');
END;
