-- PostgreSQL can empty a table without a DELETE; SQLite cannot.
CREATE FUNCTION audit_is_never_emptied() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: it is never emptied'
        USING ERRCODE = 'integrity_constraint_violation';
END
$guard$;
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_emptied();
CREATE TRIGGER checkpoints_are_never_emptied BEFORE TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_emptied();

-- The last transaction of each lane that was committed: told by this, a lane whose COMMIT got no
-- answer finds out what came of it. The server's own transaction numbers do not tell: after a
-- crash it gives the number of one that was lost to another.
CREATE TABLE store_commits (
    lane TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
